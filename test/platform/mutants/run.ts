/**
 * Shows that the suite sees faults: for each fault a copy of the platform is made wrong and the rows run on it. Ends with 1 when a fault is
 * not seen, or when rows fail without any. Takes some minutes.
 *
 * `node test/platform/mutants/run.ts [words of a fault]`
 */
import { run, sowAll } from '../../conformance/mutants/copy.ts';
import { faults } from './faults.data.ts';

/** Titles of what failed, run from the copy and as `up` brings the platform. */
async function failures(copy: string, areas: readonly string[]): Promise<string[]> {
  const env = { ...process.env, PLATFORM_WHERE: 'up' };
  const { text } = await run(process.execPath, ['--test', '--test-reporter=tap', ...areas], { env, cwd: copy });
  return [...text.matchAll(/^\s+not ok \d+ - (.*)$/gm)].map(([, title]) => title!.replaceAll('\\', ''));
}

process.exitCode = (await sowAll(faults, failures)) ? 0 : 1;
