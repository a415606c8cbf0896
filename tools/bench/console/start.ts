/** Starting a cluster with its console at a known port, and the empty server beside it. */
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '@orrery/machinery/clock';
import type { BenchCluster } from '../cluster.ts';
import { startFloor, type Floor } from '../floor.ts';

const patienceMs = 60_000;

export interface Ready<T> {
  readonly at: number;
  readonly value: T;
}

/** Starts the cluster, and tries `attempt` from then on until it works. Returns when that was, and when `up` was run. */
export async function startAnd<T>(
  cluster: BenchCluster,
  flags: readonly string[],
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  attempt: () => Promise<T>,
): Promise<[begun: number, ready: Ready<T>]> {
  const failed = new AbortController();
  let begun = 0;
  const starting = cluster
    .up(flags, () => (begun = clock.monotonic()))
    .catch((error: unknown) => (failed.abort(error), Promise.reject(error)));
  const ready = (async (): Promise<Ready<T>> => {
    for (;;) {
      signal.throwIfAborted();
      failed.signal.throwIfAborted();
      try {
        return { value: await attempt(), at: clock.monotonic() };
      } catch (error) {
        if (begun > 0 && clock.monotonic() - begun > patienceMs)
          throw new Error('the console never answered', { cause: error });
        await clock.sleep(10);
      }
    }
  })();
  const [, found] = await Promise.all([starting, ready]);
  return [begun, found];
}

/** The empty server, with the cluster's own certificate. */
export const startFloorOf = (cluster: BenchCluster, clock: Clock): Promise<Floor> => {
  const pki = join(cluster.dataDir, 'server/pki');
  const [certificate, key, authority] = ['apiserver.crt', 'apiserver.key', 'ca.crt'].map(name => join(pki, name));
  return startFloor({ certificate: certificate!, key: key!, authority: authority!, body: '{}', clock });
};

/** A port that nobody has right now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
