/** `bench start`: how soon a cluster is there, what it takes while nothing happens, how soon a pod runs. */
import { join } from 'node:path';
import type { Clock } from '@orrery/machinery/clock';
import { createBenchCluster, type BenchCluster } from './cluster.ts';
import { startEtcd } from './etcd.ts';
import { startFloor } from './floor.ts';
import { watchIdle } from './idle.ts';
import { machineText } from './machine.ts';
import { podToRunning } from './pod.ts';
import { namesakes } from './processes.ts';
import type { Report } from './report.ts';
import { createTally, type Figure, type Tally } from './tally.ts';

export interface StartOptions {
  readonly rounds: number;
  /** The launcher. */
  readonly orrery: string;
  readonly kubectl: string;
  /** Absent when it is not installed. */
  readonly etcd?: string;
  /** Simulated nodes instead of a real one; 0 for a real one. */
  readonly simulate: number;
  readonly clock: Clock;
  /** Told what happens next. */
  readonly progress: (step: string) => void;
  readonly signal: AbortSignal;
}

const idleMs = 20_000;
/** After a start, until the last of its own work is done. */
const settleMs = 5_000;

/** In the order in which they are printed. */
const figures = {
  'first start: exec to kubectl get nodes': { unit: 'ms', goal: 1500 },
  'second start: exec to kubectl get nodes': { unit: 'ms', goal: 1000 },
  'first start: exec to the platform answers': { unit: 'ms', goal: 2500 },
  'second start: exec to up has returned': { unit: 'ms' },
  'pod: exec of kubectl apply to Running': { unit: 'ms', goal: 1000 },
  'idle memory (PSS)': { unit: 'bytes', goal: 200e6 },
  '  of it the agent': { unit: 'bytes' },
  '  of it the server': { unit: 'bytes' },
  '  apart: containerd and shims': { unit: 'bytes' },
  'idle processor, of one core': { unit: 'percent', goal: 1 },
  '  of it the agent, of one core': { unit: 'percent' },
  '  apart: containerd and shims, of one core': { unit: 'percent' },
} satisfies Record<string, Figure>;

type StartTally = Tally<keyof typeof figures>;
type Progress = StartOptions['progress'];
const ours = 'orrery';
const floorName = 'bare node';

/**
 * Runs all rounds, each with a data directory of its own.
 * @throws when a step fails, or `signal` aborts; nothing is left behind then.
 */
export async function measureStart(options: StartOptions): Promise<Report> {
  const { rounds, etcd, progress } = options;
  const machine = machineText();
  const tally: StartTally = createTally(figures);
  for (let round = 1; round <= rounds; round++)
    await measureRound(options, tally, step => progress(`round ${round} of ${rounds}: ${step}`));
  return {
    title: `Start-up, memory and processor time (medians of ${rounds})`,
    machine,
    subjects: [ours, ...(etcd ? ['etcd'] : []), floorName],
    rows: tally.rows(),
    notes: notesOf(options),
  };
}

const notesOf = ({ etcd, simulate }: StartOptions): string[] => [
  'first start: an empty data directory; second: after `orrery down`; both until a ready node has renewed its lease and kubectl shows it',
  'the platform runs too: a first `up` returns when it answers, with the first password to tell; memory and processor time are with it',
  'etcd: exec to its first acknowledged put, without TLS; bare node: exec to the first answer of an empty TLS server',
  ...(etcd ? [] : ['etcd is not installed: install the package etcd-server to see it beside']),
  ...(simulate > 0
    ? ['the node was simulated, since a real one needs root: no containerd, and pods that only pretend']
    : []),
];

async function measureRound(options: StartOptions, tally: StartTally, progress: Progress): Promise<void> {
  const { clock, signal, simulate } = options;
  const cluster = createBenchCluster(options);
  try {
    progress('first start');
    const first = await cluster.start();
    tally.add('first start: exec to kubectl get nodes', ours, first.nodesMs);
    tally.add('first start: exec to the platform answers', ours, first.upMs);
    await cluster.stop();
    signal.throwIfAborted();
    progress('second start');
    const second = await cluster.start();
    tally.add('second start: exec to kubectl get nodes', ours, second.nodesMs);
    tally.add('second start: exec to up has returned', ours, second.upMs);
    signal.throwIfAborted();
    await measureBeside(cluster, options, tally, progress);
    progress('a pod');
    const podMs = await podToRunning(cluster, simulate > 0, clock);
    tally.add('pod: exec of kubectl apply to Running', ours, podMs);
  } finally {
    progress('removing everything');
    await cluster.remove();
  }
}

/** Starts the others, and watches all of them together while nothing happens. */
async function measureBeside(
  cluster: BenchCluster,
  { etcd: etcdPath, clock, signal }: StartOptions,
  tally: StartTally,
  progress: Progress,
): Promise<void> {
  progress('the others');
  const pki = join(cluster.dataDir, 'server/pki');
  const pair = {
    certificate: join(pki, 'apiserver.crt'),
    key: join(pki, 'apiserver.key'),
    authority: join(pki, 'ca.crt'),
  };
  const floor = await startFloor({ ...pair, body: '{}', clock });
  const etcd = etcdPath ? await startEtcd(etcdPath, cluster.directory, clock).catch(endAfter(floor)) : undefined;
  try {
    // Neither has a first start that differs from its second.
    for (const what of ['first start: exec to kubectl get nodes', 'second start: exec to kubectl get nodes'] as const) {
      tally.add(what, floorName, floor.startMs);
      if (etcd) tally.add(what, 'etcd', etcd.startMs);
    }
    const { agent, server } = (await cluster.status()).processes;
    await clock.sleep(settleMs, signal);
    progress(`nothing, for ${idleMs / 1000} s`);
    const runtime = namesakes('containerd');
    const groups = { agent: [agent], server: [server], runtime, floor: [floor.pid], etcd: etcd ? [etcd.pid] : [] };
    const idle = await watchIdle(groups, idleMs, clock, signal);
    tally.add('idle memory (PSS)', ours, idle.agent.bytes + idle.server.bytes);
    tally.add('idle processor, of one core', ours, idle.agent.percent + idle.server.percent);
    tally.add('  of it the agent', ours, idle.agent.bytes);
    tally.add('  of it the server', ours, idle.server.bytes);
    tally.add('  of it the agent, of one core', ours, idle.agent.percent);
    if (runtime.length > 0) {
      tally.add('  apart: containerd and shims', ours, idle.runtime.bytes);
      tally.add('  apart: containerd and shims, of one core', ours, idle.runtime.percent);
    }
    for (const [subject, { bytes, percent }] of [
      [floorName, idle.floor],
      ...(etcd ? [['etcd', idle.etcd] as const] : []),
    ] as const) {
      tally.add('idle memory (PSS)', subject, bytes);
      tally.add('idle processor, of one core', subject, percent);
    }
  } finally {
    await Promise.all([floor.stop(), etcd?.stop()]);
  }
}

const endAfter =
  (started: { stop(): Promise<void> }) =>
  async (error: unknown): Promise<never> => {
    await started.stop();
    throw error;
  };
