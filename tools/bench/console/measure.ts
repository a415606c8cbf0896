/** `bench console`: what the console weighs, how soon it is there, what everything takes beside it, how long people wait for a list and a log-in. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@orrery/machinery/clock';
import { createBenchCluster, type BenchCluster } from '../cluster.ts';
import type { Floor } from '../floor.ts';
import { watchIdle } from '../idle.ts';
import { machineText } from '../machine.ts';
import { processorMsOf } from '../processes.ts';
import type { Report } from '../report.ts';
import { createTally, type Figure, type Tally } from '../tally.ts';
import { choosePassword, fill, firstPassword, listPath, logIn, timesOf } from './calls.ts';
import { firstLoad } from './first-load.ts';
import { freePort, startAnd, startFloorOf } from './start.ts';
import { createVisitor, type Visitor } from './visitor.ts';

export interface ConsoleOptions {
  readonly rounds: number;
  /** The launcher. */
  readonly orrery: string;
  readonly kubectl: string;
  /** Simulated nodes instead of a real one; 0 for a real one. */
  readonly simulate: number;
  /** Pods that the list is a page of. */
  readonly pods: number;
  /** Compares one password with one hash, as a log-in does. */
  readonly compareOnce: () => Promise<unknown>;
  readonly clock: Clock;
  readonly progress: (step: string) => void;
  readonly signal: AbortSignal;
}

const figures = {
  'first load of the console, gzipped': { unit: 'bytes', goal: 300e3 },
  'first start: exec of up to the log-in page': { unit: 'ms', goal: 2000 },
  'second start: exec of up to the log-in page': { unit: 'ms', goal: 2000 },
  'idle memory (PSS), cluster and platform': { unit: 'bytes', goal: 200e6 },
  'a page of 10, sorted and filtered': { unit: 'ms' },
  '  less the empty server': { unit: 'ms' },
  '  processor time of the server': { unit: 'ms', goal: 5 },
  '  the first one': { unit: 'ms' },
  'log-in': { unit: 'ms' },
  '  of it comparing the hash': { unit: 'ms' },
  '  the rest': { unit: 'ms', goal: 150 },
} satisfies Record<string, Figure>;

type ConsoleTally = Tally<keyof typeof figures>;
const ours = 'orrery';
const floorName = 'bare node';
const settleMs = 5_000;
const idleMs = 10_000;
const listTurns = 200;
const logInTurns = 15;

/** @throws when a step fails, or `signal` aborts; nothing is left behind then. */
export async function measureConsole(options: ConsoleOptions): Promise<Report> {
  const { rounds, pods, simulate, progress } = options;
  const machine = machineText();
  const tally: ConsoleTally = createTally(figures);
  for (let round = 1; round <= rounds; round++)
    await measureRound(options, tally, step => progress(`round ${round} of ${rounds}: ${step}`));
  return {
    title: `The console and its platform, ${pods} pods in the list (medians of ${rounds})`,
    machine,
    subjects: [ours, floorName],
    rows: tally.rows(),
    notes: [
      'log-in page: all that a browser must have before it can draw was served, over TLS; first start: an empty data directory',
      'memory: agent and server 5 s after the page was served, containerd and its shims apart',
      'list and log-in: medians over one connection that stays open, TLS and client included',
      'bare node: an empty TLS server of Node.js; it answers with the same bytes as the list, and without looking at the request',
      'processor time: of the whole server process while pages were asked for, TLS and the cluster’s own work included',
      'comparing the hash: bcrypt at cost 10 in a thread, as the platform does, measured beside the log-ins',
      ...(simulate > 0 ? ['the node was simulated, since a real one needs root'] : []),
    ],
  };
}

