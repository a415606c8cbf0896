/** etcd on its own: the yardstick for start-up and memory of a control plane's heart. */
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '@orrery/machinery/clock';
import { end } from './commands.ts';

export interface Etcd {
  readonly pid: number;
  /** Where clients connect. */
  readonly port: number;
  /** From exec to the first acknowledged put. */
  readonly startMs: number;
  stop(): Promise<void>;
}

const patienceMs = 20_000;

/** Starts one member, without TLS, on free ports of the loopback interface; its data goes under `directory` and stays there. */
export async function startEtcd(path: string, directory: string, clock: Clock): Promise<Etcd> {
  const [client, peer] = await freePorts(2);
  const peers = `http://127.0.0.1:${peer}`;
  const clients = `http://127.0.0.1:${client}`;
  const begun = clock.monotonic();
  const child = spawn(
    path,
    [
      ...['--name', 'bench', '--data-dir', join(directory, 'etcd'), '--log-level', 'error'],
      ...['--listen-client-urls', clients, '--advertise-client-urls', clients],
      ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers, '--initial-cluster', `bench=${peers}`],
    ],
    { stdio: 'ignore' },
  );
  while (!(await put(client!))) {
    if (child.exitCode !== null || clock.monotonic() - begun > patienceMs) {
      await end(child);
      throw new Error(`etcd did not answer within ${patienceMs / 1000} s`);
    }
    await clock.sleep(2);
  }
  return { pid: child.pid!, port: client!, startMs: clock.monotonic() - begun, stop: () => end(child) };
}

/** Writes a key through the gateway; false when nothing answers yet. */
function put(port: number): Promise<boolean> {
  const body = JSON.stringify({ key: btoa('a'), value: btoa('b') });
  return new Promise(resolve => {
    request({ host: '127.0.0.1', port, path: '/v3/kv/put', method: 'POST', agent: false }, response => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
    })
      .on('error', () => resolve(false))
      .end(body);
  });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map(server => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}
