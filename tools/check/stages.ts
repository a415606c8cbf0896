/** The stages of `./orrery test`, in the order in which they run: cheap ones first, but for what {@link Stage.runs} says. */

export interface Stage {
  readonly name: string;
  readonly what: string;
  readonly minutesMax: number;
  readonly command: readonly string[];
  /** The command prints node:test's summary, whose counts are taken; otherwise the stage is one check. */
  readonly counts?: true;
  /**
   * `beside`: nothing in it depends on how fast it goes, so it takes what the stages after it leave of the processors, at the lowest
   * priority. `alone`: it measures, so it waits until everything else is over. Otherwise one stage runs after the other.
   */
  readonly runs?: 'beside' | 'alone';
}

const bin = (name: string): string => `node_modules/.bin/${name}`;
const node = process.execPath;
/** `node --test`, where a file that does not end is ended, named and failed: its tests are lost, and no others. */
const tests = (concurrency: number, fileMinutesMax: number): string[] => [
  node,
  ...['--import', `./tools/check/limit.ts?minutes=${fileMinutesMax}`],
  ...['--test', `--test-concurrency=${concurrency}`],
];
const testFiles = (...roots: string[]): string[] => roots.map(root => `${root}/**/*.test.ts`);

export const stages: readonly Stage[] = [
  {
    name: 'packages',
    what: "Debian's packages that the tests use",
    minutesMax: 6,
    command: [node, 'tools/check/packages.ts'],
  },
  {
    name: 'format',
    what: 'every source file is formatted',
    minutesMax: 30,
    runs: 'beside',
    command: [bin('prettier'), '--check', '--log-level=warn', '.'],
  },
  { name: 'lint', what: 'no suspicious code', minutesMax: 1, command: [bin('oxlint'), '--deny-warnings'] },
  { name: 'types', what: 'the type checker agrees', minutesMax: 2, command: [bin('tsc'), '-p', '.'] },
  {
    name: 'views',
    what: 'and about the console, whose translations are complete',
    minutesMax: 1,
    command: [bin('tsc'), '-p', 'console'],
  },
  {
    name: 'guest',
    what: 'the platform stands without the code of the cluster',
    minutesMax: 1,
    command: [node, 'tools/check/guest.ts'],
  },
  { name: 'tidy', what: 'the rules of this house', minutesMax: 1, command: [node, 'tools/tidy/index.ts'] },
  {
    name: 'unit',
    what: 'every room by itself, with real parts',
    minutesMax: 12,
    counts: true,
    command: [...tests(2, 5), ...testFiles('base', 'cluster', 'platform', 'console', 'cli', 'tools')],
  },
  {
    name: 'crash',
    what: 'nothing acknowledged is lost, however store and server end',
    minutesMax: 10,
    counts: true,
    command: [...tests(1, 5), ...testFiles('test/crash', 'test/fuzz')],
  },
  {
    name: 'simulation',
    what: 'a whole cluster in virtual time, 200 seeds of ten minutes with everything failing',
    minutesMax: 40,
    counts: true,
    runs: 'beside',
    command: [node, '--test', '--test-concurrency=2', ...testFiles('test/simulation')],
  },
  {
    name: 'conformance',
    what: 'the conformance tests that need an API server and its controllers, by their names',
    minutesMax: 5,
    counts: true,
    command: [node, 'test/conformance/run.ts'],
  },
  {
    name: 'clients',
    what: "other people's clients, and an operator, on simulated nodes",
    minutesMax: 5,
    counts: true,
    command: [node, 'test/clients/run.ts'],
  },
  {
    name: 'e2e',
    what: 'a real cluster, kubectl and containers; the platform row by row; the script that each version of kubectl plays',
    minutesMax: 25,
    counts: true,
    command: [...tests(1, 8), ...testFiles('test/e2e', 'test/platform', 'test/kubectl')],
  },
  {
    name: 'bench',
    what: 'no rate falls below 0.6 of what it was one commit ago',
    minutesMax: 5,
    runs: 'alone',
    command: [node, 'tools/bench/commits/index.ts'],
  },
];
