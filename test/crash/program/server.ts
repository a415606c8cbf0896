/** The shipped server process, started, stopped and ended from outside. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, openSync, closeSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type SocketTransport } from '@orrery/client/node';
import { defaultSettings, layoutOf } from '@orrery/embedded/layout';
import type { Failpoint } from '@orrery/machinery/failpoint';

const root = join(import.meta.dirname, '../../..');

/** What ORRERY_FAULTS holds. */
export interface Faults {
  readonly at?: { readonly failpoint: Failpoint; readonly signal: 'SIGKILL' | 'SIGSTOP'; readonly hit?: number };
  readonly clock?: { readonly afterMs: number; readonly byMs: number };
  readonly store?: Readonly<Record<string, number>>;
}

/** A copy of the bundle, so that a new build does not take it away meanwhile. */
export class Program {
  readonly directory = mkdtempSync(join(tmpdir(), 'orrery-crash-program-'));

  constructor() {
    // Any command builds what changed.
    execFileSync(join(root, 'orrery'), ['version'], { stdio: 'ignore' });
    cpSync(realpathSync(join(root, '.build/current')), join(this.directory, 'bundle'), { recursive: true });
  }

  get path(): string {
    return join(this.directory, 'bundle/main.js');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface Running {
  readonly process: ChildProcess;
  /** Resolves when the process is gone, however. */
  readonly ended: Promise<void>;
  /** Resolves with the port; undefined when it ended before it answered. */
  readonly ready: Promise<number | undefined>;
}

/** One data directory and the processes that serve it, one after the other. */
export class Server {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'orrery-crash-'));
  readonly #program: Program;
  #port = 0;
  running: Running | undefined;

  constructor(program: Program) {
    this.#program = program;
  }

  start(faults: Faults): Running {
    const log = openSync(join(this.dataDir, 'server.log'), 'a');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', this.#program.path, 'server'], {
      stdio: ['ignore', log, log, 'ipc'],
      env: {
        ...process.env,
        ORRERY_HOME: root,
        NODE_COMPILE_CACHE: join(this.#program.directory, 'cache'),
        ORRERY_FAULTS: JSON.stringify(faults),
      },
    });
    closeSync(log);
    const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
    const ready = new Promise<number | undefined>(resolve => {
      child.on('message', (report: { type: string; port?: number }) => {
        if (report.type === 'ready') resolve((this.#port = report.port!));
      });
      void ended.then(() => resolve(undefined));
    });
    const settings = {
      ...defaultSettings,
      ...{ bindAddress: '127.0.0.1', port: this.#port, nodeName: 'crash', nodeIP: '127.0.0.1' },
      ...{ simulatedNodes: 1, platform: false },
    };
    child.send({ root: this.dataDir, settings, anyPort: this.#port === 0, anyConsolePort: true }, () => {});
    this.running = { process: child, ended, ready };
    return this.running;
  }

  /** Ends the process at once, or in order. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.running?.process.kill(signal);
    await this.running?.ended;
  }

  /** A connection of its own with the rights of the administrator. */
  connect(): SocketTransport {
    const read = (name: string) => readFileSync(join(layoutOf(this.dataDir).server.pki, name), 'utf8');
    return connect({
      server: `https://127.0.0.1:${this.#port}`,
      ca: read('ca.crt'),
      cert: read('admin.crt'),
      key: read('admin.key'),
    });
  }

  get log(): string {
    return readFileSync(join(this.dataDir, 'server.log'), 'utf8');
  }

  async remove(): Promise<void> {
    this.running?.process.kill('SIGCONT');
    await this.end('SIGKILL');
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
