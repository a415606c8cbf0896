/** A cluster as its user has it: started by the launcher, asked by kubectl and over its API, removed at the end. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@orrery/client';
import { connect, loadKubeconfig } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import type { Lease, Node } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import { run } from './commands.ts';

export interface ClusterOptions {
  /** The launcher. */
  readonly orrery: string;
  readonly kubectl: string;
  /** Simulated nodes instead of a real one; 0 for a real one. */
  readonly simulate: number;
  readonly clock: Clock;
}

export interface StartTimes {
  /** From exec until `up --detach` has returned. */
  readonly upMs: number;
  /** From exec until `kubectl get nodes` has shown a ready node whose lease was renewed since. */
  readonly nodesMs: number;
}

export interface ClusterStatus {
  readonly url: string;
  readonly processes: { readonly agent: number; readonly server: number };
}

export interface BenchCluster {
  readonly directory: string;
  readonly dataDir: string;
  start(): Promise<StartTimes>;
  /** Runs `up --detach` with further flags; `begun` is called right before. Resolves when that has returned. */
  up(flags: readonly string[], begun: () => void): Promise<void>;
  stop(): Promise<void>;
  /** What `orrery status` tells. */
  status(): Promise<ClusterStatus>;
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Names of the images that are there. */
  images(): Promise<readonly string[]>;
  /** The API as the administrator; `close` when done. */
  connect(): Promise<{ client: Client; close(): void }>;
  /** Stops everything and removes all that was made. */
  remove(): Promise<void>;
}

const patienceMs = 60_000;

/** Makes a folder for a cluster, and starts nothing yet. */
export function createBenchCluster({ orrery, kubectl, simulate, clock }: ClusterOptions): BenchCluster {
  const directory = mkdtempSync(join(tmpdir(), 'orrery-bench-'));
  // The unprivileged server must be able to pass.
  chmodSync(directory, 0o755);
  const dataDir = join(directory, 'data');
  const home = join(directory, 'home');
  mkdirSync(home);
  const kubeconfig = join(dataDir, 'kubeconfig');
  const command = (...args: string[]) => run(orrery, [...args, '--data-dir', dataDir]);
  const up = (flags: readonly string[]) =>
    command('up', '--detach', ...(simulate > 0 ? ['--simulate', String(simulate)] : []), ...flags);
  const cluster: BenchCluster = {
    directory,
    dataDir,
    async up(flags, begun) {
      // A source that changed meanwhile is bundled now, not while time is taken.
      await run(orrery, ['version']);
      begun();
      await up(flags);
    },
    async start() {
      await run(orrery, ['version']);
      const begun = clock.monotonic();
      const since = clock.now();
      const elapsed = () => clock.monotonic() - begun;
      const failed = new AbortController();
      const starting = up([]).then(elapsed, (error: unknown) => (failed.abort(error), Promise.reject(error)));
      // Beside it, since it returns only when the platform answers too.
      const showing = (async () => {
        await readyNode(cluster, since, clock, failed.signal);
        const shown = await cluster.kubectl(['get', 'nodes', '--no-headers']);
        if (!/^\S+ +Ready\b/.test(shown)) throw new Error(`kubectl get nodes shows no ready node: ${shown}`);
        return elapsed();
      })();
      const [upMs, nodesMs] = await Promise.all([starting, showing]);
      return { upMs, nodesMs };
    },
    stop: async () => void (await command('down')),
    status: async () => JSON.parse(await command('status', '-o', 'json')) as ClusterStatus,
    kubectl: (args, input) =>
      run(kubectl, ['--kubeconfig', kubeconfig, ...args], {
        env: { ...process.env, HOME: home },
        ...(input && { input }),
      }),
    async images() {
      const list = JSON.parse(await command('image', 'list', '-o', 'json')) as { repoTags: string[] }[];
      return list.flatMap(({ repoTags }) => repoTags);
    },
    async connect() {
      const transport = connect((await loadKubeconfig({ path: kubeconfig })).connect);
      return { client: createClient(transport), close: () => transport.close() };
    },
    async remove() {
      try {
        if (existsSync(join(dataDir, 'format'))) await command('reset', '--yes');
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
  return cluster;
}

/** Waits for a node that is ready and whose lease was renewed after `since` (milliseconds since the epoch). */
async function readyNode(cluster: BenchCluster, since: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.monotonic() + patienceMs;
  // Until the API answers there is no kubeconfig, or one of the start before.
  while (!(await hasReadyNode(cluster, since).catch(() => false))) {
    signal.throwIfAborted();
    if (clock.monotonic() > deadline) throw new Error(`no node was ready within ${patienceMs / 1000} s`);
    await clock.sleep(10);
  }
}

async function hasReadyNode(cluster: BenchCluster, since: number): Promise<boolean> {
  const { client, close } = await cluster.connect();
  try {
    const [{ items: leases }, { items: nodes }] = await Promise.all([
      client.list<Lease>(resources.leases, { namespace: 'kube-node-lease' }),
      client.list<Node>(resources.nodes),
    ]);
    return leases.some(({ spec }) => Date.parse(spec?.renewTime ?? '') >= since) && nodes.some(isReady);
  } finally {
    close();
  }
}

const isReady = ({ status }: Node): boolean =>
  status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') ?? false;
