/** Quotas of workspaces, over all their projects. */
import { quotas as routes } from '@orrery/platform-contract/features';
import { platformResources } from '@orrery/platform-kinds';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import { listPage } from '../lists/list.ts';
import { quotaWebhook } from './admission.ts';
import { createLedger } from './ledger.ts';
import { healQuotas } from './reconciler.ts';
import { createQuota, deleteQuota, getQuota, quotasOf, updateQuota } from './service.ts';

const manifest = {
  name: 'quotas',
  summary: 'What the projects of a workspace may use together',
  routes,
  kinds: ['resourcequotas.quota.kubesphere.io'],
  menus: [{ path: '/workspaces/{workspace}/quotas', title: 'menu.quotas', scope: 'workspace', route: 'quotas.list' }],
  needs: ['tenancy'],
} as const;

export const quotas: Feature = {
  manifest,
  start(context) {
    const ledger = createLedger(context);
    const { admission } = context;
    const path = `${admission?.path ?? ''}/workspace-quotas`;
    return {
      handlers: handlersFor(routes, {
        list: async ({ caller, path, query, search }) =>
          listPage(await quotasOf(context.serviceOf(caller), path.workspace), query, search),
        create: ({ caller, path, body }) => createQuota(context, caller, path.workspace, body),
        get: ({ caller, path }) => getQuota(context.serviceOf(caller), path.workspace, path.resourcequota),
        update: ({ caller, path, body }) => updateQuota(context, caller, path, body),
        delete: ({ caller, path }) => deleteQuota(context, caller, path.workspace, path.resourcequota),
      }),
      live: liveFor(routes, {
        list: () => [{ resource: platformResources.workspaceQuotas }],
        get: ({ resourcequota }) => [{ resource: platformResources.workspaceQuotas, name: resourcequota }],
      }),
      controllers: [healQuotas(context, ledger, admission, path)],
      webhooks: [quotaWebhook(context, ledger, path)],
    };
  },
};
