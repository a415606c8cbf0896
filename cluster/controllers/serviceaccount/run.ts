/** The service account controller: every active namespace has a `default` ServiceAccount. */
import { resources } from '@orrery/client/resources';
import type { Namespace } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { runController, watchOf, type Informer } from '@orrery/reconciler';
import { isNamespaceTerminating } from '../common/ownership.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';

const accountName = 'default';

export const serviceAccountController: Controller = {
  name: 'serviceaccount-controller',
  serviceAccount: 'service-account-controller',
  start(ctx) {
    const namespaces = ctx.informers.of<Namespace>(resources.namespaces);
    const accounts = ctx.informers.of(resources.serviceaccounts);
    const sources = [
      watchOf(namespaces),
      watchOf(accounts, ({ before, after }) => (after ? [] : [before!.metadata.namespace!])),
    ];
    const reconcile = async (key: string) => {
      if (!lacks(namespaces, accounts, key, accountName)) return;
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: accountName, namespace: key } };
      await ctx.client.create(resources.serviceaccounts, account).catch(ignoreSettled);
    };
    return runController(
      { name: 'serviceaccount-controller', concurrency: 5, sources, reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};

/** True when the namespace is active and the object of that name is not in it. */
export function lacks(
  namespaces: Informer<Namespace>,
  objects: Informer<KubeObject>,
  namespace: string,
  name: string,
): boolean {
  const found = namespaces.get(namespace);
  if (!found || found.metadata.deletionTimestamp || found.status?.phase === 'Terminating') return false;
  return objects.get(`${namespace}/${name}`) === undefined;
}

/** Somebody else made it, or the namespace is going: both are fine. */
export function ignoreSettled(error: unknown): void {
  const settled = isReason(error, 'AlreadyExists') || isReason(error, 'NotFound') || isNamespaceTerminating(error);
  if (!settled) throw error;
}
