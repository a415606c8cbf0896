/** Evicting a pod: a delete that asks the disruption budgets first (registry `pod/storage/eviction.go`). */
import type { Eviction, Pod, PodDisruptionBudget } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import type { LabelSelectorObject } from '@orrery/machinery/selector';
import { badRequest, forbidden, internalError, isReason, notFound, StatusError } from '@orrery/machinery/status';
import { Admission } from '../registry/admission.ts';
import { checkPreconditions, remove } from '../registry/delete.ts';
import type { DeleteOptions } from '../registry/delete.ts';
import type { Machine, WriteRequest } from '../registry/machine.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';
import { update } from '../registry/update.ts';
import { created } from './binding.ts';
import { decodeObject, readBodyValue } from './body.ts';
import { bodyInfo } from './kinds.ts';
import { writeRequestOf } from './options.ts';
import type { SubresourceEndpoint } from './resources.ts';

const evictionKind = { group: 'policy', version: 'v1', kind: 'Eviction' };
/** Upstream still takes evictions of the version that older clients send, though it serves nothing else of it. */
const ofPresentVersion = (value: unknown): unknown =>
  (value as { apiVersion?: unknown } | null)?.apiVersion === 'policy/v1beta1'
    ? { ...(value as object), apiVersion: 'policy/v1' }
    : value;
/** A budget that knows of more evictions than this is not keeping up. */
const maxDisruptedPods = 2000;

type StoredPod = Pod & KubeObject;
type Budget = PodDisruptionBudget & KubeObject;

const violates = "Cannot evict pod as it would violate the pod's disruption budget.";

const refused = (message: string, retryAfterSeconds: number): StatusError =>
  new StatusError(429, 'TooManyRequests', violates, {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  });

/** Pods that have ended, never started or are ending already need no budget. */
export function needsBudget(pod: StoredPod): boolean {
  const phase = pod.status?.phase;
  return (
    phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Pending' && pod.metadata.deletionTimestamp === undefined
  );
}

const isReady = (pod: StoredPod): boolean =>
  pod.status?.conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True') ?? false;

