/** A real cluster in a network namespace of its own, driven as a user would: by the launcher and kubectl. */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = join(import.meta.dirname, '../../..');
export const launcher = join(root, 'orrery');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Cluster {
  readonly dataDir: string;
  readonly namespace: string;
  readonly kubectlPath: string;
  /** Runs `orrery` with this cluster's data directory. */
  orrery(...args: string[]): Promise<Outcome>;
  /** Runs kubectl and returns what it printed. Throws with its complaint when it fails. */
  kubectl(...args: string[]): Promise<string>;
  /** The same with what to feed it. */
  kubectlWith(input: string, ...args: string[]): Promise<string>;
  /** kubectl with what to feed it, whatever its exit code. */
  kubectlPiped(input: string, ...args: string[]): Promise<Outcome>;
  /** kubectl whatever its exit code. */
  tryKubectl(...args: string[]): Promise<Outcome>;
  /** kubectl as a process to talk to. */
  startKubectl(...args: string[]): ChildProcess;
  /** Any command in the cluster's network namespace. */
  inside(command: string, ...args: string[]): Promise<Outcome>;
  /** Removes everything. */
  remove(): Promise<void>;
}

let count = 0;

/**
 * Makes the namespace, with an address and a default route of its own, but starts nothing yet. `command` is what to start instead of this
 * clone's launcher, asked for each time.
 */
export function createCluster(command: () => readonly [string, ...string[]] = () => [launcher]): Cluster {
  const dataDir = mkdtempSync(join(tmpdir(), 'orrery-e2e-'));
  const namespace = `orrery-e2e-${process.pid}-${count++}`;
  execFileSync('chmod', ['755', dataDir]);
  const net = createNamespace(namespace);
  const kubectl = kubectlPath();
  const kubeconfig = join(dataDir, 'kubeconfig');
  const run = (command: string, args: readonly string[], input?: string): Promise<Outcome> =>
    new Promise(resolve => {
      const child = execFile(
        'nsenter',
        [...net, command, ...args],
        { maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      );
      child.stdin!.on('error', () => {});
      child.stdin!.end(input);
    });
  const kubectlArgs = (args: readonly string[]) => ['--kubeconfig', kubeconfig, ...args];
  const strictly = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await run(kubectl, kubectlArgs(args), input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr || stdout}`);
    return stdout;
  };
  const cluster: Cluster = {
    dataDir,
    namespace,
    kubectlPath: kubectl,
    orrery: (...args) => {
      const [program, ...more] = command();
      return run(program, [...more, ...args, '--data-dir', dataDir]);
    },
    kubectl: (...args) => strictly(args),
    kubectlWith: (input, ...args) => strictly(args, input),
    kubectlPiped: (input, ...args) => run(kubectl, kubectlArgs(args), input),
    tryKubectl: (...args) => run(kubectl, kubectlArgs(args)),
    startKubectl: (...args) => spawn('nsenter', [...net, kubectl, ...kubectlArgs(args)], { stdio: 'pipe' }),
    inside: (command, ...args) => run(command, args),
    async remove() {
      const { code, stderr } = await cluster.orrery('reset', '--yes');
      if (existsSync(dataDir)) rmSync(dataDir, { recursive: true, force: true });
      execFileSync('ip', ['netns', 'del', namespace]);
      if (code !== 0) throw new Error(`reset failed: ${stderr}`);
    },
  };
  return cluster;
}

/** Makes a network namespace with an address and a default route, and returns what `nsenter` must be told to enter it. */
export function createNamespace(name: string): readonly string[] {
  execFileSync('ip', ['netns', 'add', name]);
  const net = [`--net=/run/netns/${name}`];
  for (const setup of [
    'link set lo up',
    'link add uplink type veth peer name far',
    'address add 192.0.2.10/24 dev uplink',
    'link set uplink up',
    'link set far up',
    'route add default dev uplink',
  ]) {
    execFileSync('nsenter', [...net, 'ip', ...setup.split(' ')]);
  }
  return net;
}

/** Starts the cluster and returns what `up` printed. */
export async function startCluster(cluster: Cluster, ...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.orrery('up', '--detach', ...options);
  if (code !== 0) throw new Error(`up ended with ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** `KUBECTL` names another one, to try older and newer clients. */
function kubectlPath(): string {
  const found = [process.env.KUBECTL ?? '', '/usr/local/bin/kubectl', '/usr/bin/kubectl'].find(path =>
    existsSync(path),
  );
  if (!found) throw new Error('kubectl is missing: install the package kubernetes-client');
  return found;
}

/** Tries until `attempt` returns something or the time is over; then fails with the last reason. */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T | undefined | false>,
  secondsMax = 60,
): Promise<T> {
  const deadline = Date.now() + secondsMax * 1000;
  let reason: unknown = 'it never held';
  while (Date.now() < deadline) {
    try {
      const result = await attempt();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      reason = error;
    }
    await sleep(100);
  }
  throw new Error(`${what}: ${reason instanceof Error ? reason.message : String(reason)}`);
}
