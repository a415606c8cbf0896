/** `bench platform`: what a platform with many tenants costs: a decision, a list, a search, a start, memory. */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@orrery/machinery/clock';
import { createBenchCluster, type BenchCluster } from '../cluster.ts';
import { choosePassword, firstPassword, logIn, timesOf } from '../console/calls.ts';
import { firstLoad } from '../console/first-load.ts';
import { freePort, startAnd, startFloorOf } from '../console/start.ts';
import { createVisitor, type Visitor } from '../console/visitor.ts';
import type { Floor } from '../floor.ts';
import { machineText } from '../machine.ts';
import { memoryOf, processorMsOf, sumOver } from '../processes.ts';
import type { Report } from '../report.ts';
import { createTally, type Figure, type Tally } from '../tally.ts';
import { casesFor, type Case, type Who } from './cases.ts';
import { fillPlatform, settled } from './fill.ts';
import { userName, type Counts } from './people.ts';

export interface PlatformOptions {
  readonly counts: Counts;
  readonly rounds: number;
  /** The launcher. */
  readonly orrery: string;
  readonly kubectl: string;
  /** Simulated nodes instead of a real one; 0 for a real one. */
  readonly simulate: number;
  /** A password, and the hash that every user gets. */
  readonly password: string;
  readonly hash: string;
  readonly clock: Clock;
  readonly progress: (step: string) => void;
  readonly signal: AbortSignal;
}

const ours = 'orrery';
const floorName = 'bare node';
const connections = 4;
const warmUpMs = 300;
const turnsMin = 20;
const turnsMax = 300;
/** For how long the platform remembers what somebody may see, and a little more. */
const forgottenMs = 6_000;
const patienceMs = 120_000;

const startRow = 'second start: exec of up to the log-in page';
const listRow = '  to a member’s project list';
const searchRow = '  until the search has read everything';
const memoryRows = ['memory (PSS), cluster and platform, full', '  of it the server'] as const;

const rowsOf = ({ what, goal, hasFirst }: Case): [string, Figure][] => [
  [what, { unit: 'ms' }],
  [`${what}, less the empty server`, { unit: 'ms' }],
  [`${what}, processor`, { unit: 'ms', ...(goal !== undefined && { goal }) }],
  ...(hasFirst ? [[`${what}, the first`, { unit: 'ms' }] as [string, Figure]] : []),
];

interface Run {
  readonly options: PlatformOptions;
  readonly cluster: BenchCluster;
  readonly cases: readonly Case[];
  readonly tally: Tally<string>;
  readonly visitor: Visitor;
  readonly tokens: Readonly<Record<Who, string>>;
  readonly start: <T>(attempt: () => Promise<T>) => Promise<readonly [begun: number, at: number]>;
}

/** @throws when a step fails, or `signal` aborts; nothing is left behind then. */
export async function measurePlatform(options: PlatformOptions): Promise<Report> {
  const { counts, rounds, simulate } = options;
  const load = loadavg()[0]!;
  const cases = casesFor(counts, memberOf(counts));
  const tally = createTally<string>({
    ...Object.fromEntries(cases.flatMap(rowsOf)),
    [startRow]: { unit: 'ms', goal: 3000 },
    [listRow]: { unit: 'ms' },
    [searchRow]: { unit: 'ms' },
    [memoryRows[0]]: { unit: 'bytes' },
    [memoryRows[1]]: { unit: 'bytes' },
  });
  await measureAll(options, cases, tally);
  const { users, workspaces, projects, bindings, objects } = counts;
  return {
    title: `A full platform: ${users} users, ${workspaces} workspaces, ${projects} projects, ${bindings} bindings, ${objects} objects (medians of ${rounds})`,
    machine: machineText(),
    subjects: [ours, floorName],
    rows: tally.rows(),
    notes: [
      'times: medians over one connection that stays open, TLS and client included; bare node answers with the same bytes and looks at nothing',
      'processor: of the whole server process while it was asked, TLS and the cluster’s own work included; the empty server’s beside it',
      'the first: nothing was remembered of this user’s rights',
      'a member: of one workspace, in all of its projects; the objects are ConfigMaps',
      'start: with all that there; the log-in page with everything a browser must have before it can draw',
      `load of the machine before and after: ${load.toFixed(1)} and ${loadavg()[0]!.toFixed(1)}`,
      ...(simulate > 0 ? ['the node was simulated'] : []),
    ],
  };
}

/** Who manages nothing, where there are more users than workspaces. */
const memberOf = ({ users, workspaces }: Counts): number => Math.min(workspaces, users - 1);

async function measureAll(options: PlatformOptions, cases: readonly Case[], tally: Tally<string>): Promise<void> {
  const { counts, rounds, password, progress } = options;
  const cluster = createBenchCluster(options);
  const port = await freePort();
  const passwordFile = join(cluster.directory, 'password');
  writeFileSync(passwordFile, firstPassword, { mode: 0o600 });
  const visitor = createVisitor(`https://127.0.0.1:${port}`, join(cluster.dataDir, 'server/pki/ca.crt'));
  const flags = ['--console-port', String(port), '--admin-password-file', passwordFile];
  const start: Run['start'] = async attempt => {
    const [begun, ready] = await startAnd(cluster, flags, options, attempt);
    return [begun, ready.at];
  };
  try {
    progress('first start');
    await start(() => firstLoad(visitor));
    await choosePassword(visitor);
    await fillOf(cluster, options);
    const member = userName(memberOf(counts));
    const tokens = { administrator: await logIn(visitor), member: await logIn(visitor, password, member) };
    const run = { options, cluster, cases, tally, visitor, tokens, start };
    for (let round = 1; round <= rounds; round++) await measureRound(run, `round ${round} of ${rounds}: `);
  } finally {
    visitor.close();
    progress('removing everything');
    await cluster.remove();
  }
}

