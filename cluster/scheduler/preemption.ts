/** Making room for a pod by ending less important ones (plug-in DefaultPreemption), as a pure choice. */
import type { Pod } from '@orrery/kinds/types';
import { filterFor } from './cycle.ts';
import type { Plugin, Rejection, Snapshot } from './framework.ts';
import { nodeInfo, withPod, type NodeInfo } from './node-info.ts';
import { priorityOf } from './priority.ts';

export interface Preemption {
  readonly node: string;
  readonly victims: readonly Pod[];
}

/**
 * The node where the least important victims make room, or undefined when no set of less important pods would.
 * Victims are as few as possible: all less important pods are taken away in thought, then given back from the most important on.
 */
export function choosePreemption(
  pod: Pod,
  snapshot: Snapshot,
  rejections: ReadonlyMap<string, Rejection>,
  plugins: readonly Plugin[],
): Preemption | undefined {
  if (pod.spec.preemptionPolicy === 'Never') return undefined;
  const candidates = snapshot.nodes
    .filter(({ name }) => rejections.get(name)?.unresolvable === false)
    .map((node): Preemption => ({ node: node.name, victims: victimsOn(node, pod, snapshot, plugins) }))
    .filter(({ victims }) => victims.length > 0);
  return candidates.toSorted(byHarm)[0];
}

/** Empty when ending all less important pods would not make room. */
function victimsOn(node: NodeInfo, pod: Pod, snapshot: Snapshot, plugins: readonly Plugin[]): Pod[] {
  const lesser = node.pods.filter(other => priorityOf(other) < priorityOf(pod));
  if (lesser.length === 0) return [];
  const fits = (candidate: NodeInfo): boolean => {
    const nodes = snapshot.nodes.map(each => (each.name === node.name ? candidate : each));
    return filterFor(pod, { ...snapshot, nodes }, plugins)(candidate) === undefined;
  };
  let kept = nodeInfo(
    node.node,
    node.pods.filter(other => !lesser.includes(other)),
  );
  if (!fits(kept)) return [];
  const victims: Pod[] = [];
  for (const other of lesser.toSorted(byImportance)) {
    const restored = withPod(kept, other);
    if (fits(restored)) kept = restored;
    else victims.push(other);
  }
  return victims;
}

const started = (pod: Pod): string => pod.status?.startTime ?? '9999';

/** More important first: higher priority, then running for longer. */
const byImportance = (a: Pod, b: Pod): number => priorityOf(b) - priorityOf(a) || started(a).localeCompare(started(b));

const highest = ({ victims }: Preemption): number => Math.max(...victims.map(priorityOf));
const sum = ({ victims }: Preemption): number => victims.map(priorityOf).reduce((total, each) => total + each, 0);
const earliest = ({ victims }: Preemption): string =>
  victims
    .filter(pod => priorityOf(pod) === Math.max(...victims.map(priorityOf)))
    .map(started)
    .toSorted()[0]!;

/** Upstream's order: lowest highest priority, lowest sum, fewest victims, latest start of the most important. */
const byHarm = (a: Preemption, b: Preemption): number =>
  highest(a) - highest(b) ||
  sum(a) - sum(b) ||
  a.victims.length - b.victims.length ||
  earliest(b).localeCompare(earliest(a));
