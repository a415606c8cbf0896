/** Accounts: create, change, disable, delete; passwords; records of log-ins. */
import { users as routes } from '@orrery/platform-contract/features';
import { labels, platformResources, type LoginRecord } from '@orrery/platform-kinds';
import type { Feature } from '../feature.ts';
import { handlersFor, liveFor } from '../feature.ts';
import { listPage } from '../lists/list.ts';
import { identitiesOfUser, unlinkIdentity } from './identities.ts';
import { settleNewcomer } from './newcomer.ts';
import { changePassword } from './password.ts';
import { placesOf } from './places.ts';
import { healUsers } from './reconciler.ts';
import { recordFilters } from './records.ts';
import {
  createUser,
  deleteUser,
  getUser,
  patchUser,
  shown,
  updateProfile,
  updateUser,
  userFilters,
} from './service.ts';
import { endSessionOf, endSessionsOf, sessionsOf } from './sessions.ts';
import { unlockUser } from './unlock.ts';

const manifest = {
  name: 'users',
  summary: 'Accounts and the records of their log-ins',
  routes,
  kinds: ['users.iam.kubesphere.io', 'loginrecords.iam.kubesphere.io'],
  menus: [
    { path: '/users', title: 'menu.users', scope: 'platform', route: 'users.list' },
    { path: '/loginrecords', title: 'menu.loginrecords', scope: 'platform', route: 'users.allLoginRecords' },
  ],
  needs: ['oauth'],
  always: true,
} as const;

export const users: Feature = {
  manifest,
  start(context) {
    const accounts = context.informers.of(platformResources.users);
    const records = context.informers.of<LoginRecord>(platformResources.loginrecords);
    return {
      handlers: handlersFor(routes, {
        list: async ({ query, search }) => {
          await accounts.synced;
          const page = listPage(accounts.list().map(shown), query, search, { filters: userFilters });
          return { items: page.items, totalItems: page.totalItems };
        },
        create: ({ caller, body, request }) =>
          caller.newcomer ? settleNewcomer(context, request, caller, body) : createUser(context, caller, body),
        get: async ({ caller, path }) => shown(await getUser(context, caller, path.user)),
        update: ({ caller, path, body }) => updateUser(context, caller, path.user, body),
        patch: ({ caller, path, body }) => patchUser(context, caller, path.user, body),
        // From the cluster: who changed it a moment ago sees it changed.
        profile: async ({ caller }) => shown(await context.serviceOf(caller).get(platformResources.users, caller.name)),
        updateProfile: ({ caller, body }) => updateProfile(context, caller, body),
        delete: ({ caller, path }) => deleteUser(context, caller, path.user),
        password: call => changePassword(context, call),
        allLoginRecords: async ({ query, search }) => {
          await records.synced;
          return listPage(records.list(), query, search, { filters: recordFilters });
        },
        unlock: ({ caller, path }) => unlockUser(context, caller, path.user),
        places: ({ caller, path, query }) => placesOf(context, caller, path.user, query),
        sessions: ({ caller, path, query }) => sessionsOf(context, caller, path.user, query),
        endSessions: ({ caller, path }) => endSessionsOf(context, caller, path.user),
        endSession: ({ caller, path }) => endSessionOf(context, caller, path.user, path.session),
        identities: ({ caller, path }) => identitiesOfUser(context, caller, path.user),
        unlink: ({ caller, path }) => unlinkIdentity(context, caller, path.user, path.provider),
        loginRecords: async ({ caller, path, query, search }) => {
          await getUser(context, caller, path.user);
          const { items } = await context.serviceOf(caller).list<LoginRecord>(platformResources.loginrecords, {
            labelSelector: `${labels.user}=${path.user}`,
          });
          return listPage(items, query, search, { filters: recordFilters });
        },
      }),
      live: liveFor(routes, {
        list: () => [{ resource: platformResources.users }],
        profile: () => [{ resource: platformResources.users }],
        get: ({ user }) => [{ resource: platformResources.users, name: user }],
        allLoginRecords: () => [{ resource: platformResources.loginrecords }],
        loginRecords: () => [{ resource: platformResources.loginrecords }],
      }),
      controllers: [healUsers(context)],
    };
  },
};
