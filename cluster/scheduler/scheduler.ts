/** The rim: informers feed cache and queue, one pod at a time is decided on, bindings run beside the next decision. */
import type { Node, Pod } from '@orrery/kinds/types';
import { resources } from '@orrery/client/resources';
import { formatTime } from '@orrery/machinery/clock';
import { keyOf } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { aborted, allSynced, type ComponentContext, type Informer } from '@orrery/reconciler';
import { bind } from './bind.ts';
import { createCache, type SchedulerCache } from './cache.ts';
import { schedule } from './cycle.ts';
import type { Rejection, Snapshot } from './framework.ts';
import { followGroups } from './groups.ts';
import { fitError, preemptionError } from './message.ts';
import { createNominations, makesRoom, type Nominations } from './nominations.ts';
import { plugins } from './plugins.ts';
import { choosePreemption, type Preemption } from './preemption.ts';
import { createQueue, type SchedulingQueue } from './queue.ts';

export interface SchedulerOptions {
  /** Pods that name this scheduler are ours; `default-scheduler` unless given. */
  readonly schedulerName?: string;
}

/** Other work of the thread gets its turn after this long. */
const sliceMsMax = 8;

interface Scheduler {
  readonly context: ComponentContext;
  readonly cache: SchedulerCache;
  readonly queue: SchedulingQueue;
  readonly nominations: Nominations;
  readonly pods: Informer<Pod>;
  readonly namespaceLabels: Snapshot['namespaceLabels'];
  readonly groupOf: Snapshot['groupOf'];
  readonly name: string;
  /** Where the next search for nodes begins. */
  start: number;
}

/** Schedules pods until the context's signal aborts. Resolves when the caches are filled and scheduling has begun, or at the end. */
export async function startScheduler(context: ComponentContext, options: SchedulerOptions = {}): Promise<void> {
  const { informers, clock, signal } = context;
  const nodes = informers.of<Node>(resources.nodes);
  const pods = informers.of<Pod>(resources.pods);
  const namespaces = informers.of(resources.namespaces);
  const groups = followGroups(informers);
  const name = options.schedulerName ?? 'default-scheduler';
  let begun = false;
  let planned = false;
  const plan = () => {
    if (!begun || planned || signal.aborted) return;
    planned = true;
    clock.after(0, () => {
      planned = false;
      if (workSlice(scheduler)) plan();
    });
  };
  const scheduler: Scheduler = {
    context,
    cache: createCache(),
    queue: createQueue(clock, plugins, plan),
    nominations: createNominations(),
    pods,
    namespaceLabels: namespace => namespaces.get(namespace)?.metadata.labels ?? {},
    groupOf: groups.of,
    name,
    start: 0,
  };
  follow(scheduler, nodes, pods);
  const end = aborted(signal);
  await Promise.race([allSynced(nodes, pods, namespaces, groups).catch(() => end), end]);
  begun = true;
  plan();
}

function follow(
  { cache, queue, nominations, name, context }: Scheduler,
  nodes: Informer<Node>,
  pods: Informer<Pod>,
): void {
  const wants = (pod: Pod) =>
    pod.spec.schedulerName === name &&
    !pod.spec.schedulingGates?.length &&
    !pod.metadata.deletionTimestamp &&
    !isOver(pod);
  const removers = [
    nodes.onChange(({ before, after }) => {
      if (after) cache.setNode(after);
      else cache.removeNode(before!.metadata.name!);
      queue.wake('node');
    }),
    pods.onChange(({ before, after }) => {
      const key = keyOf((after ?? before)!);
      const placed = after?.spec.nodeName !== undefined && after.spec.nodeName !== '';
      const nominated = after?.status?.nominatedNodeName;
      if (!after || placed || !wants(after)) nominations.remove(key);
      // Room that was made before this scheduler began.
      else if (!before && nominated) nominations.set(after, nominated);
      if (after && placed && !isOver(after)) {
        cache.setPod(after);
        queue.remove(key);
        queue.wake(before?.spec.nodeName ? 'pod-changed' : 'pod-added');
        return;
      }
      if (before?.spec.nodeName) {
        cache.removePod(key);
        queue.wake('pod-removed');
      }
      if (after && !placed && wants(after)) {
        if (!cache.isAssumed(key)) queue.add(after);
      } else queue.remove(key);
    }),
  ];
  context.signal.addEventListener('abort', () => removers.forEach(remove => remove()), { once: true });
}

const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** Decides on pods until none is active or the slice is over. True when there may be more. */
function workSlice(scheduler: Scheduler): boolean {
  const { clock } = scheduler.context;
  const until = clock.monotonic() + sliceMsMax;
  do {
    const pod = scheduler.queue.pop();
    if (!pod) return false;
    scheduleOne(scheduler, pod);
  } while (clock.monotonic() < until);
  return true;
}