/** Unready pods may go without counting where the budget says so. */
export function goesUncounted(pod: StoredPod, { spec, status }: Budget): boolean {
  if (isReady(pod)) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

/** The budget after one more eviction. @throws StatusError 429 when none is left, 403 when the budget is broken. */
export function withOneLess(budget: Budget, podName: string, nowMs: number): KubeObject {
  const { status, metadata } = budget;
  const name = metadata.name!;
  const what = { group: 'policy', resource: 'poddisruptionbudgets', name };
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  const allowed = status?.disruptionsAllowed ?? 0;
  if (allowed < 0) throw forbidden(what, 'pdb disruptions allowed is negative');
  if (Object.keys(status?.disruptedPods ?? {}).length > maxDisruptedPods) {
    throw forbidden(what, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  }
  if (allowed === 0) {
    const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
    throw refused(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
      0,
    );
  }
  const changed = cloneJson(budget);
  changed.status = {
    ...changed.status!,
    disruptionsAllowed: allowed - 1,
    disruptedPods: { ...changed.status?.disruptedPods, [podName]: formatTime(nowMs) as never },
  };
  if (allowed === 1) {
    const others = changed.status.conditions?.filter(condition => condition.type !== 'DisruptionAllowed') ?? [];
    const condition = {
      type: 'DisruptionAllowed',
      status: 'False',
      observedGeneration: status?.observedGeneration,
      lastTransitionTime: formatTime(nowMs),
      reason: 'InsufficientPods',
      message: '',
    };
    changed.status.conditions = [...others, condition as never];
  }
  return changed as KubeObject;
}

export function createEvictionEndpoint(machine: Machine, resources: Resources): SubresourceEndpoint {
  return async (context, info) => {
    const value = readBodyValue(context.request, 'Eviction');
    context.requestObject = value;
    const given = decodeObject(bodyInfo(info, evictionKind), ofPresentVersion(value), context);
    const { namespace, name } = context.info;
    if (given.metadata.name && given.metadata.name !== name) {
      throw badRequest('name in URL does not match name in Eviction object');
    }
    const request = writeRequestOf(context, 'CreateOptions');
    const target = { operation: 'CREATE', info, subresource: 'eviction', kind: evictionKind, namespace, name } as const;
    const admission = new Admission(machine, request, target);
    const eviction = (await admission.admit(given)) as Eviction & KubeObject;
    await admission.validate(eviction);
    await evict(machine, resources, info, namespace, name, (eviction.deleteOptions ?? {}) as DeleteOptions, request);
    return created;
  };
}

/** How often a pod that changes under its eviction is looked at anew, as upstream. */
const looksMax = 20;

async function evict(
  machine: Machine,
  resources: Resources,
  info: ResourceInfo,
  namespace: string,
  name: string,
  options: DeleteOptions,
  request: WriteRequest,
): Promise<void> {
  for (let look = 1; ; look++) {
    const pod = (await machine.reads.get(info, namespace, name)) as StoredPod | undefined;
    if (pod === undefined) throw notFound({ group: '', resource: 'pods', name });
    if (needsBudget(pod)) return evictGuarded(machine, resources, info, pod, options, request);
    try {
      // One that waits to start may have become ready meanwhile; what is over stays over.
      const own = pod.status?.phase === 'Pending' ? asSeen(pod, options) : options;
      return await markAndRemove(machine, info, namespace, name, own, request);
    } catch (error) {
      if (look === looksMax || !isOvertaken(error, options)) throw error;
    }
  }
}

/** Only this version of the pod, unless the client has named one. */
const asSeen = ({ metadata: { resourceVersion } }: StoredPod, options: DeleteOptions): DeleteOptions => ({
  ...options,
  preconditions: { resourceVersion, ...options.preconditions },
});

/** The pod is another than it was seen to be, which the client did not ask to be told. */
const isOvertaken = (error: unknown, { preconditions }: DeleteOptions): boolean =>
  isReason(error, 'Conflict') && preconditions?.resourceVersion === undefined;

async function evictGuarded(
  machine: Machine,
  resources: Resources,
  info: ResourceInfo,
  pod: StoredPod,
  options: DeleteOptions,
  request: WriteRequest,
): Promise<void> {
  const { namespace = '', name = '' } = pod.metadata;
  const budgets = (await machine.reads.list(
    { group: 'policy', resource: 'poddisruptionbudgets' },
    namespace,
  )) as Budget[];
  const guarding = budgets.filter(budget => guards(budget, pod));
  if (guarding.length > 1) {
    throw internalError(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const budget = guarding[0];
  if (budget && goesUncounted(pod, budget)) {
    return evictUnready(machine, info, pod, budget.metadata.name!, options, request);
  }
  if (budget) await takeOne(machine, resources, namespace, budget.metadata.name!, name, request);
  await markAndRemove(machine, info, namespace, name, options, request);
}

/** Only as it was seen: one that has become ready meanwhile counts, and whoever evicts it has to ask again. */
async function evictUnready(
  machine: Machine,
  info: ResourceInfo,
  pod: StoredPod,
  budget: string,
  options: DeleteOptions,
  request: WriteRequest,
): Promise<void> {
  const { namespace = '', name = '' } = pod.metadata;
  try {
    await markAndRemove(machine, info, namespace, name, asSeen(pod, options), request);
  } catch (error) {
    if (!isOvertaken(error, options)) throw error;
    throw refused(`The disruption budget ${budget} is still being processed by the server.`, 10);
  }
}

async function markAndRemove(
  machine: Machine,
  info: ResourceInfo,
  namespace: string,
  name: string,
  options: DeleteOptions,
  request: WriteRequest,
): Promise<void> {
  const { preconditions } = options;
  const marked = await markDisrupted(machine, info, namespace, name, options, request);
  // The mark made a newer version of what was asked for.
  const resourceVersion = preconditions?.resourceVersion && marked.metadata.resourceVersion;
  const ending = resourceVersion ? { ...options, preconditions: { ...preconditions, resourceVersion } } : options;
  try {
    // As upstream: the eviction was admitted, the delete that it becomes is not asked about again.
    await remove(machine, info, namespace, name, ending, request, true);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

function guards(budget: Budget, pod: StoredPod): boolean {
  const selector = budget.spec?.selector as LabelSelectorObject | undefined;
  return selector !== undefined && matches(selectorFromObject(selector), pod.metadata.labels);
}

async function takeOne(
  machine: Machine,
  resources: Resources,
  namespace: string,
  name: string,
  podName: string,
  request: WriteRequest,
): Promise<void> {
  const info = resources.get('policy', 'v1', 'poddisruptionbudgets')!;
  const apply = (current: KubeObject | undefined): KubeObject =>
    withOneLess(current as Budget, podName, machine.clock.now());
  const own: WriteRequest = { ...request, userAgent: 'kube-apiserver', options: {} };
  await update(machine, { info, namespace, name, internal: true, tracked: true, ...part, apply }, own);
}

const part = {
  subresource: 'status',
  part: { prepareForUpdate: (object: KubeObject) => object, validateUpdate: () => [] },
};

/** Tells why the pod ends, before it does. */
async function markDisrupted(
  machine: Machine,
  info: ResourceInfo,
  namespace: string,
  name: string,
  options: DeleteOptions,
  request: WriteRequest,
): Promise<KubeObject> {
  const apply = (current: KubeObject | undefined): KubeObject => {
    checkPreconditions(info, name, current!, options);
    const pod = cloneJson(current) as StoredPod;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: formatTime(machine.clock.now()),
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
    };
    const others = pod.status?.conditions?.filter(other => other.type !== condition.type) ?? [];
    pod.status = { ...pod.status, conditions: [...others, condition as never] };
    return pod as KubeObject;
  };
  const { object } = await update(machine, { info, namespace, name, internal: true, ...part, apply }, request);
  return object;
}
