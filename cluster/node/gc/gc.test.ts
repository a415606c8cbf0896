import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { exited, observed, running, sandbox } from '../pods/fixtures.ts';
import type { Image } from '../runtime/types.ts';
import { garbageOf } from './containers.ts';
import { bytesToFree, imageGcLimits, imagesToRemove, type ImageRecord } from './images.ts';

suite('ended containers', () => {
  test('one per name is kept', () => {
    const state = observed([
      running('a', { restartCount: 3 }),
      exited('a', 1, { restartCount: 2 }),
      exited('a', 1, { restartCount: 1 }),
      exited('b', 0),
    ]);
    assert.deepEqual(garbageOf(state), { containers: ['a-1'], sandboxes: [] });
  });
  test('sandboxes without containers go, but not the newest', () => {
    const old = sandbox({ id: 'old', ready: false });
    const now = sandbox({ id: 'now', attempt: 1 });
    assert.deepEqual(garbageOf(observed([], [now, old])).sandboxes, ['old']);
    assert.deepEqual(garbageOf(observed([], [old])).sandboxes, []);
    assert.deepEqual(garbageOf(observed([exited('a', 0, { sandboxId: 'old' })], [now, old])).sandboxes, []);
    const both = [exited('a', 0, { id: 'x', sandboxId: 'now' }), exited('a', 0, { id: 'y', sandboxId: 'old' })];
    assert.deepEqual(garbageOf(observed(both, [now, old])), { containers: ['y'], sandboxes: ['old'] });
  });
});

suite('images', () => {
  const image = (id: string, size = 100, pinned = false): Image => ({
    id,
    size,
    pinned,
    repoTags: [],
    repoDigests: [],
  });
  const record = (one: Image, lastUsedAt: number, firstSeenAt = 0): ImageRecord => ({
    image: one,
    lastUsedAt,
    firstSeenAt,
  });
  const now = 1_000_000;

  test('nothing is freed below the high mark; above it, down to the low one', () => {
    assert.equal(bytesToFree({ capacityBytes: 1000, availableBytes: 160 }, imageGcLimits), 0);
    assert.equal(bytesToFree({ capacityBytes: 1000, availableBytes: 150 }, imageGcLimits), 50);
    assert.equal(bytesToFree({ capacityBytes: 0, availableBytes: 0 }, imageGcLimits), 0);
  });

  test('the longest unused go first; used, pinned and young ones stay', () => {
    const records = [
      record(image('used'), 0),
      record(image('pinned', 100, true), 0),
      record(image('young'), 0, now - 1),
      record(image('late'), 500),
      record(image('early'), 100),
      record(image('never'), 0, 5),
    ];
    const chosen = (bytes: number) =>
      imagesToRemove(records, new Set(['used']), bytes, now, imageGcLimits).map(({ id }) => id);
    assert.deepEqual(chosen(150), ['never', 'early']);
    assert.deepEqual(chosen(0), []);
    assert.deepEqual(chosen(10_000), ['never', 'early', 'late']);
  });
});
