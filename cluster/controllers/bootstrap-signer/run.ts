/** The bootstrap signer: keeps `kube-public/cluster-info`, once somebody made it, signed with every bootstrap token that may. */
import { resources } from '@orrery/client/resources';
import type { ConfigMap, Secret } from '@orrery/kinds/types';
import { orUndefined } from '@orrery/machinery/status';
import { periodically, runController, watchOf } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import { signed, signingToken } from './sign.ts';

const name = 'bootstrap-signer-controller';
const key = 'kube-public/cluster-info';
/** Tokens end without an event. */
const lookAgainMs = 60_000;

export const bootstrapSigner: Controller = {
  name,
  serviceAccount: 'bootstrap-signer',
  start(ctx) {
    const maps = ctx.informers.of<ConfigMap>(resources.configmaps, {
      ...{ namespace: 'kube-public', fieldSelector: 'metadata.name=cluster-info' },
    });
    const secrets = ctx.informers.of<Secret>(resources.secrets, {
      ...{ namespace: 'kube-system', fieldSelector: 'type=bootstrap.kubernetes.io/token' },
    });
    const reconcile = async (): Promise<void> => {
      const map = maps.get(key);
      if (!map) return;
      const tokens = secrets.list().flatMap(secret => signingToken(secret, ctx.clock.now()) ?? []);
      const wanted = signed(map, tokens);
      if (wanted) await orUndefined(ctx.client.update(resources.configmaps, wanted));
    };
    const woken = () => [key];
    const sources = [watchOf(maps, woken), watchOf(secrets, woken), periodically(ctx.clock, lookAgainMs, key)];
    return runController({ name, sources, reconcile: retryingConflicts(reconcile) }, ctx);
  },
};