async function measureRound(
  options: ConsoleOptions,
  tally: ConsoleTally,
  progress: (step: string) => void,
): Promise<void> {
  const { signal, clock } = options;
  const port = await freePort();
  const cluster = createBenchCluster(options);
  const passwordFile = join(cluster.directory, 'password');
  writeFileSync(passwordFile, firstPassword, { mode: 0o600 });
  const authority = join(cluster.dataDir, 'server/pki/ca.crt');
  const visitor = createVisitor(`https://127.0.0.1:${port}`, authority);
  try {
    const start = async (what: 'first start' | 'second start') => {
      progress(what);
      const flags = ['--console-port', String(port), '--admin-password-file', passwordFile];
      const [begun, ready] = await startAnd(cluster, flags, options, () => firstLoad(visitor));
      tally.add(`${what}: exec of up to the log-in page`, ours, ready.at - begun);
      tally.add('first load of the console, gzipped', ours, ready.value);
    };
    await start('first start');
    await choosePassword(visitor);
    await cluster.stop();
    signal.throwIfAborted();
    await start('second start');
    const floor = await startFloorOf(cluster, clock);
    try {
      for (const what of ['first start', 'second start'] as const)
        tally.add(`${what}: exec of up to the log-in page`, floorName, floor.startMs);
      await measureIdle(cluster, floor, options, tally, progress);
      await measureCalls(cluster, visitor, floor, options, tally, progress);
    } finally {
      await floor.stop();
    }
  } finally {
    visitor.close();
    progress('removing everything');
    await cluster.remove();
  }
}

async function measureIdle(
  cluster: BenchCluster,
  floor: Floor,
  { clock, signal }: ConsoleOptions,
  tally: ConsoleTally,
  progress: (step: string) => void,
): Promise<void> {
  await clock.sleep(settleMs, signal);
  progress(`nothing, for ${idleMs / 1000} s`);
  const { agent, server } = (await cluster.status()).processes;
  const idle = await watchIdle({ all: [agent, server], floor: [floor.pid] }, idleMs, clock, signal);
  tally.add('idle memory (PSS), cluster and platform', ours, idle.all.bytes);
  tally.add('idle memory (PSS), cluster and platform', floorName, idle.floor.bytes);
}

async function measureCalls(
  cluster: BenchCluster,
  visitor: Visitor,
  floor: Floor,
  { pods, compareOnce, clock, signal }: ConsoleOptions,
  tally: ConsoleTally,
  progress: (step: string) => void,
): Promise<void> {
  progress(`making ${pods} pods`);
  const { client, close } = await cluster.connect();
  await fill(client, pods, signal).finally(close);
  progress('pages of the list');
  const headers = { authorization: `Bearer ${await logIn(visitor)}` };
  const empty = createVisitor(`https://127.0.0.1:${floor.port}`, join(cluster.dataDir, 'server/pki/ca.crt'));
  try {
    const ask = (whom: Visitor) => () => whom.ask(listPath, { headers });
    tally.add('  the first one', ours, await timesOf(1, clock, ask(visitor)));
    const page = await visitor.json(listPath, { headers });
    checkPage(page, pods);
    await floor.answer(200, Buffer.from(JSON.stringify(page)));
    // Both are warm before either counts.
    for (const whom of [visitor, empty]) await timesOf(listTurns, clock, ask(whom));
    const { server } = (await cluster.status()).processes;
    const before = processorMsOf(server);
    const whole = await timesOf(listTurns, clock, ask(visitor));
    tally.add('  processor time of the server', ours, (processorMsOf(server) - before) / listTurns);
    const bare = await timesOf(listTurns, clock, ask(empty));
    tally.add('a page of 10, sorted and filtered', ours, whole);
    tally.add('a page of 10, sorted and filtered', floorName, bare);
    tally.add('  less the empty server', ours, whole - bare);
  } finally {
    empty.close();
  }
  progress('log-ins');
  signal.throwIfAborted();
  await timesOf(3, clock, compareOnce);
  for (let turn = 0; turn < logInTurns; turn++) {
    // In turns, so that a busy moment of the machine meets both.
    const comparing = await timesOf(1, clock, compareOnce);
    const whole = await timesOf(1, clock, () => logIn(visitor));
    tally.add('log-in', ours, whole);
    tally.add('  of it comparing the hash', ours, comparing);
    tally.add('  the rest', ours, Math.max(0, whole - comparing));
  }
}

/** What was measured must have been what was asked for. */
function checkPage(page: Readonly<Record<string, unknown>>, pods: number): void {
  const items = page['items'] as readonly { metadata: { name: string } }[];
  const total = Number(page['totalItems']);
  const names = items.map(({ metadata }) => metadata.name);
  if (names.length !== 10 || total < 1000 || total >= pods || names.some(name => !name.includes('5')))
    throw new Error(`the list answered ${names.length} of ${total} items, beginning with ${names[0]}`);
}