async function fillOf(cluster: BenchCluster, options: PlatformOptions): Promise<void> {
  const opened = await Promise.all(Array.from({ length: connections }, () => cluster.connect()));
  try {
    const fill = { ...options, clients: opened.map(({ client }) => client) };
    await fillPlatform(fill);
    await settled((await cluster.status()).processes.server, fill);
  } finally {
    for (const { close } of opened) close();
  }
}

async function restOf(cluster: BenchCluster, options: PlatformOptions): Promise<void> {
  const { client, close } = await cluster.connect();
  try {
    await settled((await cluster.status()).processes.server, { ...options, clients: [client] });
  } finally {
    close();
  }
}

async function measureRound(run: Run, prefix: string): Promise<void> {
  const { options, cluster, cases, tally, visitor, tokens, start } = run;
  const { clock, signal, progress } = options;
  progress(`${prefix}second start`);
  await cluster.stop();
  signal.throwIfAborted();
  const [begun, shown] = await start(() => firstLoad(visitor));
  tally.add(startRow, ours, shown - begun);
  const headersOf = (who: Who) => ({ headers: { authorization: `Bearer ${tokens[who]}` } });
  const until = async (path: string, isIt: (body: Record<string, unknown>) => boolean): Promise<number> => {
    while (!isIt(await visitor.json(path, headersOf('member')))) {
      if (clock.monotonic() - begun > patienceMs) throw new Error(`${path} never answered as it should`);
      await clock.sleep(20, signal);
    }
    return clock.monotonic() - begun;
  };
  tally.add(listRow, ours, await until(cases.find(({ what }) => what === 'a member’s project list')!.path, () => true));
  const whole = cases.find(({ what }) => what === 'search, member, nothing')!.path;
  tally.add(searchRow, ours, await until(whole, ({ incomplete }) => incomplete === false));
  // Controllers look at everything once after a start, and would be measured along.
  await restOf(cluster, options);
  const floor = await startFloorOf(cluster, clock);
  const empty = createVisitor(`https://127.0.0.1:${floor.port}`, join(cluster.dataDir, 'server/pki/ca.crt'));
  try {
    tally.add(startRow, floorName, floor.startMs);
    const { agent, server } = (await cluster.status()).processes;
    for (const which of cases) {
      progress(prefix + which.what);
      signal.throwIfAborted();
      await measureCase(run, which, { server, floor, empty });
    }
    tally.add(memoryRows[0], ours, sumOver([agent, server], memoryOf));
    tally.add(memoryRows[0], floorName, memoryOf(floor.pid));
    tally.add(memoryRows[1], ours, memoryOf(server));
  } finally {
    empty.close();
    await floor.stop();
  }
}

async function measureCase(
  { options: { counts, clock, signal }, tally, visitor, tokens }: Run,
  { what, path, who, status, total, hasFirst }: Case,
  { server, floor, empty }: { server: number; floor: Floor; empty: Visitor },
): Promise<void> {
  const headers = { authorization: `Bearer ${tokens[who]}` };
  const ask = (whom: Visitor) => () => whom.ask(path, { headers });
  if (hasFirst) {
    await clock.sleep(forgottenMs, signal);
    tally.add(`${what}, the first`, ours, await timesOf(1, clock, ask(visitor)));
  }
  const answer = await visitor.ask(path, { headers });
  const found = (JSON.parse(answer.body.toString()) as { totalItems?: number }).totalItems;
  const expected = total?.(counts, memberOf(counts));
  if (answer.status !== status || (expected !== undefined && found !== expected))
    throw new Error(`${what}: ${path} was answered with ${answer.status}, ${found} items: ${answer.body}`);
  await floor.answer(status, answer.body);
  const once = Math.max(0.1, await timesOf(5, clock, ask(visitor)));
  const turns = Math.round(Math.min(turnsMax, Math.max(turnsMin, 1500 / once)));
  // Both are warm before either counts.
  for (const whom of [visitor, empty]) await timesOf(Math.min(turns, Math.ceil(warmUpMs / once)), clock, ask(whom));
  const measure = async (whom: Visitor, pid: number) => {
    const before = processorMsOf(pid);
    const time = await timesOf(turns, clock, ask(whom));
    return { time, processor: (processorMsOf(pid) - before) / turns };
  };
  const whole = await measure(visitor, server);
  const bare = await measure(empty, floor.pid);
  tally.add(what, ours, whole.time);
  tally.add(what, floorName, bare.time);
  tally.add(`${what}, less the empty server`, ours, whole.time - bare.time);
  tally.add(`${what}, processor`, ours, whole.processor);
  tally.add(`${what}, processor`, floorName, bare.processor);
}
