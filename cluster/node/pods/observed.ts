/** What the runtime shows of a pod: everything the kubelet knows after a restart comes from here. */
import type { ContainerStatus, PodSandbox, PodSandboxStatus, Runtime } from '../runtime/types.ts';
import { isRuntimeError } from '../runtime/types.ts';
import { containerIdentity, selectPod } from './identity.ts';

export interface ObservedSandbox {
  id: string;
  ready: boolean;
  attempt: number;
  createdAt: number;
  ips: string[];
  hostNetwork: boolean;
}

export interface ObservedContainer {
  id: string;
  name: string;
  sandboxId: string;
  state: 'created' | 'running' | 'exited' | 'unknown';
  hash: string;
  restartCount: number;
  createdAt: number;
  /** Milliseconds since the epoch; 0 until started or exited. */
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  reason: string;
  /** The runtime's words; the termination message is in `terminationMessage`. */
  message: string;
  terminationMessage?: string;
  status: ContainerStatus;
}

/** Sandboxes and containers, newest first. */
export interface ObservedPod {
  sandboxes: ObservedSandbox[];
  containers: ObservedContainer[];
}

export const nothingObserved: ObservedPod = { sandboxes: [], containers: [] };

/** The newest container of a name, of any sandbox or of one. */
export const newestOf = (observed: ObservedPod, name: string, sandboxId?: string): ObservedContainer | undefined =>
  observed.containers.find(
    container => container.name === name && (sandboxId === undefined || container.sandboxId === sandboxId),
  );

export const isRunning = (container: ObservedContainer | undefined): boolean => container?.state === 'running';

export const sandboxOf = (status: PodSandboxStatus): ObservedSandbox => ({
  id: status.id,
  ready: status.state === 'ready',
  attempt: status.metadata.attempt,
  createdAt: status.createdAt,
  ips: status.ips,
  hostNetwork: status.namespaces.network === 'node',
});

export function containerOf(status: ContainerStatus, sandboxId: string): ObservedContainer {
  const identity = containerIdentity(status);
  const { id, state, createdAt, startedAt, finishedAt, exitCode, reason, message } = status;
  const { name, hash, restartCount } = identity;
  return {
    id,
    name,
    sandboxId,
    state,
    hash,
    restartCount,
    createdAt,
    startedAt,
    finishedAt,
    exitCode,
    reason,
    message,
    status,
  };
}

/** Reads termination messages; a parameter because they are in files. */
export type ReadTermination = (status: ContainerStatus) => Promise<string | undefined>;

/**
 * Asks the runtime for one pod. `known` holds what cannot change any more (exited containers); what vanishes meanwhile is left out.
 */
export async function observe(
  runtime: Runtime,
  uid: string,
  known: ReadonlyMap<string, ObservedContainer>,
  readTermination: ReadTermination,
): Promise<ObservedPod> {
  const labels = selectPod(uid);
  const [sandboxes, containers] = await Promise.all([
    runtime.listPodSandboxes({ labels }),
    runtime.listContainers({ labels }),
  ]);
  const seenSandboxes = await Promise.all(sandboxes.map(sandbox => sandboxStatus(runtime, sandbox)));
  const seen = await Promise.all(
    containers.map(async ({ id, podSandboxId }) => {
      const old = known.get(id);
      if (old?.state === 'exited') return old;
      const status = await orGone(runtime.containerStatus(id));
      if (!status) return undefined;
      const container = containerOf(status, podSandboxId);
      if (container.state === 'exited') container.terminationMessage = await readTermination(status);
      return container;
    }),
  );
  return {
    sandboxes: seenSandboxes
      .filter(sandbox => sandbox !== undefined)
      .sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt),
    containers: seen
      .filter(container => container !== undefined)
      .sort((a, b) => b.createdAt - a.createdAt || b.restartCount - a.restartCount),
  };
}

async function sandboxStatus(runtime: Runtime, { id }: PodSandbox): Promise<ObservedSandbox | undefined> {
  const status = await orGone(runtime.podSandboxStatus(id));
  return status && sandboxOf(status);
}

async function orGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isRuntimeError(error, 'notFound')) return undefined;
    throw error;
  }
}
