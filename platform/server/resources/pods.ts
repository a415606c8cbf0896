/** The state of a pod as one word, as KubeSphere computes it: from what kubectl shows in its column STATUS. */
import type { KubeObject } from '@orrery/machinery/meta';

interface ContainerState {
  readonly name?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string };
    readonly running?: object;
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly signal?: number };
  };
}

export interface PodLike extends KubeObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly initContainers?: readonly unknown[];
    readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName?: string } }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip?: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
    readonly initContainerStatuses?: readonly ContainerState[];
    readonly containerStatuses?: readonly ContainerState[];
  };
}

const endOf = ({ reason, signal, exitCode }: { reason?: string; signal?: number; exitCode?: number }): string =>
  reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`);

/** What initialisation is stuck at; undefined when it is over. */
function initReason({ spec, status }: PodLike): string | undefined {
  for (const [index, { state }] of (status?.initContainerStatuses ?? []).entries()) {
    if (state?.terminated?.exitCode === 0) continue;
    if (state?.terminated) return `Init:${endOf(state.terminated)}`;
    const waits = state?.waiting?.reason;
    return waits && waits !== 'PodInitializing'
      ? `Init:${waits}`
      : `Init:${index}/${spec?.initContainers?.length ?? 0}`;
  }
  return undefined;
}

/** What kubectl shows: the reason of the first container that has one, over that of the pod. */
export function podReason(pod: PodLike): string {
  const { metadata, status = {} } = pod;
  if (metadata.deletionTimestamp) return status.reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  const initial = initReason(pod);
  if (initial !== undefined) return initial;
  let reason = status.reason || status.phase || '';
  let isRunning = false;
  for (const { ready, state } of status.containerStatuses?.toReversed() ?? []) {
    if (state?.waiting?.reason) reason = state.waiting.reason;
    else if (state?.terminated) reason = endOf(state.terminated);
    else if (ready && state?.running) isRunning = true;
  }
  if (reason !== 'Completed' || !isRunning) return reason;
  const isReady = status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  return isReady ? 'Running' : 'NotReady';
}

const words: Readonly<Record<string, string>> = {
  Running: 'Running',
  Failed: 'Error',
  Error: 'Error',
  Completed: 'Completed',
  Succeeded: 'Completed',
};

/** `Running`, `Waiting`, `Error` or `Completed`. */
export function podStatus(pod: PodLike): string {
  const reason = podReason(pod);
  if (Object.hasOwn(words, reason)) return words[reason]!;
  return reason.startsWith('OutOf') ? 'Error' : 'Waiting';
}

export const restartsOf = ({ status }: PodLike): number =>
  (status?.containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
