/** Programs that log users in through the platform, by form. Switched off they are written into Secrets by hand. */
import { oauthclients as routes } from '@orrery/platform-contract/features';
import { handlersFor, type Feature } from '../feature.ts';
import { changeClient, createClient, deleteClient, shownClients } from './service.ts';

const manifest = {
  name: 'oauthclients',
  summary: 'Programs that log users in through the platform',
  routes,
  kinds: [],
  menus: [{ path: '/oauthclients', title: 'menu.oauthclients', scope: 'platform', route: 'oauthclients.list' }],
  needs: ['oauth'],
} as const;

export const oauthclients: Feature = {
  manifest,
  start: context => ({
    handlers: handlersFor(routes, {
      list: async () => ({ clients: shownClients(context) }),
      create: ({ caller, body }) => createClient(context, caller, body),
      change: ({ caller, path, body }) => changeClient(context, caller, path.oauthclient, body),
      delete: ({ caller, path }) => deleteClient(context, caller, path.oauthclient),
    }),
  }),
};