function scheduleOne(scheduler: Scheduler, pod: Pod): void {
  const { cache, queue, nominations, namespaceLabels, groupOf, context } = scheduler;
  const key = keyOf(pod);
  const nodes = cache.nodes();
  const snapshot: Snapshot = { nodes, namespaceLabels, groupOf, expected: nominations.before };
  const outcome = schedule(pod, snapshot, plugins, context.random, scheduler.start);
  scheduler.start = nodes.length > 0 ? (scheduler.start + 1) % nodes.length : 0;
  if ('node' in outcome) {
    cache.assume(pod, outcome.node);
    nominations.remove(key);
    void bind(scheduler, pod, outcome.node);
    return;
  }
  const { rejections } = outcome;
  const waitsOn = nominations.nodeOf(key);
  const waits = makesRoom(pod, waitsOn === undefined ? undefined : nodes.find(({ name }) => name === waitsOn));
  const preemption = waits ? undefined : choosePreemption(pod, snapshot, rejections, plugins);
  if (preemption) nominations.set(pod, preemption.node);
  else if (!waits) nominations.remove(key);
  queue.reject(
    key,
    nodes.length === 0 ? ['NodeName'] : [...new Set([...rejections.values()].map(each => each.plugin))],
  );
  void reportUnschedulable(scheduler, pod, nodes.length, rejections, waits ? 'waits' : preemption);
}

/** Upstream's words for a pod whose room is being made. */
const stillEnding = 'preemption: not eligible due to a terminating pod on the nominated node.';

async function reportUnschedulable(
  scheduler: Scheduler,
  pod: Pod,
  nodes: number,
  rejections: ReadonlyMap<string, Rejection>,
  preemption: Preemption | 'waits' | undefined,
): Promise<void> {
  const { context } = scheduler;
  const unresolvable = [...rejections.values()].filter(each => each.unresolvable).length;
  const found = preemption === 'waits' ? stillEnding : preemptionError(nodes, unresolvable, nodes - unresolvable);
  const search = nodes === 0 ? '' : ` no new claims to deallocate, ${found}`;
  const message = `${fitError(nodes, rejections)}${typeof preemption === 'object' ? '' : search}`;
  context.recorder('default-scheduler').record(pod, 'Warning', 'FailedScheduling', message);
  try {
    const nominated = preemption === 'waits' ? pod.status?.nominatedNodeName : preemption?.node;
    await patchUnschedulable(context, pod, message, nominated);
    if (typeof preemption === 'object') await evictVictims(context, pod, preemption);
  } catch (error) {
    if (!isReason(error, 'NotFound'))
      context.log.warn('the status of an unschedulable pod could not be written', { pod: keyOf(pod), error });
  }
}

async function patchUnschedulable(
  { client, clock }: ComponentContext,
  pod: Pod,
  message: string,
  nominated?: string,
): Promise<void> {
  const known = pod.status?.conditions?.find(condition => condition.type === 'PodScheduled');
  const unchanged = known?.status === 'False' && known.reason === 'Unschedulable' && known.message === message;
  if (unchanged && nominated === pod.status?.nominatedNodeName) return;
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    observedGeneration: pod.metadata.generation,
    lastProbeTime: null,
    lastTransitionTime: known?.status === 'False' ? known.lastTransitionTime : formatTime(clock.now()),
  };
  // Without a nomination a former one is taken back.
  const status = { conditions: [condition], nominatedNodeName: nominated ?? null };
  const { name, namespace } = pod.metadata;
  await client.patch(resources.pods, name!, 'strategic', { status }, { namespace, subresource: 'status' });
}

async function evictVictims(
  { client, clock, recorder }: ComponentContext,
  pod: Pod,
  { node, victims }: Preemption,
): Promise<void> {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: 'default-scheduler: preempting to accommodate a higher priority pod',
    lastTransitionTime: formatTime(clock.now()),
  };
  for (const victim of victims) {
    if (victim.metadata.deletionTimestamp) continue;
    const { name, namespace, uid } = victim.metadata;
    await client.patch(
      resources.pods,
      name!,
      'strategic',
      { status: { conditions: [condition] } },
      { namespace, subresource: 'status' },
    );
    await client.delete(resources.pods, name!, { namespace, preconditions: { uid } });
    recorder('default-scheduler').record(
      victim,
      'Normal',
      'Preempted',
      `Preempted by pod ${pod.metadata.uid} on node ${node}`,
    );
  }
}
