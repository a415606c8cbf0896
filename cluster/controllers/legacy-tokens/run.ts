/** The cleaner of service account tokens that nobody uses: invalid after a year, gone after another. */
import { resources } from '@orrery/client/resources';
import type { ConfigMap, Pod, Secret, ServiceAccount } from '@orrery/kinds/types';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { allSynced, periodically, runController } from '@orrery/reconciler';
import type { Controller } from '../types.ts';
import { dayOf, invalidSinceLabel, planLegacyTokens, tokenType } from './plan.ts';

const name = 'legacy-serviceaccount-token-cleaner-controller';
const trackingMap = 'kube-apiserver-legacy-service-account-token-tracking';
const dayMs = 24 * 3600_000;

/** Whoever changed or deleted it meanwhile is looked at again tomorrow. */
const ignoreChanged = (error: unknown): void => {
  if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
};

export const legacyTokenCleaner: Controller = {
  name,
  serviceAccount: 'legacy-service-account-token-cleaner',
  start(ctx, { legacyTokenUnusedMs: unusedMs = 365 * dayMs }) {
    const secrets = ctx.informers.of<Secret>(resources.secrets, { fieldSelector: `type=${tokenType}` });
    const accounts = ctx.informers.of<ServiceAccount>(resources.serviceaccounts);
    const pods = ctx.informers.of<Pod>(resources.pods);
    const reconcile = async (): Promise<void> => {
      const tracking = await orUndefined(
        ctx.client.get<ConfigMap>(resources.configmaps, trackingMap, { namespace: 'kube-system' }),
      );
      const nowMs = ctx.clock.now();
      const { invalidate, remove } = planLegacyTokens({
        ...{ secrets: secrets.list(), pods: pods.list(), nowMs, unusedMs },
        account: (namespace, account) => accounts.get(`${namespace}/${account}`),
        trackedSince: tracking?.data?.['since'],
      });
      for (const { metadata } of invalidate) {
        const labels = { [invalidSinceLabel]: dayOf(nowMs) };
        const { namespace, uid } = metadata;
        await ctx.client
          .patch(resources.secrets, metadata.name!, 'merge', { metadata: { uid, labels } }, { namespace })
          .catch(ignoreChanged);
      }
      for (const { metadata } of remove) {
        const { namespace, resourceVersion } = metadata;
        await ctx.client
          .delete(resources.secrets, metadata.name!, { namespace, preconditions: { resourceVersion } })
          .catch(ignoreChanged);
      }
    };
    const synced = allSynced(secrets, accounts, pods);
    const sources = [periodically(ctx.clock, dayMs), { start: () => () => {}, synced }];
    return runController({ name, sources, reconcile }, ctx);
  },
};
