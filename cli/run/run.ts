/**
 * A whole cluster from one parent process: the node agent and the network live here (as root), the server in a child without
 * rights. The parent restarts the child when it dies; the child ends when the parent does.
 */
import { cpSync, createWriteStream, existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Layout, Settings } from '@orrery/embedded/layout';
import { systemClock } from '@orrery/machinery/clock';
import { createLog, type Log } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { CliError } from '../error.ts';
import { installPackages, missingPackages } from '../host/packages.ts';
import { identityOf } from '../host/process.ts';
import { holdRealNode } from '../host/real-node.ts';
import { versions } from '../version.ts';
import { writeAdminKubeconfig } from '@orrery/embedded/kubeconfig';
import { isRoot, removeInstance, serverUser, writeInstance, writeSettings } from './instance.ts';
import type { Report } from './messages.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

export interface RunOptions {
  readonly layout: Layout;
  readonly settings: Settings;
  /** Install missing packages. */
  readonly install: boolean;
  readonly anyPort: boolean;
  readonly report: (report: Report) => void;
}

/** Runs until SIGTERM or SIGINT. A failed start is reported and thrown as a CliError. */
export async function run(options: RunOptions): Promise<void> {
  const log = createLog(systemClock, logWriter(options.layout));
  const stop = stopSignal();
  const parts: { close(): Promise<void> }[] = [];
  try {
    await start(options, log, parts, stop);
    if (process.connected) process.disconnect();
    (await import('node:module')).flushCompileCache();
    await stop.promise;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.error('the cluster could not start', { error });
    options.report({ type: 'failed', message, exitCode: error instanceof CliError ? error.exitCode : 1 });
    throw error instanceof CliError ? error : new CliError(message);
  } finally {
    for (const part of parts.toReversed())
      await part.close().catch(error => log.error('a part did not stop', { error }));
    removeInstance(options.layout);
  }
  process.exit(0);
}

async function start(
  options: RunOptions,
  log: Log,
  parts: { close(): Promise<void> }[],
  stop: StopSignal,
): Promise<void> {
  const { layout, report } = options;
  const { settings, notes, real } = await chooseNodes(options);
  const step = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const begun = systemClock.monotonic();
    report({ type: 'step', name });
    const result = await work;
    report({ type: 'step', name, tookMs: systemClock.monotonic() - begun });
    return result;
  };
  if (real) await installMissing(options.install, step);
  const server = startServerProcess({
    program: isRoot() ? copyProgram(layout) : process.argv[1]!,
    logFile: join(layout.logs, 'server.log'),
    log,
    options: {
      root: layout.root,
      settings,
      anyPort: options.anyPort,
      ...(real && { nodeName: settings.nodeName }),
      ...(isRoot() && { user: serverUser }),
    },
  });
  parts.push(server);
  stop.onStop(() => server.expectEnd());
  const agent = real ? await startAgentBeside(server, options, settings, step, log, parts) : undefined;
  const port = await step('API server', server.port);
  writeSettings(layout, { ...settings, port });
  writeAdminKubeconfig(layout, port);
  const own = identityOf(process.pid);
  writeInstance(layout, {
    ...own,
    server: identityOf(server.pid()),
    port,
    version: versions.orrery,
    startedAt: new Date(systemClock.now()).toISOString(),
    simulated: !real,
  });
  if (agent) await step('node', agent(port));
  const nodes = real ? `node ${settings.nodeName}` : `${settings.simulatedNodes} simulated nodes`;
  report({ type: 'ready', summary: { kubeconfig: layout.kubeconfig, url: `https://127.0.0.1:${port}`, nodes, notes } });
}

/** A real node needs root, Linux and a network namespace without another one; otherwise nodes are simulated, and a note says why. */
async function chooseNodes({
  layout,
  settings,
}: RunOptions): Promise<{ settings: Settings; notes: string[]; real: boolean }> {
  if (settings.simulatedNodes > 0) return { settings, notes: [], real: false };
  const simulated = (why: string) => ({
    settings: { ...settings, simulatedNodes: 1 },
    notes: [`the node is simulated, since ${why}`],
    real: false,
  });
  if (process.platform !== 'linux') return simulated(`containers need Linux and this is ${process.platform}`);
  if (!isRoot()) return simulated('containers need root: run "sudo ./orrery up" for a real node');
  const held = await holdRealNode(layout.root);
  if (!held) return simulated('another cluster of this host has the real node of this network namespace');
  return { settings, notes: [], real: true };
}

async function installMissing(
  install: boolean,
  step: <T>(name: string, work: Promise<T>) => Promise<T>,
): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (!install)
    throw new CliError(
      `these packages are missing: run "apt-get install ${missing.join(' ')}", or run this without --no-install`,
    );
  await step(`installing ${missing.join(', ')}`, installPackages(missing));
}

/** The runtime starts while the server does; what is returned starts the node once the server answers. */
async function startAgentBeside(
  server: ServerProcess,
  { layout }: RunOptions,
  settings: Settings,
  step: <T>(name: string, work: Promise<T>) => Promise<T>,
  log: Log,
  parts: { close(): Promise<void> }[],
): Promise<(port: number) => Promise<void>> {
  const { startRuntime, startAgent } = await import('@orrery/embedded/agent');
  const common = { layout, settings, clock: systemClock, random: systemRandom, log };
  const runtime = step('container runtime', startRuntime(common));
  runtime.catch(() => {});
  return async port => {
    await server.credentials;
    const agent = await startAgent({ ...common, runtime: await runtime, port });
    parts.push(agent);
  };
}

/**
 * Copies the bundle into the data directory, where the server's user can read it and a rebuild does not reach it.
 * @returns the path of the program in the copy.
 */
function copyProgram(layout: Layout): string {
  // The launcher starts the program through a link that moves on with the next build.
  const source = realpathSync(dirname(process.argv[1]!));
  const target = join(layout.program, basename(source));
  if (!existsSync(target)) {
    rmSync(layout.program, { recursive: true, force: true });
    mkdirSync(layout.program, { recursive: true, mode: 0o755 });
    cpSync(source, `${target}.next`, { recursive: true, dereference: true });
    renameSync(`${target}.next`, target);
  }
  return join(target, basename(process.argv[1]!));
}

/** Detached, standard error is the log file already; in the foreground the terminal is for the steps, and lines go to the file. */
function logWriter(layout: Layout): (line: string) => void {
  if (process.send) return line => void process.stderr.write(`${line}\n`);
  const file = createWriteStream(join(layout.logs, 'agent.log'), { flags: 'a', mode: 0o600 });
  return line => void file.write(`${line}\n`);
}

interface StopSignal {
  readonly promise: Promise<void>;
  onStop(callback: () => void): void;
}

function stopSignal(): StopSignal {
  const callbacks: (() => void)[] = [];
  const promise = new Promise<void>(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        for (const callback of callbacks) callback();
        resolve();
      });
    }
  });
  return { promise, onStop: callback => void callbacks.push(callback) };
}
