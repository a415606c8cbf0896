/** Small nodes and pods for tests. */
import type { Node, Pod, PodSpec } from '@orrery/kinds/types';
import { nodeInfo, type NodeInfo } from '../node-info.ts';
import type { Snapshot } from '../framework.ts';

export const node = (
  name: string,
  change: { labels?: Record<string, string>; spec?: Node['spec']; allocatable?: Record<string, string> } = {},
): Node => ({
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...change.labels } },
  spec: change.spec ?? {},
  status: { allocatable: { cpu: '2', memory: '4Gi', pods: '110', ...change.allocatable } },
});

export const pod = (name: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}): Pod => ({
  metadata: { name, namespace: 'default', uid: `uid-${name}`, labels },
  spec: { schedulerName: 'default-scheduler', containers: [{ name: 'c', image: 'nginx' }], ...spec },
});

export const asking = (cpu: string, memory = '0'): Partial<PodSpec> => ({
  containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu, memory } } }],
});

export const at = (info: Node, ...pods: Pod[]): NodeInfo => nodeInfo(info, pods);

export const snapshot = (...nodes: NodeInfo[]): Snapshot => ({
  nodes,
  namespaceLabels: () => ({}),
  groupOf: () => undefined,
});
