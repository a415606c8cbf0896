/**
 * The stage `bench`: this commit's program and that of the commit before, loaded in alternation. Fails when a rate falls below
 * {@link ratioMin} of what it was, in a short measurement and again in a longer one. Absolute figures are not looked at: machines differ.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@orrery/machinery/clock';
import { systemRandom } from '@orrery/machinery/random';
import { createBenchCluster, type BenchCluster } from '../cluster.ts';
import { findProgram } from '../commands.ts';
import { createFigures } from '../figures.ts';
import { casesFor, type Case } from '../load/cases.ts';
import { fillTarget } from '../load/fill.ts';
import { measureCase } from '../load/repeat.ts';
import type { LoadRun } from '../load/run.ts';
import { openTarget, type Target } from '../load/target.ts';
import { flatOut, measureWatch } from '../load/watching.ts';
import { buildPrevious, NothingToCompare } from './previous.ts';
import { judge, judgedText, type Judged } from './verdict.ts';

const root = join(import.meta.dirname, '../../..');
const now = 'this commit';
const earlier = 'the one before';
const clients = 16;
const shortRounds = 3;
const longRounds = 7;
const objects = 600;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A measurement that can be repeated by itself. */
interface Measurement {
  readonly name: string;
  run(run: LoadRun): Promise<void>;
}

const wanted: readonly { readonly what: string; readonly protocols: Case['protocols'] }[] = [
  { what: 'create ConfigMap 1 KiB', protocols: ['HTTP/1.1'] },
  { what: 'update ConfigMap', protocols: ['HTTP/1.1'] },
  { what: 'get Pod', protocols: ['HTTP/1.1', 'HTTP/2'] },
  { what: 'list Pods, 500', protocols: ['HTTP/1.1'] },
];

const measurements: readonly Measurement[] = [
  ...casesFor([clients]).flatMap(entry =>
    wanted
      .filter(({ what }) => what === entry.what)
      .flatMap(({ protocols }) => protocols)
      .map(protocol => ({
        name: `${entry.what}, ${clients} clients, ${protocol}`,
        run: (run: LoadRun) => measureCase(run, { ...entry, protocols: [protocol] }),
      })),
  ),
  { name: 'watch', run: run => measureWatch(run, [flatOut(run)]) },
];

/** @throws with the name of the package it comes with. */
function program(name: string, debianPackage: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is missing: install the package ${debianPackage}`);
  return path;
}

async function compare(targets: readonly Target[], directory: string, signal: AbortSignal): Promise<boolean> {
  const base = {
    wrk: program('wrk', 'wrk'),
    h2load: program('h2load', 'nghttp2-client'),
    seconds: 1,
    warmUpSeconds: 1,
    objects,
    watchers: 30,
    updates: 200,
    clock: systemClock,
    random: systemRandom,
    progress: () => {},
    nextRow: () => '',
    ...{ signal, directory, targets },
  };
  const attempt = async (measurement: Measurement, rounds: number): Promise<Judged> => {
    const figures = createFigures();
    await measurement.run({ ...base, figures, rounds });
    return judge(figures.rows(), now, earlier)[0]!;
  };
  for (const target of targets) await fillTarget({ ...base, figures: createFigures(), rounds: 1 }, target);
  let isSlower = false;
  for (const measurement of measurements) {
    let judged = await attempt(measurement, shortRounds);
    if (judged.isSlower) {
      say(`${judgedText(judged)}: once more, with more rounds`);
      judged = await attempt(measurement, longRounds);
    }
    say(judgedText(judged));
    isSlower ||= judged.isSlower;
  }
  return isSlower;
}

/** Starts a cluster of each program. What was made is removed at the end, whatever happens. */
async function main(signal: AbortSignal): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'orrery-bench-'));
  const clusters: BenchCluster[] = [];
  const targets: Target[] = [];
  const start = async (home: string, name: string): Promise<void> => {
    const kubectl = program('kubectl', 'kubernetes-client');
    const cluster = createBenchCluster({ orrery: join(home, 'orrery'), kubectl, simulate: 1, clock: systemClock });
    clusters.push(cluster);
    await cluster.start();
    const run = systemRandom.uuid().slice(0, 8);
    targets.push(await openTarget({ name, kubeconfig: join(cluster.dataDir, 'kubeconfig'), run, clock: systemClock }));
  };
  try {
    await buildPrevious(root, directory);
    await start(root, now);
    await start(directory, earlier).catch((error: unknown) => {
      throw new NothingToCompare(`the commit before this one does not start: ${String(error).split('\n')[0]}`);
    });
    say(`rates of ${now}, as a share of those of ${earlier}:`);
    return (await compare(targets, directory, signal)) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof NothingToCompare)) throw error;
    say(`nothing was compared: ${error.message}`);
    return 0;
  } finally {
    for (const target of targets) await target.remove().catch(() => {});
    for (const cluster of clusters) await cluster.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(new Error('stopped')));
process.exitCode = await main(stopping.signal);
