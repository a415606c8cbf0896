/**
 * Our own containerd: configured, started detached, adopted when it already runs with this configuration, restarted when the
 * configuration changed or it died. It and its shims outlive the agent, so that an upgrade of the agent stops no pod.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock, Timer } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { runtimeService } from '../cri/messages.data.ts';
import { connectGrpc, type GrpcConnection } from '../grpc.ts';
import { containerdConfig, type ContainerdSettings } from './config.ts';
import { endProcess, identify, isAlive, type ProcessIdentity } from './process.ts';
import { inKubernetes, subscribe } from './services.data.ts';

export interface ContainerdOptions extends Omit<ContainerdSettings, 'root' | 'state' | 'socket' | 'registryConfigDir'> {
  /** The program, absolute. */
  program: string;
  /** Persistent directory: config.toml, certs.d, root, log, record of the running process. */
  dataDir: string;
  /** Directory of one boot, short enough for a socket name (107 bytes). */
  runDir: string;
  /** `hosts.toml` files by path below the registry directory. */
  registryFiles?: Readonly<Record<string, string>>;
  /** Environment of containerd; proxies are read from it. */
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Log;
  /** Log size at which it is turned over once (one old file is kept), bytes. Default 16 MiB. */
  logLimit?: number;
}

export interface Containerd {
  readonly socket: string;
  /** Where it keeps the state of containers of one boot. */
  readonly stateDir: string;
  /** True when a process that was already running was taken over. */
  readonly adopted: boolean;
  readonly pid: number;
  /** Ends supervision and leaves containerd and all pods running: what the agent does when it stops. */
  release(): void;
  /** Ends supervision and containerd itself. Pods go on under their shims until it is started again. */
  stop(): Promise<void>;
}

interface Paths {
  config: string;
  registries: string;
  log: string;
  record: string;
  socket: string;
}

/** What we remember of the process we started; it is adopted only when all of it still holds. */
interface RunningRecord extends ProcessIdentity {
  /** SHA-256 of config.toml as it was read: the text holds credentials. */
  config: string;
  program: string;
}

const readyWithinMs = 30_000;
const stopWithinMs = 10_000;
const logCheckMs = 60_000;
const restartPauses = [0, 100, 500, 2_000, 10_000];

/** Starts or adopts containerd, resolves when its CRI answers, and keeps it running until released or stopped. */
export async function superviseContainerd(options: ContainerdOptions): Promise<Containerd> {
  const { clock, log } = options;
  const paths = pathsOf(options);
  const stateDir = join(options.runDir, 'containerd');
  const config = containerdConfig({
    ...options,
    root: join(options.dataDir, 'root'),
    state: stateDir,
    socket: paths.socket,
    registryConfigDir: paths.registries,
  });
  await writeFiles(options, paths, config);
  const ending = new AbortController();
  let adopted = false;
  let running = await adopt(paths, options.program, config, clock);
  if (running) adopted = true;
  else running = await replace(options, paths, config);
  log.info(adopted ? 'containerd adopted' : 'containerd started', { pid: running.pid, socket: paths.socket });
  const turnOver = keepLogSmall(paths.log, options.logLimit ?? 16 * 1024 * 1024, clock, log);
  const watching = keepRunning();

  async function keepRunning(): Promise<void> {
    for (let failures = 0; !ending.signal.aborted;) {
      await untilGone(paths.socket, running!, clock, ending.signal);
      if (ending.signal.aborted) return;
      log.warn('containerd has ended; starting it again', { pid: running!.pid });
      await clock.sleep(restartPauses[Math.min(failures, restartPauses.length - 1)]!, ending.signal);
      if (ending.signal.aborted) return;
      try {
        running = await replace(options, paths, config);
        failures = 0;
      } catch (error) {
        failures++;
        log.error('containerd could not be started', { error });
      }
    }
  }

  const release = () => {
    ending.abort();
    turnOver.cancel();
  };
  return {
    socket: paths.socket,
    stateDir,
    adopted,
    get pid() {
      return running!.pid;
    },
    release,
    async stop() {
      release();
      await watching;
      await endProcess(running!, clock, stopWithinMs);
      await rm(paths.record, { force: true });
    },
  };
}

/** Ends a containerd that an earlier process left running; false when there was none. */
export async function stopContainerd(
  options: Pick<ContainerdOptions, 'dataDir' | 'runDir' | 'clock'>,
): Promise<boolean> {
  const paths = pathsOf(options);
  const record = await readRecord(paths);
  if (!record || !(await isAlive(record))) return false;
  await endProcess(record, options.clock, stopWithinMs);
  await rm(paths.record, { force: true });
  return true;
}

function pathsOf({ dataDir, runDir }: Pick<ContainerdOptions, 'dataDir' | 'runDir'>): Paths {
  const socket = join(runDir, 'containerd.sock');
  // containerd appends `.ttrpc` for its second socket.
  if (Buffer.byteLength(socket) > 107 - 6) throw new Error(`the path ${socket} is too long for a unix socket`);
  return {
    config: join(dataDir, 'config.toml'),
    registries: join(dataDir, 'certs.d'),
    log: join(dataDir, 'containerd.log'),
    record: join(dataDir, 'running.json'),
    socket,
  };
}

