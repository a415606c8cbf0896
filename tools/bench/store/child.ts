/** The process that has our store open, as etcd is one: how it is started, and what it does. */
import { spawn } from 'node:child_process';
import type { Clock } from '@orrery/machinery/clock';
import { openStore, type Store } from '@orrery/store';
import { end, firstLine } from '../commands.ts';
import { serveStore } from './serve.ts';

/** Names the directory for the process that is to serve it; empty for one that serves nothing. */
export const storeVariable = 'ORRERY_BENCH_STORE';

/** Commits in the same process, without any wire. */
interface Drive {
  readonly clients: number;
  readonly durationMs: number;
}

export interface StoreProcess {
  readonly pid: number;
  readonly port: number;
  /** Commits a second of so many writers inside the process. */
  drive(drive: Drive): Promise<number>;
  stop(): Promise<void>;
}

export const benchKey = '/registry/configmaps/bench/one';
export const benchValue = Buffer.alloc(1024, 'x');

/** The life of the process: serves the store until its parent is gone. Prints its port. */
export async function runStoreProcess(directory: string, clock: Clock): Promise<void> {
  const store = directory === '' ? undefined : await openStore({ directory, clock });
  const server = await serveStore(store);
  process.on('message', (drive: Drive) => {
    if (store) void driveStore(store, drive, clock).then(rate => process.send?.(rate));
  });
  process.once('disconnect', () => process.exit(0));
  process.stdout.write(`${server.port}\n`);
}

async function driveStore(store: Store, { clients, durationMs }: Drive, clock: Clock): Promise<number> {
  const begun = clock.monotonic();
  let count = 0;
  const writer = async (): Promise<void> => {
    while (clock.monotonic() - begun < durationMs) {
      const operation = { type: 'put', key: benchKey, head: '', value: benchValue } as const;
      await store.commit({ compare: [], operations: [operation] });
      count++;
    }
  };
  await Promise.all(Array.from({ length: clients }, writer));
  return (count * 1000) / (clock.monotonic() - begun);
}

/** @param command starts a process that calls {@link runStoreProcess} with the directory it finds in {@link storeVariable}. */
export async function startStoreProcess(command: readonly string[], directory: string): Promise<StoreProcess> {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, {
    env: { ...process.env, [storeVariable]: directory },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const port = Number(await firstLine(child, 'the store'));
  return {
    pid: child.pid!,
    port,
    drive: drive =>
      new Promise((resolve, reject) => {
        child.once('message', rate => resolve(Number(rate)));
        child.send(drive, error => error && reject(error));
      }),
    stop: () => end(child),
  };
}
