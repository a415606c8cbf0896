/** Which start is an upgrade, which is refused, and what is kept of the older version. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { layoutOf, type Layout } from '@orrery/embedded/layout';
import { CliError } from '../error.ts';
import { compareVersions, keepCopy, planUpgrade, unknownVersion, type Past } from './upgrade.ts';

test('versions in order: previews before their release, numbers as numbers, what is no version first', () => {
  const ordered = [unknownVersion, '0.1.0', '0.2.0-rc.2', '0.2.0-rc.10', '0.2.0', '0.2.1', '0.10.0', '1.0.0'];
  for (const [at, left] of ordered.entries())
    for (const [other, right] of ordered.entries())
      assert.equal(Math.sign(compareVersions(left, right)), Math.sign(at - other), `${left} and ${right}`);
  assert.equal(compareVersions('v0.1.0', '0.1.0'), 0);
});

describe('a start of 0.2.0', () => {
  const root = '/data';
  const cases: { what: string; past: Omit<Past, 'root'>; from?: string; refused?: string }[] = [
    { what: 'of a new directory', past: {} },
    { what: 'after itself', past: { last: '0.2.0' } },
    { what: 'over itself', past: { running: '0.2.0', last: '0.2.0' } },
    { what: 'after an older one', past: { last: '0.1.9' }, from: '0.1.9' },
    { what: 'after one that did not say', past: { last: unknownVersion }, from: unknownVersion },
    { what: 'over an older one', past: { running: '0.1.0', last: '0.1.0' }, from: '0.1.0' },
    // Its first start is not over: nothing is written down yet.
    { what: 'over an older one that starts', past: { running: '0.1.0' }, from: '0.1.0' },
    {
      what: 'after a newer one',
      past: { last: '0.3.0' },
      refused:
        'the data directory /data was last used by Orrery 0.3.0, and this is the older 0.2.0: start it with 0.3.0 or newer, or put back what was kept in /data/backups before the upgrade',
    },
    {
      what: 'over a newer one',
      past: { running: '0.3.0', last: '0.3.0' },
      refused:
        'the cluster on /data runs Orrery 0.3.0, and this is the older 0.2.0: use the "orrery" of 0.3.0 or of a newer version',
    },
  ];
  for (const { what, past, from, refused } of cases) {
    test(`${what}: ${refused ? 'refused' : from ? 'an upgrade' : 'no upgrade'}`, () => {
      if (refused !== undefined) assert.throws(() => planUpgrade('0.2.0', { root, ...past }), new CliError(refused));
      else assert.deepEqual(planUpgrade('0.2.0', { root, ...past }), from === undefined ? undefined : { from });
    });
  }
});

function dataDirectory(t: TestContext): Layout {
  const layout = layoutOf(mkdtempSync(join(tmpdir(), 'orrery-upgrade-')));
  t.after(() => rmSync(layout.root, { recursive: true, force: true }));
  for (const folder of [layout.server.store, layout.server.pki]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(layout.formatFile, 'orrery 1\n');
  writeFileSync(layout.settingsFile, '{}\n');
  writeFileSync(join(layout.server.store, 'log-0000000001'), 'state', { mode: 0o600 });
  writeFileSync(join(layout.server.pki, 'ca.key'), 'secret', { mode: 0o600 });
  writeFileSync(join(layout.root, 'kubeconfig'), 'made anew');
  return layout;
}

test('what is kept can be put back as it was, and is for its owner alone', t => {
  const layout = dataDirectory(t);
  const copy = keepCopy(layout, unknownVersion, '2026-01-02T03-04-05Z');
  assert.equal(copy, join(layout.root, 'backups/an-earlier-version-2026-01-02T03-04-05Z'));
  assert.deepEqual(readdirSync(copy).sort(), ['format', 'server', 'settings.json']);
  assert.equal(readFileSync(join(copy, 'server/store/log-0000000001'), 'utf8'), 'state');
  assert.equal(statSync(join(copy, 'server/pki/ca.key')).mode & 0o777, 0o600);
  assert.equal(statSync(copy).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(join(layout.root, 'backups')), ['an-earlier-version-2026-01-02T03-04-05Z']);
});

test('where nothing can be copied, nothing is left, and the sentence says that nothing changed', t => {
  const layout = dataDirectory(t);
  mkdirSync(join(layout.root, 'backups'));
  writeFileSync(join(layout.root, 'backups/0.1.0-now'), 'in the way');
  assert.throws(
    () => keepCopy(layout, '0.1.0', 'now'),
    /could not be copied before the upgrade: .*; nothing was changed, and Orrery 0\.1\.0 can start it again$/,
  );
  assert.ok(!existsSync(join(layout.root, 'backups/0.1.0-now.next')));
});
