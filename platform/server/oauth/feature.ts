/** Logging in and out. It needs the cluster's API and nothing else: no cache, no other feature. */
import { jsonAnswer } from '@orrery/http';
import { oauth as routes } from '@orrery/platform-contract/features';
import { periodically } from '@orrery/reconciler';
import { resources } from '@orrery/client/resources';
import { systemNamespace } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { RawAnswer, handlersFor, type Call, type Feature } from '../feature.ts';
import { consoleCookie, noCookie } from '../identity/cookie.ts';
import { recordIn, takeSecret, type Secret } from '../identity/secrets.ts';
import { mustChangePassword } from '../identity/users.ts';
import { authorizeRoute } from './authorize.ts';
import { codeLabel, type Code } from './codes.ts';
import { tokenRoute } from './grants.ts';
import { logIn } from './login.ts';

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
export const consoleClient = 'console';

export const oauth: Feature = {
  manifest,
  start: context => ({
    handlers: handlersFor(routes, {
      token: ({ request, body }) => tokenRoute(context, request, body),
      authorize: async ({ caller, query }) => new RawAnswer(await authorizeRoute(context, caller, query)),
      userinfo: async ({ caller }) => {
        const user = await context.users.find(caller.name);
        return {
          sub: caller.name,
          name: user?.spec.displayName || caller.name,
          preferred_username: caller.name,
          ...(user?.spec.email && { email: user.spec.email }),
          ...(user?.spec.lang && { locale: user.spec.lang }),
          groups: [...caller.groups],
          ...(caller.mustChangePassword && { extra: { uninitialized: ['true'] } }),
        };
      },
      keys: async () => ({ keys: [...context.keys.published.keys] }),
      discovery: async () => discovery(context),
      logout: call => logOut(context, call, 'all'),
      consoleLogin: call => consoleLogin(context, call),
      consoleLogout: call => logOut(context, call, 'this'),
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

const discovery = ({ settings: { issuer } }: PlatformContext): Record<string, unknown> => ({
  issuer,
  authorization_endpoint: `${issuer}/oauth/authorize`,
  token_endpoint: `${issuer}/oauth/token`,
  userinfo_endpoint: `${issuer}/oauth/userinfo`,
  jwks_uri: `${issuer}/oauth/keys`,
  end_session_endpoint: `${issuer}/oauth/logout`,
  response_types_supported: ['code'],
  grant_types_supported: ['password', 'refresh_token', 'authorization_code'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
});

async function consoleLogin(
  context: PlatformContext,
  { request, body }: Call<typeof routes.consoleLogin>,
): Promise<RawAnswer> {
  const user = await logIn(context, request, body.username, body.password);
  const { settings, sessions, tokens } = context;
  const name = user.metadata.name!;
  // Always a new session: one that was planted before the log-in is worth nothing after it.
  const session = await sessions.open(name, consoleClient);
  const claims = { user: name, session, client: consoleClient };
  const token = await tokens.issue('access_token', claims, settings.accessTokenSeconds);
  const answer = {
    username: name,
    expires_in: settings.accessTokenSeconds,
    ...(mustChangePassword(user) && { mustChangePassword: true }),
  };
  return new RawAnswer(
    jsonAnswer(200, answer, { 'set-cookie': consoleCookie(token, settings), 'cache-control': 'no-store' }),
  );
}

async function logOut(
  context: PlatformContext,
  { caller }: Pick<Call<typeof routes.logout>, 'caller'>,
  which: 'all' | 'this',
): Promise<RawAnswer> {
  const by = context.serviceOf(caller);
  await (which === 'all' ? context.sessions.endAll(caller.name, by) : context.sessions.end(caller.session, by));
  return new RawAnswer(jsonAnswer(200, { message: 'success' }, { 'set-cookie': noCookie(context.settings) }));
}

/** Takes away sessions and codes that are over. */
async function sweep({ sessions, client, clock }: PlatformContext): Promise<void> {
  await sessions.sweep();
  const codes = await client.list<Secret>(resources.secrets, {
    namespace: systemNamespace,
    labelSelector: `${codeLabel}=true`,
  });
  const over = codes.items.filter(secret => (recordIn<Code>(secret)?.expiresAtMs ?? 0) <= clock.now());
  await Promise.all(over.map(secret => takeSecret(client, secret)));
}
