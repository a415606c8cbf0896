/**
 * A whole cluster from one parent process: the node agent and the network live here (as root), the server in a child without
 * rights. The parent restarts the child when it dies; the child ends when the parent does.
 */
import { join } from 'node:path';
import { writeAdminKubeconfig } from '@orrery/embedded/kubeconfig';
import type { Layout, Settings } from '@orrery/embedded/layout';
import { systemClock } from '@orrery/machinery/clock';
import { createLog, type Log } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { CliError } from '../error.ts';
import { installPackages, missingPackages } from '../host/packages.ts';
import { identityOf, stopProcess } from '../host/process.ts';
import { carriedImages, carriedPackages } from '../host/unpacked.ts';
import { versions } from '../version.ts';
import {
  claimDataDir,
  explainDisk,
  isRoot,
  readInstance,
  readSettings,
  removeInstance,
  serverUser,
  stopInstance,
  writeInstance,
  writeSettings,
  type Instance,
} from './instance.ts';
import { surviveRejections } from './faults.ts';
import { linesTo, openLog } from './log-file.ts';
import type { Report } from './messages.ts';
import { chooseNodes } from './nodes.ts';
import { compiledCode, copyProgram } from './program.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';
import { consoleUrl } from './urls.ts';
import { aborted, closeAll, stopRequest, type Part } from './stop.ts';
import { keepCopy, unknownVersion, type Upgrade } from './upgrade.ts';

export interface RunOptions {
  readonly layout: Layout;
  readonly settings: Settings;
  /** Install missing packages. */
  readonly install: boolean;
  /** Take a free port when the wanted one is taken. */
  readonly anyPort: boolean;
  readonly anyConsolePort: boolean;
  readonly anyKubeletPort: boolean;
  /** The first administrator's password, where the user chose it. */
  readonly firstPassword?: string;
  /** From an older version, which may run still. */
  readonly upgrade?: Upgrade & { readonly running?: Instance };
  readonly report: (report: Report) => void;
}

type Start = RunOptions & Steps;

const previousServerGraceMs = 15_000;

/** Runs a cluster until SIGTERM or SIGINT. */
export const run = (options: RunOptions): Promise<void> => runUntilStopped(options, start);

/** What the steps of a start have in common. */
export interface Steps {
  readonly log: Log;
  /** Aborts when the cluster is asked to end. */
  readonly signal: AbortSignal;
  /** Grows as things are started; closed in reverse. */
  readonly parts: Part[];
  step<T>(name: string, work: Promise<T>): Promise<T>;
}

/** Runs until SIGTERM or SIGINT. A failed start is thrown as a CliError; nothing of it is left running then. */
export async function runUntilStopped<Options extends Pick<RunOptions, 'layout' | 'upgrade' | 'report'>>(
  options: Options,
  start: (how: Options & Steps) => Promise<void>,
): Promise<void> {
  const { layout, report } = options;
  const log = createLog(systemClock, logWriter(layout));
  surviveRejections(log);
  const stop = stopRequest();
  const parts: Part[] = [];
  let started = false;
  let failure: CliError | undefined;
  try {
    await stopOlder(options);
    const release = await claimDataDir(layout);
    parts.push({ name: 'claim', close: async () => (removeInstance(layout), release()) });
    const starting = start({ ...options, log, signal: stop.signal, parts, step: stepsTo(report) });
    // A stop during the start does not wait for it.
    starting.catch(() => {});
    await Promise.race([starting.then(() => (started = true)), aborted(stop.signal)]);
    if (started) stop.settle();
    if (process.connected) process.disconnect();
    if (started) (await import('node:module')).flushCompileCache();
    await aborted(stop.signal);
  } catch (error) {
    log.error('the cluster could not start', { error });
    const explained = explainDisk(layout, error);
    failure = explained instanceof CliError ? explained : new CliError(explained.message);
  }
  await closeAll(parts, started, log);
  if (failure) throw failure;
  process.exit(0);
}

/** Its containers run on. */
async function stopOlder({
  upgrade,
  layout,
  report,
}: Pick<RunOptions, 'layout' | 'upgrade' | 'report'>): Promise<void> {
  if (!upgrade?.running) return;
  const { running, from } = upgrade;
  await stepsTo(report)(`stopping Orrery ${from}`, stopInstance(layout, running));
}

function stepsTo(report: (report: Report) => void): Steps['step'] {
  return async (name, work) => {
    const begun = systemClock.monotonic();
    report({ type: 'step', name });
    const result = await work;
    report({ type: 'step', name, tookMs: systemClock.monotonic() - begun });
    return result;
  };
}

