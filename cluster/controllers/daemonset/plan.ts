/** What a DaemonSet needs: pods for nodes that lack one, fewer where there are too many, and newer ones (upstream `pkg/controller/daemon`). */
import type { DaemonSet, DaemonSetStatus, Node, Pod } from '@orrery/kinds/types';
import { isAvailable, isReady, isTerminal, isTerminating, timeOf } from '../common/pods.ts';
import { resolveIntOrPercent } from '../deployment/sizes.ts';
import { hashLabel, suits, targetNode } from './pods.ts';

/** At most so many pods are created or deleted in one go. */
const burst = 250;

export interface ObservedDaemons {
  readonly daemonSet: DaemonSet;
  readonly nodes: readonly Node[];
  /** The pods it owns. */
  readonly pods: readonly Pod[];
  /** Hash of the present template. */
  readonly hash: string;
  readonly now: number;
}

export interface DaemonPlan {
  /** Nodes that get a pod. */
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
  /** Finished pods among the removed: they are told of. */
  readonly finished: readonly Pod[];
}

const oldestFirst = (a: Pod, b: Pod): number =>
  (timeOf(a.metadata.creationTimestamp) ?? 0) - (timeOf(b.metadata.creationTimestamp) ?? 0) ||
  (a.metadata.name! < b.metadata.name! ? -1 : 1);

const byNode = (pods: readonly Pod[]): Map<string, Pod[]> => {
  const groups = new Map<string, Pod[]>();
  for (const pod of [...pods].sort(oldestFirst)) {
    const node = targetNode(pod) ?? '';
    groups.set(node, [...(groups.get(node) ?? []), pod]);
  }
  return groups;
};

const isCurrent = (pod: Pod, hash: string): boolean => pod.metadata.labels?.[hashLabel] === hash;

interface Limits {
  readonly surge: number;
  readonly unavailable: number;
}

function limitsOf(daemonSet: DaemonSet, wanted: number): Limits {
  const { type, rollingUpdate } = daemonSet.spec.updateStrategy ?? {};
  if (type === 'OnDelete') return { surge: 0, unavailable: 0 };
  const surge = resolveIntOrPercent(rollingUpdate?.maxSurge, wanted, true);
  const unavailable = resolveIntOrPercent(rollingUpdate?.maxUnavailable ?? 1, wanted, true);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Pods to add and remove so that every suiting node has one; then, one step of a rolling update. */
export function planDaemons(observed: ObservedDaemons): DaemonPlan {
  const { daemonSet, nodes, pods } = observed;
  const groups = byNode(pods);
  const wanted = nodes.filter(node => suits(daemonSet, node).run).length;
  const limits = limitsOf(daemonSet, wanted);
  const placed = place(observed, groups, limits);
  if (placed.create.length > 0 || placed.remove.length > 0) {
    return { ...placed, create: placed.create.slice(0, burst), remove: placed.remove.slice(0, burst) };
  }
  if (daemonSet.spec.updateStrategy?.type === 'OnDelete') return placed;
  const rolled =
    limits.surge > 0 ? surge(observed, groups, limits.surge) : replace(observed, groups, limits.unavailable);
  return { ...rolled, finished: [] };
}

function place({ daemonSet, nodes, hash, now }: ObservedDaemons, groups: ReadonlyMap<string, Pod[]>, limits: Limits) {
  const create: string[] = [];
  const remove: Pod[] = [];
  const finished: Pod[] = [];
  const known = new Set(nodes.map(node => node.metadata.name!));
  for (const node of nodes) {
    const name = node.metadata.name!;
    const present = (groups.get(name) ?? []).filter(pod => !isTerminating(pod));
    const { run, stay } = suits(daemonSet, node);
    const done = present.filter(pod => isTerminal(pod) && isRested(pod, now));
    const running = present.filter(pod => !isTerminal(pod));
    if (!stay) remove.push(...present);
    else {
      finished.push(...done);
      remove.push(...done, ...superfluous(running, daemonSet, hash, limits, now));
      if (run && present.length === 0 && (groups.get(name) ?? []).length === 0) create.push(name);
    }
  }
  // Pods for nodes that are gone and were never placed: nobody else would remove them.
  for (const [name, group] of groups) {
    if (!known.has(name)) remove.push(...group.filter(pod => !pod.spec.nodeName && !isTerminating(pod)));
  }
  return { create, remove, finished };
}

/** A pod that finished at once is not replaced at once: it would go on like that. */
export const restMs = 10_000;
const isRested = (pod: Pod, now: number): boolean => now - (timeOf(pod.metadata.creationTimestamp) ?? 0) >= restMs;

/** One pod per node: the oldest; during a surge one old and one new. */
function superfluous(
  running: readonly Pod[],
  daemonSet: DaemonSet,
  hash: string,
  limits: Limits,
  now: number,
): readonly Pod[] {
  if (running.length <= 1) return [];
  if (limits.surge === 0) return running.slice(1);
  const fresh = running.filter(pod => isCurrent(pod, hash));
  const old = running.filter(pod => !isCurrent(pod, hash));
  const [replacement] = fresh;
  // The old pod goes once its replacement serves.
  const ready = replacement && isAvailable(replacement, daemonSet.spec.minReadySeconds ?? 0, now);
  return [...fresh.slice(1), ...(ready ? old : old.slice(1))];
}

/** Old pods go as far as availability allows; the next round creates their successors. */
function replace({ daemonSet, nodes, hash, now }: ObservedDaemons, groups: ReadonlyMap<string, Pod[]>, limit: number) {
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0;
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const node of nodes) {
    if (!suits(daemonSet, node).run) continue;
    const [pod, ...others] = groups.get(node.metadata.name!) ?? [];
    if (!pod || others.length > 0 || isTerminating(pod)) unavailable++;
    else if (isCurrent(pod, hash)) unavailable += isAvailable(pod, minReadySeconds, now) ? 0 : 1;
    else if (isAvailable(pod, minReadySeconds, now)) candidates.push(pod);
    else broken.push(pod);
  }
  const room = Math.max(0, limit - unavailable);
  return { create: [] as string[], remove: [...broken, ...candidates.slice(0, room)] };
}

