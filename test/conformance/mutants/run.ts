/**
 * Shows that the suite sees faults: for each fault a copy of the sources is made wrong, a cluster started from it and the tests of the fault's
 * areas run. Ends with 1 when a fault is not seen, or when the tests fail without any. Takes some minutes.
 *
 * `node test/conformance/mutants/run.ts [words of a fault]`
 */
import { join } from 'node:path';
import { root, run, sowAll } from './copy.ts';
import { faults } from './faults.data.ts';

/** Titles of the tests that failed on a cluster made from the copy. */
async function failures(copy: string, areas: readonly string[]): Promise<string[]> {
  const dataDir = join(copy, 'data');
  const orrery = (...args: string[]) => run(join(copy, 'orrery'), [...args, '--data-dir', dataDir]);
  const up = await orrery('up', '--detach', '--simulate', '3', '--port', '0', '--no-platform');
  if (up.code !== 0) throw new Error(`up ended with ${up.code}: ${up.text}`);
  try {
    const tests = areas.map(area => join(root, 'test/conformance', `${area}.test.ts`));
    const env = { ...process.env, CONFORMANCE_KUBECONFIG: join(dataDir, 'kubeconfig'), CONFORMANCE_SECONDS: '10' };
    const args = ['--test', '--test-concurrency=2', '--test-reporter=tap', ...tests];
    const { text } = await run(process.execPath, args, { env });
    return [...text.matchAll(/^\s+not ok \d+ - (\[sig-.*)$/gm)].map(([, title]) => title!.replaceAll('\\', ''));
  } finally {
    await orrery('reset', '--yes');
  }
}

process.exitCode = (await sowAll(faults, failures)) ? 0 : 1;
