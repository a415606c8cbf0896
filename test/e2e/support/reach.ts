/** A port in a cluster's network namespace, at a port of this one: for what the test itself talks to. */
import { spawn } from 'node:child_process';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';

export interface Reach {
  /** Of loopback here. */
  readonly port: number;
  close(): Promise<void>;
}

/** A socket file in the cluster's folder is reached from every network namespace. */
export async function reachInto({ namespace, dataDir }: Cluster, port: number): Promise<Reach> {
  const file = join(dataDir, `reach-${port}.sock`);
  const program = join(import.meta.dirname, 'relay.ts');
  const relay = spawn('nsenter', [`--net=/run/netns/${namespace}`, process.execPath, program, file, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>(resolve => relay.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    relay.stdout.once('data', () => resolve());
    relay.once('exit', code => reject(new Error(`the relay to ${port} ended with ${code}`)));
  });
  const sockets = new Set<Socket>();
  const server = createServer(client => {
    const inside = connect(file);
    for (const socket of [client, inside]) {
      sockets.add(socket.once('close', () => sockets.delete(socket)));
      socket.on('error', () => {});
    }
    client.pipe(inside).pipe(client);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      relay.kill('SIGKILL');
      await gone;
    },
  };
}
