/** Writes down where a pod goes. Until it is certain whether that was written, the pod counts where it was put. */
import { resources } from '@orrery/client/resources';
import type { Pod } from '@orrery/kinds/types';
import { keyOf } from '@orrery/machinery/meta';
import { isReason, orUndefined, StatusError } from '@orrery/machinery/status';
import { createBackOff, type ComponentContext } from '@orrery/reconciler';
import type { SchedulerCache } from './cache.ts';
import type { SchedulingQueue } from './queue.ts';

export interface BindOptions {
  readonly context: ComponentContext;
  /** Counts the pod on the node already. */
  readonly cache: SchedulerCache;
  readonly queue: SchedulingQueue;
}

const pauses = { firstMs: 500, longestMs: 10_000, resetMs: 60_000 };

/**
 * Binds a pod that is assumed on `node`; never rejects. Upstream lets go of the pod whenever the request fails. An answer that was lost says
 * nothing, though: another pod would be given the same room. So a request is repeated until its end is known.
 */
export async function bind({ context, cache, queue }: BindOptions, pod: Pod, node: string): Promise<void> {
  const { name, namespace } = pod.metadata;
  const key = keyOf(pod);
  const recorder = context.recorder('default-scheduler');
  try {
    await untilKnown(context, pod, node);
    queue.remove(key);
    recorder.record(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`);
  } catch (error) {
    if (context.signal.aborted) return;
    // Another pod of this name may have come meanwhile: it is none of this one's business.
    if (!cache.forget(pod)) return;
    if (isReason(error, 'NotFound')) return queue.remove(key);
    queue.reject(key, []);
    context.log.warn('a pod could not be bound', { pod: key, node, error });
    recorder.record(
      pod,
      'Warning',
      'FailedScheduling',
      `running Bind plugin "DefaultBinder": ${(error as Error).message}`,
    );
  }
}

/** Resolves when the pod is bound to the node; rejects when it is certain that it is not, or the scheduler ends. */
async function untilKnown(context: ComponentContext, pod: Pod, node: string): Promise<void> {
  const { client, clock, random, log, signal } = context;
  const { name, namespace, uid } = pod.metadata;
  const pause = createBackOff(clock, random, pauses);
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid },
    target: { kind: 'Node', name: node },
  };
  for (;;) {
    try {
      await client.create(resources.pods, binding, { name, namespace, subresource: 'binding' });
      return;
    } catch (error) {
      const known = await isKnown(context, pod, node, error);
      if (known === 'bound') return;
      if (known === 'refused') throw error;
      log.warn('whether a pod was bound is not known: it is asked again', { pod: keyOf(pod), node, error });
    }
    await clock.sleep(pause(), signal);
  }
}

/** What a failed request has come to. */
async function isKnown(
  { client, signal }: ComponentContext,
  { metadata: { name, namespace, uid } }: Pod,
  node: string,
  error: unknown,
): Promise<'bound' | 'refused' | 'unknown'> {
  if (signal.aborted) return 'refused';
  // What is not the server's word, or says that the server is not well, leaves it open.
  if (!(error instanceof StatusError) || error.code >= 500) return 'unknown';
  if (!isReason(error, 'Conflict')) return 'refused';
  // That may be the request before this one, whose answer was lost.
  try {
    const there = await orUndefined(client.get<Pod>(resources.pods, name!, { namespace }));
    return there?.metadata.uid === uid && there?.spec.nodeName === node ? 'bound' : 'refused';
  } catch {
    return 'unknown';
  }
}
