/** The TTL controller: tells kubelets, by the size of the cluster, for how long they may keep Secrets and ConfigMaps. */
import { resources } from '@orrery/client/resources';
import type { Node } from '@orrery/kinds/types';
import { orUndefined } from '@orrery/machinery/status';
import { runController, watchOf } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import { listen } from '../common/listen.ts';
import type { Controller } from '../types.ts';

export const ttlKey = 'node.alpha.kubernetes.io/ttl';

/** Sizes overlap, so that one node more or less does not rewrite all. */
const steps: readonly { readonly least: number; readonly most: number; readonly seconds: number }[] = [
  { least: 0, most: 100, seconds: 0 },
  { least: 90, most: 500, seconds: 15 },
  { least: 450, most: 1000, seconds: 30 },
  { least: 900, most: 2000, seconds: 60 },
  { least: 1800, most: Infinity, seconds: 300 },
];

/** The step for so many nodes, coming from the step before. */
export function stepFor(nodes: number, before: number): number {
  let step = before;
  while (nodes > steps[step]!.most) step++;
  while (nodes < steps[step]!.least) step--;
  return step;
}

export const nodeTtlController: Controller = {
  name: 'ttl-controller',
  serviceAccount: 'ttl-controller',
  start(ctx) {
    const nodes = ctx.informers.of<Node>(resources.nodes);
    let step = 0;
    listen(ctx, nodes, ({ before, after }) => {
      if (!before || !after) step = stepFor(nodes.list().length, step);
    });
    const reconcile = async (key: string) => {
      const value = String(steps[step]!.seconds);
      const node = nodes.get(key);
      if (!node || node.metadata.annotations?.[ttlKey] === value) return;
      const patch = { metadata: { annotations: { [ttlKey]: value } } };
      await orUndefined(ctx.client.patch(resources.nodes, key, 'strategic', patch));
    };
    return runController(
      { name: 'ttl-controller', sources: [watchOf(nodes)], reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};
