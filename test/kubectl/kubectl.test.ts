/** Plays the script with every kubectl that is found: each command is a test. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clusterUnderTest, type ClusterUnderTest } from '../conformance/support/cluster.ts';
import { expectation, readDifferences, readScript, type Chapter } from './support/script.ts';
import { openSession, play, type Session } from './support/session.ts';
import { foundKubectls, summaryOf, supported, type Kubectl } from './support/versions.ts';

const found = await foundKubectls();
const run = found.filter(({ minor }) => supported(minor));
const script = readScript();
const differences = readDifferences();
const homes = mkdtempSync(join(tmpdir(), 'orrery-kubectl-homes-'));

/** What every version plays. The rest is for the newest, unless they are few, so that eight of them need a minute and a half. */
const core = ['apply', 'create', 'get'];
const playsAll = ({ minor }: Kubectl): boolean =>
  process.env.KUBECTL_WHOLE_SCRIPT === '1' || run.length <= 3 || minor === run.at(-1)?.minor;

let cluster: ClusterUnderTest;

function chapterWith(kubectl: Kubectl, chapter: Chapter): void {
  // One step after the other: a suite takes its parent's concurrency unless it has its own.
  describe(`${chapter.name} with kubectl ${kubectl.version}`, { concurrency: 1 }, () => {
    let session: Session;
    before(async () => {
      const home = join(homes, kubectl.version);
      mkdirSync(home, { recursive: true });
      session = await openSession(cluster.kubeconfig, kubectl, home);
    });
    after(() => session?.close());
    for (const step of chapter.steps) {
      const expected = expectation(chapter, step, kubectl.minor, differences);
      if (!expected) continue;
      test(step.command, { timeout: 240_000 }, async () => {
        const { outcome: _, ...printed } = await play(session, step.command, step.repeats, expected);
        const { stdout, stderr, code } = expected;
        assert.deepEqual(printed, { stdout, stderr, code });
      });
    }
  });
}

describe('kubectl', { concurrency: 4 }, () => {
  before(async () => {
    cluster = await clusterUnderTest();
  });
  after(async () => {
    await cluster?.remove();
    rmSync(homes, { recursive: true, force: true });
  });
  test(summaryOf(found), t => {
    t.diagnostic(summaryOf(found));
    assert.notEqual(run.length, 0, 'a kubectl is here that the script is for');
  });
  for (const chapter of script)
    for (const kubectl of run) if (playsAll(kubectl) || core.includes(chapter.name)) chapterWith(kubectl, chapter);
});
