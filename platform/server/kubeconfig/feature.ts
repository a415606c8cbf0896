/** Kubeconfigs: the cluster's API by way of the platform, as the user himself. */
import { textAnswer } from '@orrery/http';
import { StatusError, notFound } from '@orrery/machinery/status';
import { kubeconfig as routes } from '@orrery/platform-contract/features';
import { groups, systemNamespace } from '@orrery/platform-kinds';
import { hostCluster } from '../chain/target.ts';
import { countAt, textAt } from '../config/document.ts';
import { visibleClusters } from '../clusters/visible.ts';
import type { PlatformContext } from '../context.ts';
import { RawAnswer, handlersFor, type Feature } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { kubeconfigClient, openCredential } from '../identity/credential.ts';
import type { OpenSession } from '../identity/sessions.ts';
import { whence } from '../login/session.ts';
import { globalRoleOf, refuseGreater } from '../users/service.ts';
import { isLoopback, kubeconfigOf } from './document.ts';

const manifest = {
  name: 'kubeconfig',
  summary: 'Kubeconfigs of users',
  routes,
  kinds: [],
  menus: [],
  needs: ['users'],
} as const;

const daySeconds = 24 * 3600;
/** So many of one user's are good at a time; the oldest makes room. */
const keptMax = 20;

export const kubeconfig: Feature = {
  manifest,
  start(context) {
    const { sessions, settings, config, random } = context;
    const longestSeconds = () => (countAt(config.section('kubeconfig'), 'expirationDays') ?? 30) * daySeconds;
    return {
      handlers: handlersFor(routes, {
        get: async ({ caller, path, query, request }) => {
          refuseOthers(caller, path.user);
          const server = query.for === 'pods' ? podServerOf(context) : settings.issuer;
          await makeRoom(context, caller);
          const seconds = Math.min(query.expirationSeconds ?? longestSeconds(), longestSeconds());
          const token = await openCredential({ sessions, random }, caller.name, {
            lifeMs: seconds * 1000,
            from: whence(context, request),
          });
          const { certificateAuthority } = settings;
          const text = kubeconfigOf({
            user: caller.name,
            token,
            clusters: await clustersOf(context, caller),
            server,
            ...(certificateAuthority && { certificateAuthority }),
          });
          return new RawAnswer(
            textAnswer(200, text, {
              'cache-control': 'no-store',
              'content-disposition': `attachment; filename="kubeconfig-${caller.name}.yaml"`,
            }),
          );
        },
        revoke: async ({ caller, path }) => {
          const user = await context.users.find(path.user, context.serviceOf(caller));
          if (!user) throw notFound({ group: groups.iam, resource: 'users', name: path.user });
          if (path.user !== caller.name) await refuseGreater(context, caller, path.user, globalRoleOf(user));
          await end(context, caller, path.user, 0);
          return { message: 'success' };
        },
      }),
    };
  },
};

/** The host first, if he sees it: it is the current context. */
async function clustersOf(context: PlatformContext, caller: Caller): Promise<string[]> {
  if (!context.features.some(({ name }) => name === 'clusters')) return [hostCluster];
  const names = (await visibleClusters(context, caller)).map(({ metadata }) => metadata.name!);
  const members = names.filter(name => name !== hostCluster && context.members.find(name)).toSorted();
  return [hostCluster, ...members];
}

/** Where pods reach the platform: as configured, as it was started, or where people do. */
function podServerOf({ config, settings }: PlatformContext): string {
  const known = textAt(config.section('kubeconfig'), 'podServer') ?? settings.podServer;
  if (known !== undefined) return known;
  if (!isLoopback(settings.issuer)) return settings.issuer;
  throw new StatusError(
    409,
    'Conflict',
    `no address is known at which pods reach the platform: set kubeconfig.podServer in the ConfigMap kubesphere-config of ${systemNamespace}`,
  );
}

/** Nobody gets the rights of others, and a program that somebody let in gets no more than he let it have. */
function refuseOthers(caller: Caller, user: string): void {
  if (user !== caller.name)
    throw new StatusError(403, 'Forbidden', 'a kubeconfig is for oneself: nobody gets the rights of others');
  if (caller.scope !== undefined)
    throw new StatusError(403, 'Forbidden', 'only somebody who logged in himself gets a kubeconfig');
}

const makeRoom = (context: PlatformContext, caller: Caller) => end(context, caller, caller.name, keptMax - 1);

/** Not when its Secret was made, which is told in whole seconds. */
const sinceMs = ({ session, openedAtMs }: OpenSession): number => session.provedAtMs ?? openedAtMs;

/** Ends those of a user but the newest `kept`. */
async function end({ sessions, serviceOf }: PlatformContext, caller: Caller, user: string, kept: number) {
  const service = serviceOf(caller);
  const own = (await sessions.of(user, service))
    .filter(({ session }) => session.client === kubeconfigClient)
    .toSorted((left, right) => sinceMs(right) - sinceMs(left));
  await Promise.all(own.slice(kept).map(({ id }) => sessions.end(id, service)));
}
