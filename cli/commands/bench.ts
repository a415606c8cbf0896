/** `orrery bench`: measurements of this machine and of clusters. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { LoadGroup, Report } from '@orrery/bench';
import { systemClock } from '@orrery/machinery/clock';
import { systemRandom } from '@orrery/machinery/random';
import { CliError } from '../error.ts';
import { outputFormat, print } from '../output.ts';
import { isRoot } from '../run/instance.ts';

export interface BenchOptions {
  readonly output?: string;
  readonly rounds: number;
}

export interface BenchLoadOptions extends BenchOptions {
  readonly kubeconfig: string;
  readonly against?: string;
  readonly pids?: readonly string[];
  readonly againstPids?: readonly string[];
  readonly only?: readonly string[];
  readonly clients?: readonly string[];
  readonly seconds: number;
  readonly objects: number;
  readonly watchers: number;
  readonly updates: number;
}

export interface BenchStoreOptions extends BenchOptions {
  readonly seconds: number;
  readonly directory?: string;
}

/** Set for the process that was started inside the namespace. */
const insideVariable = 'ORRERY_BENCH_INSIDE';
const defaultClients = [1, 32, 128];

export interface BenchConsoleOptions extends BenchOptions {
  readonly pods: number;
}

export interface BenchPlatformOptions extends BenchOptions {
  readonly users: number;
  readonly workspaces: number;
  readonly projects: number;
  readonly bindings: number;
  readonly objects: number;
}

/** Starts clusters of its own, in a network namespace of its own, so that one which runs here is not in the way. */
export async function benchOwn(what: 'start' | 'http', options: BenchOptions): Promise<void> {
  const tools = await import('@orrery/bench');
  await onOwnCluster(options, (own, real) =>
    what === 'start'
      ? tools.measureStart({ ...own, etcd: tools.findProgram('etcd'), simulate: real ? 0 : 1 })
      : tools.measureHttp({ ...own, ...generators(tools.findProgram) }),
  );
}

/** The console and its platform, in the same way. */
export async function benchConsole(options: BenchConsoleOptions): Promise<void> {
  if (options.pods < 4000) throw new CliError('--pods must be at least 4000', 2);
  const tools = await import('@orrery/bench');
  const { createHasher } = await import('@orrery/platform-server/node');
  const hasher = createHasher(systemClock);
  const password = 'Bench-Passw0rd';
  const hash = await hasher.hash(password, 10);
  const compareOnce = () => hasher.compare(password, hash);
  await onOwnCluster(options, (own, real) =>
    tools.measureConsole({ ...own, pods: options.pods, compareOnce, simulate: real ? 0 : 1 }),
  ).finally(() => hasher.close());
}

/** A platform full of tenants, in the same way. */
export async function benchPlatform(options: BenchPlatformOptions): Promise<void> {
  const { users, workspaces, projects, bindings, objects } = options;
  const counts = { users, workspaces, projects, bindings, objects };
  for (const [name, value] of Object.entries(counts))
    if (value < 1) throw new CliError(`--${name} must be at least 1`, 2);
  if (workspaces < 2) throw new CliError('--workspaces must be at least 2', 2);
  if (users <= workspaces) throw new CliError('--users must be more than --workspaces', 2);
  if (projects < workspaces) throw new CliError('--projects must be at least --workspaces', 2);
  const tools = await import('@orrery/bench');
  const max = tools.bindingsMax(counts);
  if (bindings > max) throw new CliError(`--bindings must be at most ${max} with so many users and projects`, 2);
  const { createHasher } = await import('@orrery/platform-server/node');
  const hasher = createHasher(systemClock);
  const password = 'Bench-Passw0rd';
  const hash = await hasher.hash(password, 10).finally(() => hasher.close());
  await onOwnCluster(options, (own, real) =>
    tools.measurePlatform({ ...own, counts, password, hash, simulate: real ? 0 : 1 }),
  );
}

type Own = Common & { readonly orrery: string; readonly kubectl: string };

/** `real` nodes need root, and then a network namespace. */
async function onOwnCluster(
  options: BenchOptions,
  measure: (own: Own, real: boolean) => Promise<Report>,
): Promise<void> {
  const kubectl = (await import('@orrery/bench')).findProgram('kubectl');
  if (!kubectl) throw new CliError('kubectl is missing: install the package kubernetes-client, or put it on the PATH');
  const real = isRoot() && process.platform === 'linux';
  if (real && !process.env[insideVariable]) {
    checkRounds(options);
    return insideNamespace();
  }
  const orrery = join(process.env.ORRERY_HOME ?? '.', 'orrery');
  await report(options, common => measure({ ...common, orrery, kubectl }, real));
}

