/** Whether a pod that waits really finds no room: counted anew, without the scheduler's help. */
import type { Node, Pod } from '@orrery/kinds/types';
import type { State } from './convergence.ts';
import { isOver, loadOf } from './safety.ts';
import { toMilli, toNumber } from '@orrery/machinery/quantity';

/** The name of a node that would take it. */
export const fitsSomewhere = (pod: Pod, state: State): string | undefined =>
  state.nodes.find(node => fits(pod, node, state))?.metadata.name;

function fits(pod: Pod, node: Node, { pods }: State): boolean {
  const wanted = loadOf(pod);
  const { labels = {}, name } = node.metadata;
  const { allocatable = {} } = node.status ?? {};
  const there = pods.filter(other => other.spec.nodeName === name && !isOver(other));
  const loads = there.map(loadOf);
  const free = (total: number, of: (load: ReturnType<typeof loadOf>) => number) =>
    total - loads.reduce((sum, load) => sum + of(load), 0);
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const isForIt = terms?.every(({ matchFields = [] }) =>
    matchFields.every(({ key, values = [] }) => key !== 'metadata.name' || values.includes(name!)),
  );
  return (
    isForIt !== false &&
    Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    (node.spec?.taints ?? []).length === 0 &&
    free(toNumber(allocatable['pods'] ?? '0'), () => 1) >= 1 &&
    free(toMilli(allocatable['cpu'] ?? '0'), load => load.cpu) >= wanted.cpu &&
    free(toNumber(allocatable['memory'] ?? '0'), load => load.memory) >= wanted.memory &&
    !wanted.ports.some(port => loads.some(load => load.ports.includes(port)))
  );
}
