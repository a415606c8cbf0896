/** `bench store`: our store and etcd behind the same wire, loaded by the same client, in alternation. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@orrery/machinery/clock';
import { syncsPerSecond } from '../disk.ts';
import { startEtcd } from '../etcd.ts';
import { createFigures, type Figures } from '../figures.ts';
import { createPace, h2load, type Pace } from '../generators.ts';
import { machineText } from '../machine.ts';
import { processorMsOf } from '../processes.ts';
import type { Report } from '../report.ts';
import { benchKey, benchValue, startStoreProcess, type StoreProcess } from './child.ts';
import { createStoreClient, getBody, putBody, rangeBody } from './client.ts';
import { measureStoreWatch } from './watch.ts';

export interface StoreOptions {
  /** Absent when it is not installed. */
  readonly etcd?: string;
  readonly h2load?: string;
  /** See {@link startStoreProcess}. */
  readonly command: readonly string[];
  /** The data goes under it. */
  readonly directory?: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly watchers: number;
  readonly updates: number;
  readonly clock: Clock;
  readonly progress: (step: string) => void;
  readonly signal: AbortSignal;
}

/** A store that listens. */
export interface StoreSubject {
  readonly name: string;
  readonly pid: number;
  readonly origin: string;
  /** False for the one that keeps nothing. */
  readonly isStore: boolean;
}

export interface StoreRun extends StoreOptions {
  readonly figures: Figures;
  readonly folder: string;
  readonly subjects: readonly StoreSubject[];
  readonly pace: Pace;
}

const ours = 'orrery';
const theirs = 'etcd';
const inside = 'in process';
const floorName = 'floor';
const clientCounts = [1, 64];
const rangePrefix = '/registry/pods/bench/';
const rangeKeys = 500;
const serverTime = 'server processor time';

interface Operation {
  readonly what: string;
  readonly path: string;
  readonly body: Buffer;
  readonly isWrite?: true;
}

const operations: readonly Operation[] = [
  { what: 'put 1 KiB', path: 'Put', body: putBody(benchKey, benchValue), isWrite: true },
  { what: 'get', path: 'Range', body: getBody(benchKey) },
  { what: `range of ${rangeKeys} keys`, path: 'Range', body: rangeBody(rangePrefix) },
];

/** @throws when h2load is missing, a step fails or `signal` aborts; nothing is left behind then. */
export async function measureStore(options: StoreOptions): Promise<Report> {
  if (!options.h2load) throw new Error('h2load is missing: install the package nghttp2-client');
  const machine = machineText();
  const folder = await mkdtemp(join(options.directory ?? tmpdir(), 'orrery-bench-'));
  const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const own = await startStoreProcess(options.command, join(folder, 'orrery'));
    stops.push(own.stop);
    const etcd = options.etcd === undefined ? undefined : await startEtcd(options.etcd, folder, options.clock);
    if (etcd) stops.push(etcd.stop);
    const empty = await startStoreProcess(options.command, '');
    stops.push(empty.stop);
    const subjects = [
      subject(ours, own, true),
      ...(etcd ? [subject(theirs, etcd, true)] : []),
      subject(floorName, empty, false),
    ];
    const figures = createFigures();
    await measureAll({ ...options, figures, folder, subjects, pace: createPace() }, own);
    return {
      title: `Store (medians of ${options.rounds} rounds of ${options.seconds} s)`,
      machine,
      subjects: [ours, ...(etcd ? [theirs] : []), inside, floorName],
      ratios: [...(etcd ? [[ours, theirs] as const, [inside, theirs] as const] : []), [ours, floorName]],
      rows: figures.rows(),
      notes: notes(options),
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

const subject = (name: string, { pid, port }: { pid: number; port: number }, isStore: boolean): StoreSubject => ({
  name,
  pid,
  origin: `http://127.0.0.1:${port}`,
  isStore,
});

async function measureAll(run: StoreRun, own: StoreProcess): Promise<void> {
  const { figures, clock, folder, rounds, seconds } = run;
  for (const { name, origin, isStore } of run.subjects) {
    run.progress(`${name}: ${rangeKeys} keys`);
    if (isStore) await fill(origin);
  }
  for (let round = 1; round <= rounds; round++)
    figures.add('disk: write and fdatasync, one at a time', 'perSecond', floorName, syncsPerSecond(folder, 500, clock));
  for (const operation of operations) {
    for (const clients of clientCounts) {
      const what = `${operation.what}, ${clients} client${clients > 1 ? 's' : ''}`;
      // The first round is thrown away.
      for (let round = 0; round <= rounds; round++) {
        run.progress(`${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}: ${what}`);
        for (const each of run.subjects)
          await measureOne(run, each, operation, clients, round === 0 ? undefined : what);
        if (operation.isWrite && round > 0)
          figures.add(what, 'perSecond', inside, await own.drive({ clients, durationMs: seconds * 1000 }));
      }
    }
  }
  await measureStoreWatch(run);
}

async function fill(origin: string): Promise<void> {
  const client = createStoreClient(origin);
  try {
    for (let at = 0; at < rangeKeys; at++) await client.put(`${rangePrefix}item-${at}`, benchValue);
    await client.put(benchKey, benchValue);
  } finally {
    client.close();
  }
}

/** Notes nothing when it is without a name: a warming up. */
async function measureOne(
  run: StoreRun,
  { name, pid, origin, isStore }: StoreSubject,
  { path, body, isWrite }: Operation,
  clients: number,
  what: string | undefined,
): Promise<void> {
  run.signal.throwIfAborted();
  const file = join(run.folder, 'request');
  await writeFile(file, body);
  const client = createStoreClient(origin);
  try {
    const revision = await client.revision();
    const seconds = what === undefined ? Math.min(1, run.seconds) : run.seconds;
    const known = `${name} ${clients} ${body.length} ${path}`;
    const before = processorMsOf(pid);
    const outcome = await h2load(run.h2load!, {
      url: `${origin}/etcdserverpb.KV/${path}`,
      headers: { 'content-type': 'application/grpc', te: 'trailers' },
      protocol: 'HTTP/2',
      connections: clients,
      requests: run.pace.requestsFor(known, clients, seconds),
      body: file,
      signal: run.signal,
    });
    const { perSecond, requests } = outcome;
    run.pace.learn(known, outcome);
    const processorMs = processorMsOf(pid) - before;
    // The generator does not look into trailers, where gRPC says whether it went well.
    const grown = (await client.revision()) - revision;
    if (isStore && isWrite && grown < requests)
      throw new Error(`${name} acknowledged ${requests} puts and has ${grown} new revisions`);
    if (what === undefined) return;
    run.figures.add(what, 'perSecond', name, perSecond);
    run.figures.add(what, 'us', name, (processorMs * 1000) / requests, serverTime);
  } finally {
    client.close();
  }
}

const notes = ({ etcd }: StoreOptions): string[] => [
  'both stores are processes of their own behind etcd’s gRPC without TLS, loaded by h2load with one request at a time on each connection; both sync before they answer, many writes with one sync',
  'orrery is here behind a wire of Node.js that exists for this comparison only; in process is how the API server has it, without a wire',
  'floor: the same wire without a store behind it; for the disk a bare fdatasync',
  'the generator repeats one request, so all puts go to one key',
  ...(etcd === undefined ? ['etcd is not installed: install the package etcd-server to see it beside'] : []),
];