/** Loads clusters that run already. */
export async function benchLoad(options: BenchLoadOptions): Promise<void> {
  const { kubeconfig, against, only, seconds, objects, watchers, updates } = options;
  const tools = await import('@orrery/bench');
  const groups = only ?? tools.loadGroups;
  const unknown = groups.find(group => !tools.loadGroups.includes(group as LoadGroup));
  if (unknown !== undefined)
    throw new CliError(`"${unknown}" is no part of the load: choose from ${tools.loadGroups.join(', ')}`, 2);
  for (const [name, value] of Object.entries({ seconds, objects, watchers, updates }))
    if (value < 1) throw new CliError(`--${name} must be at least 1`, 2);
  const clients = options.clients ? numbers('--clients', options.clients) : defaultClients;
  const pids = options.pids && numbers('--pids', options.pids);
  const againstPids = options.againstPids && numbers('--against-pids', options.againstPids);
  await report(options, common =>
    tools.measureLoad({
      ...common,
      ...generators(tools.findProgram),
      kubeconfig,
      ...(against !== undefined && { against }),
      ...(pids && { pids }),
      ...(againstPids && { againstPids }),
      groups: groups as LoadGroup[],
      clients: clients.toSorted((a, b) => a - b),
      seconds,
      warmUpSeconds: 1,
      objects,
      watchers,
      updates,
      random: systemRandom,
    }),
  );
}

/** Our store and etcd. The process that has our store open is this command too. */
export async function benchStore(options: BenchStoreOptions): Promise<void> {
  const tools = await import('@orrery/bench');
  const served = process.env[tools.storeVariable];
  if (served !== undefined) return tools.runStoreProcess(served, systemClock);
  if (options.seconds < 1) throw new CliError('--seconds must be at least 1', 2);
  const etcd = tools.findProgram('etcd');
  await report(options, common =>
    tools.measureStore({
      ...common,
      ...generators(tools.findProgram),
      ...(etcd !== undefined && { etcd }),
      ...(options.directory !== undefined && { directory: options.directory }),
      command: [process.execPath, ...process.execArgv, process.argv[1]!, 'bench', 'store'],
      seconds: options.seconds,
      watchers: 100,
      updates: 1000,
    }),
  );
}

function numbers(option: string, texts: readonly string[]): number[] {
  const wrong = texts.find(text => !/^[1-9]\d{0,8}$/.test(text));
  if (wrong !== undefined)
    throw new CliError(`${option} takes whole numbers above 0 with commas between, not "${wrong}"`, 2);
  return texts.map(Number);
}

type Find = (name: string) => string | undefined;

const generators = (find: Find): { wrk?: string; h2load?: string } =>
  Object.fromEntries(
    ['wrk', 'h2load'].map(name => [name, find(name)] as const).filter(([, path]) => path !== undefined),
  );

function checkRounds({ rounds }: BenchOptions): void {
  if (rounds < 1) throw new CliError('--rounds must be at least 1', 2);
}

/** Measures with what every measurement needs, and prints what came of it. */
async function report(options: BenchOptions, measure: (common: Common) => Promise<Report>): Promise<void> {
  checkRounds(options);
  const format = outputFormat(options.output);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stopping.abort(new CliError('stopped; what was made is removed', 130)));
  const made = await measure({
    rounds: options.rounds,
    clock: systemClock,
    progress: step => void process.stderr.write(`${step}\n`),
    signal: stopping.signal,
  }).catch((error: unknown) => {
    // A program that was ended tells of itself; who asked is of more interest.
    throw stopping.signal.aborted ? stopping.signal.reason : error;
  });
  const { reportData, reportText } = await import('@orrery/bench');
  await print(format, reportData(made), () => reportText(made));
}

interface Common {
  readonly rounds: number;
  readonly clock: typeof systemClock;
  readonly progress: (step: string) => void;
  readonly signal: AbortSignal;
}

/** Runs this command again in a new network namespace, which ends with its last process. */
function insideNamespace(): Promise<void> {
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command], {
    stdio: 'inherit',
    env: { ...process.env, [insideVariable]: '1' },
  });
  // A terminal tells the child too; it removes what it made, and this process waits for that.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
  return new Promise((resolve, reject) => {
    child.on('error', error => reject(new CliError(`a network namespace could not be made: ${error.message}`)));
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? (signal ? 1 : 0);
      resolve();
    });
  });
}