/** New pods are put beside old ones, as many at a time as the surge allows. */
function surge({ daemonSet, nodes, hash, now }: ObservedDaemons, groups: ReadonlyMap<string, Pod[]>, limit: number) {
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0;
  let surging = 0;
  const broken: string[] = [];
  const candidates: string[] = [];
  for (const node of nodes) {
    const name = node.metadata.name!;
    const group = (groups.get(name) ?? []).filter(pod => !isTerminal(pod));
    if (!suits(daemonSet, node).run || group.length === 0) continue;
    const fresh = group.filter(pod => isCurrent(pod, hash));
    if (fresh.length > 0) surging += group.length > fresh.length ? 1 : 0;
    else if (group.some(pod => isAvailable(pod, minReadySeconds, now))) candidates.push(name);
    else broken.push(name);
  }
  return { create: [...broken, ...candidates.slice(0, Math.max(0, limit - surging))], remove: [] as Pod[] };
}

export function daemonSetStatus({ daemonSet, nodes, pods, hash, now }: ObservedDaemons): DaemonSetStatus {
  const groups = byNode(pods);
  const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0;
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const node of nodes) {
    const [pod] = groups.get(node.metadata.name!) ?? [];
    const { run } = suits(daemonSet, node);
    if (!run && pod) counts.misscheduled++;
    if (!run) continue;
    counts.desired++;
    if (!pod) continue;
    counts.current++;
    if (isReady(pod)) counts.ready++;
    if (isAvailable(pod, minReadySeconds, now)) counts.available++;
    if (isCurrent(pod, hash)) counts.updated++;
  }
  const { collisionCount } = daemonSet.status ?? {};
  return {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: daemonSet.metadata.generation,
    updatedNumberScheduled: counts.updated,
    numberAvailable: counts.available,
    numberUnavailable: counts.desired - counts.available,
    ...(collisionCount !== undefined && { collisionCount }),
  };
}
