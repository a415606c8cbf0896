/** A second machine on the link of a cluster's: a network namespace of its own, where `orrery agent` runs. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launcher, type Cluster, type Outcome } from './cluster.ts';

export interface Machine {
  readonly dataDir: string;
  readonly address: string;
  /** Runs `orrery` there. */
  orrery(...args: string[]): Promise<Outcome>;
  /** Any command in its network namespace. */
  inside(command: string, ...args: string[]): Promise<Outcome>;
  /** Removes everything. */
  remove(): Promise<void>;
}

/** The far end of the cluster's uplink becomes the other machine's; both have addresses of one range. */
export function createMachine(cluster: Cluster): Machine {
  const namespace = `${cluster.namespace}-b`;
  const address = '192.0.2.11';
  const dataDir = mkdtempSync(join(tmpdir(), 'orrery-e2e-'));
  execFileSync('ip', ['netns', 'add', namespace]);
  const net = [`--net=/run/netns/${namespace}`];
  execFileSync('nsenter', [
    `--net=/run/netns/${cluster.namespace}`,
    ...['ip', 'link', 'set', 'far', 'netns', namespace, 'name', 'uplink'],
  ]);
  for (const setup of [
    'link set lo up',
    `address add ${address}/24 dev uplink`,
    'link set uplink up',
    'route add default dev uplink',
  ])
    execFileSync('nsenter', [...net, 'ip', ...setup.split(' ')]);
  const run = (command: string, args: readonly string[]): Promise<Outcome> =>
    new Promise(resolve => {
      const child = execFile('nsenter', [...net, command, ...args], (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      );
      child.stdin!.on('error', () => {});
      child.stdin!.end();
    });
  return {
    dataDir,
    address,
    orrery: (...args) => run(launcher, [...args, '--data-dir', dataDir]),
    inside: (command, ...args) => run(command, args),
    async remove() {
      if (existsSync(join(dataDir, 'format'))) await run(launcher, ['reset', '--yes', '--data-dir', dataDir]);
      rmSync(dataDir, { recursive: true, force: true });
      execFileSync('ip', ['netns', 'del', namespace]);
    },
  };
}
