/** The server process as its parent sees it: started, watched, restarted when it dies. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { systemClock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { CliError } from '../error.ts';
import { openLog } from './log-file.ts';
import { platformNow, type FirstAccount, type ServerOptions, type ServerReport } from './messages.ts';

const stopGraceMs = 10_000;
/** Before the first, second ... restart in a row; the last one for all that follow. */
const restartDelaysMs = [100, 1_000, 2_000, 5_000, 10_000];
/** A server that answered for this long has started well: the next restart is a first one. */
const steadyMs = 60_000;

export interface Ports {
  readonly port: number;
  /** Where the platform listens, unless there is none. */
  readonly consolePort?: number;
}

export interface ServerProcess {
  /** Resolves when certificates and kubeconfigs are there. */
  readonly credentials: Promise<void>;
  /** Resolves with the ports when the API answers; rejects when the first start failed. */
  readonly ready: Promise<Ports>;
  /** Lets the platform start, now and after every restart. */
  startPlatform(): void;
  /** Resolves when the platform answers, or with why its first attempt failed; never without one. */
  readonly platform: Promise<{ readonly firstAccount?: FirstAccount; readonly problem?: string }>;
  pid(): number;
  /** Called when another process answers in place of one that ended. */
  onRestart(callback: () => void): void;
  /** From now on an end of the process is no accident. */
  expectEnd(): void;
  close(): Promise<void>;
}

export interface ServerProcessOptions {
  readonly program: string;
  /** The folder of Node's compile cache; the parent's own unless given. */
  readonly compiledCode?: string;
  readonly logFile: string;
  readonly log: Log;
  /** Called before `ready` when the store was brought to a newer format, with where its former files are. */
  readonly onMigrated?: (backup: string) => void;
  readonly options: ServerOptions;
}

export function startServerProcess(what: ServerProcessOptions): ServerProcess {
  const credentials = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<Ports>();
  const platform = Promise.withResolvers<Awaited<ServerProcess['platform']>>();
  credentials.promise.catch(() => {});
  ready.promise.catch(() => {});
  const restarted: (() => void)[] = [];
  let ending = false;
  let failures = 0;
  let answers = false;
  let withPlatform = false;
  let child: ChildProcess;
  const start = (options: ServerOptions): void => {
    const begun = systemClock.monotonic();
    child = spawnServer(what);
    // One that ended before it listened is reported by its end.
    child.send(options, () => {});
    let started = options;
    child.on('message', (report: ServerReport) => {
      if (report.type === 'credentials') credentials.resolve();
      if (report.type === 'migrated') what.onMigrated?.(report.backup);
      if (report.type === 'failed') ready.reject(new CliError(report.message));
      if (report.type === 'platform') platform.resolve(report);
      if (report.type === 'platform-failed') platform.resolve({ problem: report.message });
      if (report.type !== 'ready') return;
      // The node and every kubeconfig know the port by now: a restart must come back on it.
      const { port, consolePort = options.settings.consolePort } = report;
      started = {
        ...options,
        ...{ anyPort: false, anyConsolePort: false },
        settings: { ...options.settings, port, consolePort },
      };
      ready.resolve(report);
      answers = true;
      if (withPlatform) child.send(platformNow, () => {});
      if (options !== what.options) for (const callback of restarted) callback();
    });
    // Unlike "exit" this comes after the last message.
    child.on('close', (code, signal) => {
      answers = false;
      const why = signal ? `signal ${signal}` : `code ${code}`;
      ready.reject(new CliError(`the server ended with ${why} before it answered: see ${what.logFile}`));
      credentials.reject(new CliError('the server ended'));
      if (ending) return;
      what.log.error('the server ended; starting it again', { why });
      if (systemClock.monotonic() - begun > steadyMs) failures = 0;
      const delayMs = restartDelaysMs[Math.min(failures++, restartDelaysMs.length - 1)]!;
      systemClock.after(delayMs, () => ending || start({ ...started }));
    });
    // A first start that fails is final: the command that waits for it says why.
    ready.promise.catch(() => (ending = true));
  };
  start(what.options);
  return {
    credentials: credentials.promise,
    ready: ready.promise,
    platform: platform.promise,
    startPlatform: () => {
      withPlatform = true;
      if (answers) child.send(platformNow, () => {});
    },
    pid: () => child.pid!,
    onRestart: callback => void restarted.push(callback),
    expectEnd: () => void (ending = true),
    close: () => {
      ending = true;
      return endOf(child);
    },
  };
}

function spawnServer({ program, compiledCode, logFile }: ServerProcessOptions): ChildProcess {
  const log = openLog(logFile);
  try {
    return spawn(process.execPath, [...process.execArgv, program, 'server'], {
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, ...(compiledCode !== undefined && { NODE_COMPILE_CACHE: compiledCode }) },
      // A signal of the terminal goes to the parent, which stops its child in order.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise(resolve => {
    const impatience = systemClock.after(stopGraceMs, () => child.kill('SIGKILL'));
    child.once('exit', () => {
      impatience.cancel();
      resolve();
    });
    child.kill('SIGTERM');
  });
}
