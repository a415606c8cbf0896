import type { Plugin } from '../framework.ts';
import { tolerates } from '@orrery/kinds/placement';

const reason = 'node(s) were unschedulable';
const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

/** Cordoned nodes take only pods that tolerate it. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  wakes: ['node'],
  filter: pod =>
    (pod.spec.tolerations ?? []).some(toleration => tolerates(toleration, taint))
      ? undefined
      : ({ node }) => (node.spec?.unschedulable ? { reasons: [reason], unresolvable: true } : undefined),
};
