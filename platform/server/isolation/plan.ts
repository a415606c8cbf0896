/** The NetworkPolicy of a project that is closed to others. Pure. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations, labels, systemWorkspace } from '@orrery/platform-kinds';
import { managedBy, sourceAnnotation, type Wanted } from '../access/materialise.ts';

export const isolationSource = (namespace: string): string => `isolation/${namespace}`;
const policyName = 'network-isolate';

/** What a project lets in beside itself: nothing, the projects of its workspace, or everybody. */
export function openTo(project: KubeObject, workspaceIsolated: boolean): 'itself' | 'workspace' | 'everybody' {
  const workspace = project.metadata.labels?.[labels.workspace];
  if (!workspace || workspace === systemWorkspace) return 'everybody';
  if (project.metadata.annotations?.[annotations.networkIsolation] === 'enabled') return 'itself';
  return workspaceIsolated ? 'workspace' : 'everybody';
}

interface Node extends KubeObject {
  status?: { addresses?: { type: string; address: string }[] };
}

/** Nodes themselves get in: what comes to a node port, and what asks whether a pod is well, comes from there. */
export const nodeBlocks = (nodes: readonly KubeObject[]): string[] =>
  (nodes as readonly Node[])
    .flatMap(({ status }) => status?.addresses ?? [])
    .filter(({ type }) => type === 'InternalIP')
    .map(({ address }) => `${address}/${address.includes(':') ? 128 : 32}`)
    .toSorted();

export function planIsolation(project: KubeObject, workspaceIsolated: boolean, blocks: readonly string[]): Wanted[] {
  const name = project.metadata.name!;
  const open = openTo(project, workspaceIsolated);
  if (open === 'everybody' || project.metadata.deletionTimestamp !== undefined) return [];
  const workspace = project.metadata.labels![labels.workspace]!;
  const inside =
    open === 'itself' ? { podSelector: {} } : { namespaceSelector: { matchLabels: { [labels.workspace]: workspace } } };
  return [
    {
      resource: resources.networkpolicies,
      object: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: {
          name: policyName,
          namespace: name,
          labels: { ...managedBy },
          annotations: { [sourceAnnotation]: isolationSource(name) },
        },
        spec: {
          podSelector: {},
          policyTypes: ['Ingress'],
          ingress: [{ from: [inside, ...blocks.map(cidr => ({ ipBlock: { cidr } }))] }],
        },
      } as KubeObject,
    },
  ];
}
