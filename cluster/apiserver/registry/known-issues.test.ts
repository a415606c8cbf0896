/** Faults that etcd's robustness suite has on record and that a watch of the API could have; the rest are in test/crash/store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { at, startServer, type TestServer } from '../testing/server.ts';

const maps = '/api/v1/namespaces/a/configmaps';
const version = (object: Record<string, unknown>): number => Number(at(object, 'metadata', 'resourceVersion'));
const write = async (server: TestServer, name: string): Promise<number> =>
  version((await server.create(maps, { metadata: { name } })).body);

/** What is heard until the watch has been quiet for a while. */
async function hear(events: ReturnType<TestServer['watch']>, clock: ReturnType<typeof createManualClock>) {
  const heard: [type: string, revision: number][] = [];
  let quiet = 0;
  for (let next = events.next(); quiet < 20;) {
    const come = await Promise.race([next, clock.settle().then(() => undefined)]);
    if (!come) {
      quiet++;
      continue;
    }
    quiet = 0;
    if (come.done) break;
    heard.push([come.value.type, version(come.value.object)]);
    next = events.next();
  }
  return heard;
}

test('15220: a bookmark never overtakes the events that it speaks for', async t => {
  const clock = createManualClock();
  const server = await startServer({ clock });
  t.after(server.close);
  const start = await write(server, 'first');
  const events = server.watch(`${maps}?watch=1&allowWatchBookmarks=true&resourceVersion=${start}`);
  const hearing = hear(events, clock);
  await clock.settle();
  // The bookmark is due in the very moment in which the second event waits to be sent together with others.
  await clock.advance(59_998);
  const revisions = [await write(server, 'second'), await write(server, 'third')];
  await clock.advance(2);
  revisions.push(await write(server, 'fourth'));
  await clock.advance(60_000);
  const heard = await hearing;
  assert.deepEqual(
    heard.filter(([type]) => type === 'ADDED').map(([, revision]) => revision),
    revisions,
  );
  let promised = 0;
  for (const [type, revision] of heard) {
    assert.ok(type === 'BOOKMARK' ? revision >= promised : revision > promised, JSON.stringify(heard));
    if (type === 'BOOKMARK') promised = revision;
  }
  assert.ok(
    heard.some(([type]) => type === 'BOOKMARK'),
    'there was a bookmark',
  );
});

test('20221: a watch from a version of the future is told neither events nor bookmarks before it', async t => {
  const clock = createManualClock();
  const server = await startServer({ clock });
  t.after(server.close);
  const start = (await write(server, 'first')) + 2;
  const events = server.watch(`${maps}?watch=1&allowWatchBookmarks=true&resourceVersion=${start}`);
  const hearing = hear(events, clock);
  await clock.settle();
  await write(server, 'second');
  await clock.advance(60_000);
  await write(server, 'third');
  const told = await write(server, 'fourth');
  await clock.advance(60_000);
  for (const [, revision] of await hearing)
    assert.ok(revision >= told, `${revision} was told, asked was after ${start}`);
});
