/** One seed: ten minutes of a cluster, the first six of them hard. */
import { chanceOf } from './chance.ts';
import { SimulatedCluster, type ClusterOptions } from './cluster.ts';
import { problems, stateOf } from './convergence.ts';
import { createOperator } from './operator.ts';
import { calm, storm, type Weather } from './weather.ts';
import { begin, settle, work, type Workload } from './workload.ts';

export interface SimulationOptions extends Partial<Pick<ClusterOptions, 'trace' | 'log' | 'kept' | 'nodes'>> {
  readonly seed: number;
  /** Simulated minutes; 10 unless given. */
  readonly minutes?: number;
}

export interface Outcome {
  readonly seed: number;
  /** Of everything that happened, in order. */
  readonly hash: string;
  readonly nodes: number;
  readonly lines: number;
  readonly revisions: number;
  /** None when all invariants held. */
  readonly violations: readonly string[];
  /** The last lines of the journal. */
  readonly last: readonly string[];
  /** How often what was killed. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Two looks, so that what is on its way at one of them is no failure. */
const pauseMs = 10_000;

/** What a sentence is about, without the figures in it. */
const subjectOf = (problem: string): string => problem.split(' ').slice(0, 2).join(' ');

async function lookAt(cluster: SimulatedCluster, operating: Promise<Workload>, atMs: number): Promise<string[]> {
  await cluster.time.run(atMs);
  const workload = await Promise.race([operating, undefined]);
  return workload ? problems(stateOf(cluster), workload.goneNamespaces) : ['the operator still waits for an answer'];
}

/** The share of a run in which things happen; the rest is for coming to rest. */
const busyShare = 0.6;

const weathers: readonly Weather[] = [calm, scaled(0.3), storm, scaled(2)];

function scaled(factor: number): Weather {
  return Object.fromEntries(
    Object.entries(storm).map(([name, probability]) => [name, (probability as number) * factor]),
  ) as unknown as Weather;
}

/** Few machines most of the time, where pods meet in every corner; fifty every seventh time: half of their cost is heartbeats. */
export const machinesOf = (seed: number): number =>
  seed % 10 === 5 || seed % 20 === 0 ? 50 : chanceOf(seed, 'machines').between(5, 12);

export async function simulate(options: SimulationOptions): Promise<Outcome> {
  const { seed, minutes = 10, kept = 200, nodes = machinesOf(seed) } = options;
  const cluster = new SimulatedCluster({ ...options, kept, nodes });
  const endMs = minutes * 60_000;
  const busyMs = endMs * busyShare;
  const stop = listenForStrays(cluster);
  try {
    cluster.start();
    changeWeather(cluster, seed, busyMs);
    const operating = operate(cluster, seed, busyMs);
    const before = await lookAt(cluster, operating, endMs - pauseMs);
    const after = await lookAt(cluster, operating, endMs);
    const subjects = new Set(before.map(subjectOf));
    for (const problem of after) if (subjects.has(subjectOf(problem))) cluster.violated(problem);
  } finally {
    stop();
  }
  const { journal, ledger, violations, counts } = cluster;
  const outcome = {
    ...{ seed, nodes, violations, counts },
    hash: journal.hash(),
    lines: journal.lines,
    revisions: ledger.revision,
    last: journal.last(),
  };
  cluster.end();
  return outcome;
}

async function operate(cluster: SimulatedCluster, seed: number, busyMs: number): Promise<Workload> {
  const operator = createOperator(cluster, seed);
  await operator.sleep(3_000);
  const workload = await begin(operator);
  await work(workload, busyMs);
  cluster.weather = calm;
  await settle(workload);
  return workload;
}

function changeWeather(cluster: SimulatedCluster, seed: number, busyMs: number): void {
  const chance = chanceOf(seed, 'weather');
  const { clock } = cluster.time.life('weather');
  const change = () => {
    const isOver = cluster.time.elapsedMs >= busyMs;
    cluster.weather = isOver ? calm : chance.pick(weathers);
    if (!isOver) clock.after(chance.between(10_000, 60_000), change);
  };
  clock.after(5_000, change);
}

/** A rejection that nobody waited for would end a real process. */
function listenForStrays(cluster: SimulatedCluster): () => void {
  const stray = (error: unknown) =>
    cluster.violated(
      `nobody waited for this failure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  process.on('unhandledRejection', stray);
  return () => void process.off('unhandledRejection', stray);
}