async function writeFiles(options: ContainerdOptions, paths: Paths, config: string): Promise<void> {
  for (const directory of [options.dataDir, options.runDir]) await mkdir(directory, { recursive: true, mode: 0o700 });
  await rm(paths.registries, { recursive: true, force: true });
  await mkdir(paths.registries, { mode: 0o700 });
  for (const [name, text] of Object.entries(options.registryFiles ?? {})) {
    await mkdir(dirname(join(paths.registries, name)), { recursive: true, mode: 0o700 });
    await writeFile(join(paths.registries, name), text, { mode: 0o600 });
  }
  // Written aside and renamed: a crash in between leaves the old file whole.
  await writeFile(`${paths.config}.new`, config, { mode: 0o600 });
  await rename(`${paths.config}.new`, paths.config);
}

async function readRecord(paths: Paths): Promise<RunningRecord | undefined> {
  try {
    return JSON.parse(await readFile(paths.record, 'utf8')) as RunningRecord;
  } catch {
    return undefined;
  }
}

async function adopt(
  paths: Paths,
  program: string,
  config: string,
  clock: Clock,
): Promise<ProcessIdentity | undefined> {
  const record = await readRecord(paths);
  if (!record || record.config !== digest(config) || record.program !== program || !(await isAlive(record)))
    return undefined;
  const connection = connectGrpc(paths.socket, clock);
  try {
    await connection.call(runtimeService.version, {}, { timeoutMs: 5_000 });
    return record;
  } catch {
    return undefined;
  } finally {
    connection.close();
  }
}

/** Ends what runs by our record (other configuration, or it does not answer) and starts anew. */
async function replace(options: ContainerdOptions, paths: Paths, config: string): Promise<ProcessIdentity> {
  const before = await readRecord(paths);
  if (before) await endProcess(before, options.clock, stopWithinMs);
  await rm(paths.socket, { force: true });
  const log = await open(paths.log, 'a', 0o600);
  const child = spawn(options.program, ['--config', paths.config], {
    detached: true,
    cwd: '/',
    // These belong to the agent's own unit: containerd would report itself ready in its place.
    env: { ...options.environment, NOTIFY_SOCKET: undefined, LISTEN_FDS: undefined, LISTEN_PID: undefined },
    stdio: ['ignore', log.fd, log.fd],
  });
  // A program that cannot be executed has no pid, and an error event that tells why.
  const failed = new Promise<Error>(resolve => child.once('error', resolve));
  child.unref();
  try {
    if (child.pid === undefined) throw await failed;
    return await started(child.pid, options, paths, config);
  } finally {
    await log.close();
  }
}

async function started(
  pid: number,
  { clock, program }: ContainerdOptions,
  paths: Paths,
  config: string,
): Promise<ProcessIdentity> {
  const identity = await identify(pid);
  if (!identity) throw await notRunning(paths, 'ended at once');
  const record: RunningRecord = { ...identity, config: digest(config), program };
  await writeFile(paths.record, JSON.stringify(record), { mode: 0o600 });
  const connection = connectGrpc(paths.socket, clock);
  try {
    await untilReady(connection, identity, clock, paths);
  } finally {
    connection.close();
  }
  return identity;
}

/** Containerd needs some ten milliseconds: a first look soon, then ever rarer, at most twenty times a second. */
async function untilReady(
  connection: GrpcConnection,
  identity: ProcessIdentity,
  clock: Clock,
  paths: Paths,
): Promise<void> {
  const deadline = clock.monotonic() + readyWithinMs;
  for (let pause = 2; ; pause = Math.min(pause * 1.5, 50)) {
    // Not before the socket is there: a connection that failed is tried again only after a while.
    const answer =
      existsSync(paths.socket) &&
      (await connection.call(runtimeService.version, {}, { timeoutMs: 5_000 }).catch(() => undefined));
    if (answer) return;
    if (!(await isAlive(identity))) throw await notRunning(paths, 'ended');
    if (clock.monotonic() > deadline) throw await notRunning(paths, 'does not answer');
    await clock.sleep(pause);
  }
}

async function notRunning(paths: Paths, what: string): Promise<Error> {
  const lines = (await tail(paths.log, 4096).catch(() => Buffer.alloc(0))).toString().trim().split('\n');
  return new Error(`containerd ${what}; its log ${paths.log} ends with: ${lines.at(-1)}`);
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Resolves when the process is gone, noticed by an open stream that breaks: no polling, also where we are not its parent. */
async function untilGone(socket: string, identity: ProcessIdentity, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let pause = 10; !signal.aborted && (await isAlive(identity)); pause = Math.min(pause * 2, 1000)) {
    const connection = connectGrpc(socket, clock);
    try {
      const never = { filters: ['topic=="/orrery/never"'] };
      for await (const _ of connection.stream(subscribe, never, { ...inKubernetes, signal })) void _;
    } catch {
      // The stream broke: look whether the process is still there.
    } finally {
      connection.close();
    }
    await clock.sleep(pause, signal);
  }
}

/** containerd holds its log open for appending, so an overlong log is copied aside and emptied in place. */
function keepLogSmall(path: string, limit: number, clock: Clock, log: Log): Timer {
  const check = async () => {
    if ((await stat(path)).size <= limit) return;
    await writeFile(`${path}.1`, await tail(path, limit), { mode: 0o600 });
    await truncate(path);
  };
  const run = () =>
    void check().catch((error: unknown) => log.warn('the log of containerd cannot be bounded', { error }));
  run();
  return clock.every(logCheckMs, run).unref();
}

async function tail(path: string, size: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const length = Math.min((await file.stat()).size, size);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, (await file.stat()).size - length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
