/** The pods of a DaemonSet: made for one node each, tolerant of that node's troubles. */
import type { DaemonSet, Node, Pod, PodSpec, PodTemplateSpec, Toleration } from '@orrery/kinds/types';
import { allowsNode, tolerates } from '@orrery/kinds/placement';
import { controllerReference } from '../common/ownership.ts';
import { podFromTemplate } from '../common/podcontrol.ts';
import { taintKeys } from '../common/taints.ts';

export const hashLabel = 'controller-revision-hash';

const always: readonly Toleration[] = [
  { key: taintKeys.notReady, operator: 'Exists', effect: 'NoExecute' },
  { key: taintKeys.unreachable, operator: 'Exists', effect: 'NoExecute' },
  { key: taintKeys.diskPressure, operator: 'Exists', effect: 'NoSchedule' },
  { key: taintKeys.memoryPressure, operator: 'Exists', effect: 'NoSchedule' },
  { key: taintKeys.pidPressure, operator: 'Exists', effect: 'NoSchedule' },
  { key: taintKeys.unschedulable, operator: 'Exists', effect: 'NoSchedule' },
];
const onHostNetwork: Toleration = { key: taintKeys.networkUnavailable, operator: 'Exists', effect: 'NoSchedule' };

const same = (a: Toleration, b: Toleration): boolean =>
  a.key === b.key && a.effect === b.effect && a.operator === b.operator && (a.value ?? '') === (b.value ?? '');

function tolerant(spec: PodSpec): Toleration[] {
  const own = spec.tolerations ?? [];
  const added = [...always, ...(spec.hostNetwork ? [onHostNetwork] : [])];
  return [...own.filter(mine => !added.some(other => same(mine, other))), ...added];
}

/** The pod for one node. The scheduler places it: the node's name is a required affinity. */
export function daemonPod(daemonSet: DaemonSet, nodeName: string, hash: string): Pod {
  const { template } = daemonSet.spec;
  const spec = template.spec!;
  const nodeAffinity = {
    ...spec.affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: [nodeName] }] }],
    },
  };
  const generation = daemonSet.metadata.annotations?.['deprecated.daemonset.template.generation'];
  const labels = {
    ...template.metadata?.labels,
    ...(generation !== undefined && { 'pod-template-generation': generation }),
    [hashLabel]: hash,
  };
  const placed: PodTemplateSpec = {
    metadata: { ...template.metadata, labels },
    spec: { ...spec, affinity: { ...spec.affinity, nodeAffinity }, tolerations: tolerant(spec) },
  };
  return podFromTemplate(daemonSet, placed, controllerReference(daemonSet));
}

/** The node a daemon pod is on or meant for. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fields = required?.nodeSelectorTerms.flatMap(term => term.matchFields ?? []) ?? [];
  return fields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In')?.values?.[0];
}

/** Whether a node shall get a pod, and whether one that is there may stay. */
export function suits(daemonSet: DaemonSet, node: Node): { run: boolean; stay: boolean } {
  const spec = daemonSet.spec.template.spec!;
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return { run: false, stay: false };
  if (!allowsNode(spec, node)) return { run: false, stay: false };
  const tolerations = tolerant(spec);
  const untolerated = (node.spec?.taints ?? []).filter(
    taint => taint.effect !== 'PreferNoSchedule' && !tolerations.some(toleration => tolerates(toleration, taint)),
  );
  return { run: untolerated.length === 0, stay: untolerated.every(({ effect }) => effect !== 'NoExecute') };
}
