/** Writes one pod's status to the API: the newest wanted one, only where it differs, until it has arrived. */
import type { Client } from '@orrery/client';
import type { Pod, PodStatus } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { GroupVersionResource } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { nameOf, namespaceOf, uidOf } from './pod.ts';
import { statusPatch } from './status.ts';

export const podResource: GroupVersionResource = { group: '', version: 'v1', resource: 'pods' };

export interface StatusWriter {
  /** The newest pod that anybody has seen: ours after a write, or the informer's. */
  readonly pod: Pod;
  /** The informer has delivered this. */
  observe(pod: Pod): void;
  want(status: PodStatus): void;
  /** Resolves when what is wanted has been written, or the pod is gone. */
  settled(): Promise<void>;
  readonly gone: boolean;
  stop(): void;
}

const firstRetryMs = 500;
const maxRetryMs = 30_000;

/** Resource versions of one store may be compared. */
const isOlder = (a: Pod, b: Pod): boolean => {
  const [left, right] = [a.metadata.resourceVersion ?? '', b.metadata.resourceVersion ?? ''];
  return /^\d+$/.test(left) && /^\d+$/.test(right) && BigInt(left) < BigInt(right);
};

/** The pod of this name has another uid: it was deleted and made anew. A patch that names the former uid would change it. */
const isOfAnother = (error: unknown): boolean =>
  isReason(error, 'Invalid') && (error.details?.causes ?? []).some(({ field }) => field === 'metadata.uid');

export function createStatusWriter(first: Pod, client: Client, clock: Clock, log: Log): StatusWriter {
  let pod = first;
  let wanted: PodStatus | undefined;
  let gone = false;
  let running: Promise<void> | undefined;
  const stopped = new AbortController();

  const writeOnce = async (status: PodStatus): Promise<void> => {
    const patch = statusPatch(pod.status, status);
    if (!patch) return;
    const body = { metadata: { uid: uidOf(pod) }, status: patch };
    const options = { namespace: namespaceOf(pod), subresource: 'status', signal: stopped.signal };
    const written = await client.patch<Pod>(podResource, nameOf(pod), 'strategic', body, options);
    // Somebody may have written after us, and the informer may have told of it before our answer came.
    if (!isOlder(written, pod)) pod = written;
  };

  const run = async (): Promise<void> => {
    let retryMs = firstRetryMs;
    while (wanted && !gone && !stopped.signal.aborted) {
      const status = wanted;
      wanted = undefined;
      try {
        await writeOnce(status);
        retryMs = firstRetryMs;
      } catch (error) {
        gone = isReason(error, 'NotFound') || isOfAnother(error);
        if (gone || stopped.signal.aborted) break;
        log.warn('cannot write the status of a pod', {
          pod: nameOf(pod),
          namespace: namespaceOf(pod),
          error: (error as Error).message,
        });
        wanted ??= status;
        await clock.sleep(retryMs, stopped.signal);
        retryMs = Math.min(retryMs * 2, maxRetryMs);
      }
    }
    // In the turn in which nothing more is wanted: a promise is settled some turns later, and what is wanted in between would be lost.
    running = undefined;
  };

  return {
    get pod() {
      return pod;
    },
    get gone() {
      return gone;
    },
    observe(seen) {
      if (!isOlder(seen, pod)) pod = seen;
    },
    want(status) {
      wanted = status;
      if (!gone && !stopped.signal.aborted) running ??= run();
    },
    settled: async () => {
      while (running) await running;
    },
    stop: () => stopped.abort(),
  };
}
