/** Logging in and out, and letting programs in. It needs the cluster's API and nothing else: no cache, no other feature. */
import { jsonAnswer } from '@orrery/http';
import { resources } from '@orrery/client/resources';
import { badRequest } from '@orrery/machinery/status';
import { oauth as routes } from '@orrery/platform-contract/features';
import { systemNamespace } from '@orrery/platform-kinds';
import { periodically } from '@orrery/reconciler';
import type { PlatformContext } from '../context.ts';
import { RawAnswer, handlersFor, type Feature } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { noCookie } from '../identity/cookie.ts';
import { recordIn, takeSecret, type Secret } from '../identity/secrets.ts';
import { sweepStrangers } from '../login/attempts.ts';
import { logIn } from '../login/password.ts';
import { consoleAnswer, issueTokens, openLogin, timesOf, whence } from '../login/session.ts';
import { authorizeRoute, partiesOf } from './authorize.ts';
import { profileOf } from './claims.ts';
import { clientFor } from './client.ts';
import { codeLabel } from './codes.ts';
import { beginDevice, decideDevice, deviceConsent } from './device.ts';
import { discovery } from './discovery.ts';
import { answered } from './errors.ts';
import { granted } from './grants.ts';
import { introspect, review, revoke } from './inspect.ts';
import { endAllOf, logOutRoute } from './logout.ts';
import { scopesIn } from './scopes.ts';

const manifest = {
  name: 'oauth',
  summary: 'Log-in by password, tokens and codes for programs',
  routes,
  kinds: [],
  menus: [],
  needs: ['users'],
  always: true,
} as const;

const sweepMs = 60_000;
/** Whose tokens KubeSphere's older log-in gives out. */
const legacyClient = 'kubesphere';

export const oauth: Feature = {
  manifest,
  start: context => ({
    handlers: handlersFor(routes, {
      token: ({ request, body }) => raw(answered(() => granted(context, request, body))),
      authorize: ({ request, caller, query, search }) => {
        refuseTwice(search);
        return raw(authorizeRoute(context, request, caller, query));
      },
      authorizePost: ({ request, caller, body: { consent, ...asked } }) =>
        raw(authorizeRoute(context, request, caller, asked, consent)),
      consent: async ({ caller, query }) => ({
        client: partiesOf(context, query).client.name,
        scopes: scopesIn(query.scope),
        username: caller.name,
      }),
      device: ({ request, body }) =>
        raw(answered(async () => beginDevice(context, clientFor(context, request, body), body.scope))),
      deviceConsent: ({ caller, query }) => deviceConsent(context, personal(caller), query.user_code),
      deviceDecide: ({ caller, body }) => decideDevice(context, personal(caller), body.user_code, body.approve),
      revoke: ({ request, body }) => raw(answered(() => revoke(context, request, body))),
      introspect: ({ request, body }) => raw(answered(() => introspect(context, request, body))),
      authenticate: ({ body }) => review(context, body),
      userinfo: ({ caller }) => userInfoOf(context, caller),
      userinfoPost: ({ caller }) => userInfoOf(context, caller),
      keys: async () => ({ keys: [...context.keys.published().keys] }),
      discovery: async () => discovery(context),
      logout: ({ caller, query }) => raw(logOutRoute(context, caller, query)),
      logoutPost: ({ caller, body }) => raw(logOutRoute(context, caller, body)),
      consoleLogin: async ({ request, body: { username, password, provider } }) => {
        const who =
          provider === undefined
            ? { user: await logIn(context, request, username, password) }
            : await context.external.byPassword(request, provider, username, password);
        return new RawAnswer(await consoleAnswer(context, request, who));
      },
      consoleLogout: async ({ caller }) => {
        if (caller.newcomer) await endAllOf(context, caller);
        else await context.sessions.end(caller.session, context.serviceOf(caller));
        return new RawAnswer(jsonAnswer(200, { message: 'success' }, { 'set-cookie': noCookie(context.settings) }));
      },
      legacyLogin: async ({ request, body }) => {
        const user = await logIn(context, request, body.username, body.password);
        const session = await openLogin(context, { user }, legacyClient, { from: whence(context, request) });
        const claims = { user: user.metadata.name!, client: legacyClient, session, serial: 1 };
        return issueTokens(context, claims, timesOf(context, {}));
      },
    }),
    controllers: [
      {
        name: 'sessions',
        sources: [periodically(context.clock, sweepMs)],
        reconcile: () => sweep(context),
      },
    ],
  }),
};

const raw = async (answer: ReturnType<typeof answered>): Promise<RawAnswer> => new RawAnswer(await answer);

/** @throws StatusError 400. */
function refuseTwice(search: URLSearchParams): void {
  const names = [...search.keys()];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw badRequest(`query.${twice} is given twice`);
}

/** Programs let no other programs in. @throws StatusError 400. */
function personal(caller: Caller): Caller {
  if (caller.scope !== undefined) throw badRequest('only somebody who logged in himself lets programs in');
  return caller;
}

/** Everything for somebody who logged in himself; for a program what it was granted. */
async function userInfoOf({ users }: PlatformContext, caller: Caller) {
  const { newcomer, name, scope, mustChangePassword } = caller;
  if (newcomer) {
    const { provider, uid, username, email } = newcomer;
    const extra = { idp: [provider], uid: [uid], username: [username], ...(email !== undefined && { email: [email] }) };
    return { sub: name, name, preferred_username: name, groups: [], extra };
  }
  const user = await users.find(name);
  const scopes = scope ? scopesIn(scope) : ['profile', 'email', 'groups'];
  return {
    sub: name,
    name,
    preferred_username: name,
    ...(user && profileOf(user, scopes)),
    ...(mustChangePassword && { extra: { uninitialized: ['true'] } }),
  };
}

/** Takes away sessions and codes that are over. */
async function sweep(context: PlatformContext): Promise<void> {
  const { sessions, client, clock } = context;
  await sessions.sweep();
  const codes = await client.list<Secret>(resources.secrets, {
    namespace: systemNamespace,
    labelSelector: `${codeLabel}=true`,
  });
  const isOver = (secret: Secret) => (recordIn<{ expiresAtMs: number }>(secret)?.expiresAtMs ?? 0) <= clock.now();
  await Promise.all(codes.items.filter(isOver).map(secret => takeSecret(client, secret)));
  await sweepStrangers(context);
}
