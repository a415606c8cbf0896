/** Two small plug-ins about taints: pods bear an unreachable node for five minutes, new nodes start out not ready. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { AdmissionPlugin } from '../types.ts';

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

interface TolerantPod extends KubeObject {
  spec: { tolerations?: Toleration[] };
}

interface TaintedNode extends KubeObject {
  spec?: { taints?: { key: string; effect: string; value?: string }[] };
}

const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';

/** `seconds` is how long pods stay that say nothing themselves; 300 as upstream. */
export const defaultTolerationSeconds = (seconds = 300): AdmissionPlugin => ({
  name: 'DefaultTolerationSeconds',
  handles: (operation, { group, resource }, subresource) =>
    (operation === 'CREATE' || operation === 'UPDATE') && group === '' && resource === 'pods' && subresource === '',
  admit({ object }) {
    const { spec } = object as TolerantPod;
    const given = spec.tolerations ?? [];
    const missing = [notReady, unreachable].filter(
      key =>
        !given.some(
          ({ key: own = '', effect = '' }) => (own === key || own === '') && (effect === 'NoExecute' || effect === ''),
        ),
    );
    if (missing.length === 0) return;
    const added = missing.map(key => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds }));
    spec.tolerations = [...given, ...added];
  },
});

/** So that nothing is scheduled to a node before its kubelet said that it is ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  handles: (operation, { group, resource }, subresource) =>
    operation === 'CREATE' && group === '' && resource === 'nodes' && subresource === '',
  admit({ object }) {
    const node = object as TaintedNode;
    node.spec ??= {};
    const taints = node.spec.taints ?? [];
    if (taints.some(({ key, effect }) => key === notReady && effect === 'NoSchedule')) return;
    node.spec.taints = [...taints, { key: notReady, effect: 'NoSchedule' }];
  },
};
