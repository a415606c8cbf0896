import { normalizeByMax, type Plugin } from '../framework.ts';
import { untolerated } from '@orrery/kinds/placement';

/** Nodes whose NoSchedule and NoExecute taints the pod does not tolerate are out; PreferNoSchedule ones count against a node. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  wakes: ['node'],
  weight: 3,
  filter:
    pod =>
    ({ node }) => {
      const hard = untolerated(node.spec?.taints, pod.spec.tolerations).find(
        taint => taint.effect !== 'PreferNoSchedule',
      );
      if (!hard) return undefined;
      return { reasons: [`node(s) had untolerated taint {${hard.key}: ${hard.value ?? ''}}`], unresolvable: true };
    },
  score: (pod, _snapshot, nodes) =>
    nodes.map(
      ({ node }) =>
        untolerated(node.spec?.taints, pod.spec.tolerations).filter(taint => taint.effect === 'PreferNoSchedule')
          .length,
    ),
  normalize: scores => normalizeByMax(scores, true),
};
