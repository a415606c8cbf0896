/** The server process as its parent sees it: started, watched, restarted when it dies. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { systemClock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { CliError } from '../error.ts';
import { openLog } from './log-file.ts';
import type { ServerOptions, ServerReport } from './messages.ts';

const stopGraceMs = 10_000;
/** Before the first, second ... restart in a row; the last one for all that follow. */
const restartDelaysMs = [100, 1_000, 2_000, 5_000, 10_000];
/** A server that answered for this long has started well: the next restart is a first one. */
const steadyMs = 60_000;

export interface ServerProcess {
  /** Resolves when certificates and kubeconfigs are there. */
  readonly credentials: Promise<void>;
  /** Resolves with the port when the API answers; rejects when the first start failed. */
  readonly port: Promise<number>;
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
  readonly options: ServerOptions;
}

export function startServerProcess(what: ServerProcessOptions): ServerProcess {
  const credentials = Promise.withResolvers<void>();
  const port = Promise.withResolvers<number>();
  credentials.promise.catch(() => {});
  port.promise.catch(() => {});
  const restarted: (() => void)[] = [];
  let ending = false;
  let failures = 0;
  let child: ChildProcess;
  const start = (options: ServerOptions): void => {
    const begun = systemClock.monotonic();
    child = spawnServer(what);
    // One that ended before it listened is reported by its end.
    child.send(options, () => {});
    let started = options;
    child.on('message', (report: ServerReport) => {
      if (report.type === 'credentials') credentials.resolve();
      if (report.type === 'failed') port.reject(new CliError(report.message));
      if (report.type !== 'ready') return;
      // The node and every kubeconfig know the port by now: a restart must come back on it.
      started = { ...options, anyPort: false, settings: { ...options.settings, port: report.port } };
      port.resolve(report.port);
      if (options !== what.options) for (const callback of restarted) callback();
    });
    // Unlike "exit" this comes after the last message.
    child.on('close', (code, signal) => {
      const why = signal ? `signal ${signal}` : `code ${code}`;
      port.reject(new CliError(`the server ended with ${why} before it answered: see ${what.logFile}`));
      credentials.reject(new CliError('the server ended'));
      if (ending) return;
      what.log.error('the server ended; starting it again', { why });
      if (systemClock.monotonic() - begun > steadyMs) failures = 0;
      const delayMs = restartDelaysMs[Math.min(failures++, restartDelaysMs.length - 1)]!;
      systemClock.after(delayMs, () => ending || start({ ...started }));
    });
    // A first start that fails is final: the command that waits for it says why.
    port.promise.catch(() => (ending = true));
  };
  start(what.options);
  return {
    credentials: credentials.promise,
    port: port.promise,
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
