import type { Plugin } from '../framework.ts';

const reason = "node(s) didn't match the requested node name";

/** A pod that names its node fits no other. */
export const nodeName: Plugin = {
  name: 'NodeName',
  wakes: ['node'],
  filter: pod =>
    pod.spec.nodeName
      ? ({ name }) => (name === pod.spec.nodeName ? undefined : { reasons: [reason], unresolvable: true })
      : undefined,
};