async function start(how: Start): Promise<void> {
  const { layout, report, step } = how;
  const previous = readInstance(layout)?.server;
  // Its parent was killed: it is ending by itself, and has the store until then.
  if (previous) await stopProcess(previous, previousServerGraceMs);
  const { real, simulated, notes: found } = await chooseNodes(layout, how.settings);
  const notes = [...found, ...(await keepOlder(how))];
  const settings = { ...how.settings, simulatedNodes: simulated };
  const instance: Instance = {
    ...identityOf(process.pid),
    version: versions.orrery,
    startedAt: new Date(systemClock.now()).toISOString(),
    simulated: !real,
  };
  writeInstance(layout, instance);
  if (real) await installMissing(how);
  if (how.signal.aborted) return;
  const server = startServer(how, settings, real, notes);
  const agent = real ? startRuntimeBeside(server, how, settings) : undefined;
  const { port, consolePort } = await step('API server', server.ready);
  // The settings as they were asked for: that a node is simulated today is no wish for tomorrow.
  const wished = { ...how.settings, port, ...(consolePort !== undefined && { consolePort }) };
  const { platformKnown = false } = readSettings(layout);
  const remember = (known: boolean) =>
    writeSettings(layout, { ...wished, platformKnown: known, version: versions.orrery });
  remember(platformKnown);
  writeAdminKubeconfig(layout, port);
  const url = consolePort === undefined ? undefined : consoleUrl(settings, consolePort);
  const known = { ...instance, port, ...(url && { console: url }) };
  const record = () => writeInstance(layout, { ...known, server: identityOf(server.pid()) });
  record();
  server.onRestart(record);
  if (agent) await step('node', agent(port));
  server.startPlatform();
  const nodes = real ? `node ${settings.nodeName}` : `${simulated} simulated ${simulated === 1 ? 'node' : 'nodes'}`;
  const summary = { kubeconfig: layout.kubeconfig, url: `https://127.0.0.1:${port}`, nodes, notes };
  if (url === undefined) return report({ type: 'ready', summary });
  // A first start has a password to tell. Any other returns at once: the console's port is open, and callers wait a moment.
  if (platformKnown) return report({ type: 'ready', summary: { ...summary, console: url } });
  const { firstAccount, problem } = await step('platform', Promise.race([server.platform, ended(how.signal)]));
  if (problem === undefined) remember(true);
  else notes.push(`the platform could not start, and is tried again: ${problem}`);
  report({ type: 'ready', summary: { ...summary, console: url, ...(firstAccount && { firstAccount }) } });
}

/** What an older version held is copied before this one opens it. @returns what to say of it. */
async function keepOlder({ upgrade, layout, step }: Start): Promise<string[]> {
  if (!upgrade) return [];
  const time = `${new Date(systemClock.now()).toISOString().slice(0, -'.000Z'.length).replaceAll(':', '-')}Z`;
  const copy = await step(
    `copy of what ${upgrade.from} held`,
    Promise.resolve().then(() => keepCopy(layout, upgrade.from, time)),
  );
  return [`this was ${nameOf(upgrade.from)}; what it held is kept in ${copy}`];
}

const nameOf = (version: string): string => (version === unknownVersion ? version : `Orrery ${version}`);

/** What there is to say of a platform whose start was interrupted. */
const ended = (signal: AbortSignal) =>
  aborted(signal).then(() => ({ problem: 'the start was interrupted', firstAccount: undefined }));

function startServer(how: Start, settings: Settings, real: boolean, notes: string[]): ServerProcess {
  const { layout, log, anyPort, anyConsolePort, firstPassword, parts, signal } = how;
  const server = startServerProcess({
    program: isRoot() ? copyProgram(layout) : process.argv[1]!,
    ...(isRoot() && { compiledCode: compiledCode(layout) }),
    logFile: join(layout.logs, 'server.log'),
    log,
    onMigrated: backup => notes.push(`the store has a new format; its former files are kept in ${backup}`),
    options: {
      root: layout.root,
      settings,
      anyPort,
      anyConsolePort,
      ...(firstPassword !== undefined && { firstPassword }),
      ...(real && { nodeName: settings.nodeName }),
      ...(isRoot() && { user: serverUser }),
    },
  });
  signal.addEventListener('abort', () => server.expectEnd());
  parts.push({ name: 'server', close: () => server.close() });
  return server;
}

export async function installMissing({
  install,
  step,
  parts,
}: Pick<Start, 'install' | 'step' | 'parts'>): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (!install)
    throw new CliError(
      `these packages are missing: run "apt-get install ${missing.join(' ')}", or run this without --no-install`,
    );
  const installing = step(`installing ${missing.join(', ')}`, installPackages(missing, carriedPackages()));
  // Half of an installation is worse than a late stop.
  parts.push({ name: 'installation', close: () => installing.catch(() => {}) });
  await installing;
}

/** The runtime starts while the server does; what is returned starts the node once the server answers. */
function startRuntimeBeside(
  server: ServerProcess,
  { layout, log, anyKubeletPort, step, parts, signal }: Start,
  settings: Settings,
): (port: number) => Promise<void> {
  const common = { layout, settings, clock: systemClock, random: systemRandom, log };
  const loaded = import('@orrery/embedded/agent');
  const carried = carriedImages();
  const runtime = step(
    'container runtime',
    loaded.then(({ startRuntime }) => startRuntime({ ...common, ...(carried && { carriedImages: carried }) })),
  );
  // Who waits for it comes later.
  runtime.catch(() => {});
  parts.push(runtimePart(runtime));
  return async port => {
    await server.credentials;
    const [{ ownIdentity, startAgent }, running] = await Promise.all([loaded, runtime]);
    const identity = ownIdentity({ ...common, nodeName: settings.nodeName, port });
    const agent = await startAgent({ ...common, runtime: running, identity, anyKubeletPort, signal });
    parts.push({ name: 'node', close: () => agent.close() });
  };
}

/** How a runtime that was started, or is starting, is let go. */
export const runtimePart = (runtime: Promise<{ release(): Promise<void>; abandon(): Promise<void> }>): Part => ({
  name: 'container runtime',
  async close(started) {
    const running = await runtime.catch(() => undefined);
    await (started ? running?.release() : running?.abandon());
  },
});

/** Detached, standard error is the log file already; in the foreground the terminal is for the steps, and lines go to the file. */
const logWriter = (layout: Layout): ((line: string) => void) =>
  linesTo(process.send ? process.stderr.fd : openLog(join(layout.logs, 'agent.log')));
