/** Logging in by somebody who knows the user. Switched off, nobody comes from elsewhere. */
import { header, jsonAnswer, type Request, type Response } from '@orrery/http';
import { StatusError, notFound } from '@orrery/machinery/status';
import { providers as routes } from '@orrery/platform-contract/features';
import type { ProviderConfig } from '../config/providers.ts';
import type { PlatformContext } from '../context.ts';
import { EgressError } from '../egress/egress.ts';
import { RawAnswer, handlersFor, type Feature } from '../feature.ts';
import { attemptOf, recordAttempt, refuseTooMany, subjectOfNobody, subjectOfUser } from '../login/attempts.ts';
import { refused } from '../login/password.ts';
import {
  browserCookies,
  consoleAnswer,
  issueTokens,
  nameOf,
  openLogin,
  timesOf,
  type Identified,
} from '../login/session.ts';
import { configuredProviders, redirectUriOf } from './configured.ts';
import { beginJourney, endJourney, journeyOver } from './journey.ts';
import { providerKinds } from './kinds.ts';
import { changeProvider, createProvider, deleteProvider, providerWithOptions, testProvider } from './manage.ts';
import { NotMapped, accountFor, indexIdentities, likelyAccount, type MappingRefusal } from './mapping.ts';
import { refuseTaken, tieIdentity, tieOf, wrongPassword } from './tie.ts';
import type { Identity, PasswordProvider, Provider } from './types.ts';

const manifest = {
  name: 'providers',
  summary: 'Log-in by directories, OpenID providers, GitHub, GitLab, CAS and other OAuth providers',
  routes,
  kinds: [],
  menus: [
    { path: '/identityproviders', title: 'menu.identityproviders', scope: 'platform', route: 'providers.configured' },
  ],
  needs: ['oauth', 'users'],
} as const;

/** Codes that the log-in page has sentences for. */
type LoginError = MappingRefusal | 'state' | 'provider' | 'refused' | 'taken';

export const providers: Feature = {
  manifest,
  start(context) {
    indexIdentities(context);
    const known = createProviders(context);
    context.external.use(
      async (request, name, username, password) => {
        const { config, provider } = known.of(name);
        if (provider.kind !== 'password') throw refused();
        return logInBy(context, request, config, provider.authenticate, username, password);
      },
      () => context.config.providers().flatMap(listed),
    );
    return {
      handlers: handlersFor(routes, {
        begin: async ({ path, query }) => {
          const { config, provider } = known.of(path.provider);
          if (provider.kind !== 'redirect') throw noProvider(path.provider);
          const begun = await beginJourney(context, config.name, redirectUriOf(context, config), query.referer);
          const location = await provider.begin(begun.journey);
          return new RawAnswer(redirect(location, [begun.cookie]));
        },
        password: async ({ path, request, body: { username, password } }) => {
          const who = await context.external.byPassword(request, path.provider, username, password);
          return new RawAnswer(await consoleAnswer(context, request, who));
        },
        configured: async () => ({ providers: configuredProviders(context) }),
        get: async ({ path }) => providerWithOptions(context, path.provider),
        create: ({ caller, body }) => createProvider(context, caller, body),
        change: ({ caller, path, body }) => changeProvider(context, caller, path.provider, body),
        delete: ({ caller, path }) => deleteProvider(context, caller, path.provider),
        test: ({ path, body }) => testProvider(context, path.provider, body),
        link: async ({ caller, path }) => {
          const { config, provider } = known.of(path.provider);
          if (provider.kind !== 'redirect') throw noProvider(path.provider);
          const tie = await tieOf(context, caller, config);
          const begun = await beginJourney(context, config.name, redirectUriOf(context, config), undefined, tie);
          const url = await provider.begin(begun.journey);
          return new RawAnswer(jsonAnswer(200, { url }, { 'set-cookie': begun.cookie, 'cache-control': 'no-store' }));
        },
        tie: async ({ caller, path, request, body }) => {
          const { config, provider } = known.of(path.provider);
          if (provider.kind !== 'password') throw noProvider(path.provider);
          const tie = await tieOf(context, caller, config);
          const identity = await vouchedFor(context, request, config, provider.authenticate, body);
          if (!identity) throw wrongPassword(config.name);
          await tieIdentity(context, tie, config, identity).catch(refuseTaken(config.name));
          return { message: 'success' };
        },
        callback: async ({ path, request, search }) => {
          const { config, provider } = known.of(path.provider);
          return new RawAnswer(await comeBack(context, request, config, provider, search));
        },
      }),
    };
  },
};

const noProvider = (name: string) => notFound({ group: '', resource: 'identity providers', name });

function listed({ name, displayName, type, mappingMethod, hidden }: ProviderConfig) {
  const kind = providerKinds.get(type)?.kind;
  if (!kind || hidden) return [];
  return [{ name, displayName, type, mappingMethod, kind, url: `/oauth/login/${encodeURIComponent(name)}` }];
}

/** Providers as they are configured now: one that changed is made anew. */
function createProviders({ config, egress, clock, log }: PlatformContext) {
  const made = new WeakMap<ProviderConfig, Provider>();
  return {
    /** @throws StatusError 404 for one that there is not, or that is not well configured. */
    of(name: string): { config: ProviderConfig; provider: Provider } {
      const found = config.providers().find(provider => provider.name === name);
      const kind = found && providerKinds.get(found.type);
      if (!found || !kind) throw noProvider(name);
      try {
        const provider = made.get(found) ?? kind.create(found.options, { egress, clock });
        made.set(found, provider);
        return { config: found, provider };
      } catch (error) {
        log.warn('an identity provider is not well configured', { provider: name, error });
        throw noProvider(name);
      }
    },
  };
}

function redirect(location: string, cookies: readonly string[]): Response {
  const headers = { location, 'set-cookie': cookies, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
  return { status: 302, headers };
}

/** By password, with the limits that ours have. */
async function logInBy(
  context: PlatformContext,
  request: Request,
  config: ProviderConfig,
  authenticate: PasswordProvider['authenticate'],
  username: string,
  password: string,
): Promise<Identified> {
  const identity = await vouchedFor(context, request, config, authenticate, { username, password });
  if (!identity) throw refused();
  return mapped(context, request, config, identity, 'Password');
}

/** Who has this name and password there; failures count. Whom the provider knows is looked for before, so that his attempts are his. */
async function vouchedFor(
  context: PlatformContext,
  request: Request,
  config: ProviderConfig,
  authenticate: PasswordProvider['authenticate'],
  { username, password }: { readonly username: string; readonly password: string },
): Promise<Identity | undefined> {
  const before = await likelyAccount(context, config.name, username);
  const subject = before ? subjectOfUser(before.metadata.name!) : await subjectOfNobody(`${config.name}\n${username}`);
  const attempt = await attemptOf(context, request, subject);
  return context.door.pass(attempt.address, async () => {
    await refuseTooMany(context, subject, attempt);
    const identity = await authenticate(username, password).catch((error: unknown) => {
      context.log.warn('an identity provider could not be asked', { provider: config.name, error: nameOfError(error) });
      throw new StatusError(503, 'ServiceUnavailable', 'the provider cannot be asked now');
    });
    const provider = config.name;
    if (!identity) await recordAttempt(context, request, subject, attempt, { reason: 'wrong password', provider });
    return identity;
  });
}

/** What went wrong by its class and code: texts may repeat what the other side said. */
const nameOfError = (error: unknown): string =>
  error instanceof EgressError
    ? error.why
    : `${(error as Error).name} ${String((error as { code?: unknown }).code ?? '')}`;

/** Rejects with `refused` for whom no account is meant; the log says why. */
async function mapped(
  context: PlatformContext,
  request: Request,
  config: ProviderConfig,
  identity: Identity,
  type: 'Password' | 'OAuth',
): Promise<Identified> {
  try {
    const who = await accountFor(context, config, identity);
    if ('user' in who) {
      const subject = subjectOfUser(nameOf(who));
      const attempt = await attemptOf(context, request, subject);
      await recordAttempt(context, request, subject, attempt, { type, provider: config.name });
    }
    return who;
  } catch (error) {
    if (!(error instanceof NotMapped)) throw error;
    context.log.warn('somebody whom a provider knows is not let in', { provider: config.name, why: error.code });
    if (type === 'OAuth') throw error;
    throw refused();
  }
}

async function comeBack(
  context: PlatformContext,
  request: Request,
  config: ProviderConfig,
  provider: Provider,
  search: URLSearchParams,
): Promise<Response> {
  const wantsJson = (header(request.headers, 'accept') ?? '').includes('application/json');
  const journey = await endJourney(context, request, config.name, search.get('state'));
  const failed = (code: LoginError): Response => {
    if (wantsJson)
      return jsonAnswer(
        401,
        { error: code, error_description: 'the log-in failed' },
        { 'set-cookie': journeyOver(context) },
      );
    const query = new URLSearchParams({ error: code, provider: config.name });
    return redirect(`${journey?.tie ? '/account' : '/login'}?${query}`, [journeyOver(context)]);
  };
  if (!journey || provider.kind !== 'redirect') return failed('state');
  let who: Identified;
  try {
    const identity = await provider.finish(search, journey);
    if (journey.tie) {
      await tieIdentity(context, journey.tie, config, identity);
      const linked = new URLSearchParams({ linked: config.name });
      return redirect(`/account?${linked}`, [journeyOver(context)]);
    }
    who = await mapped(context, request, config, identity, 'OAuth');
  } catch (error) {
    if (error instanceof NotMapped) return failed(error.code);
    if (!(error instanceof StatusError))
      context.log.error('a log-in by a provider failed', { provider: config.name, error });
    return failed(error instanceof StatusError && error.code === 409 ? 'name_taken' : 'provider');
  }
  if (wantsJson) return tokenAnswer(context, who);
  const cookies = await browserCookies(context, request, who);
  return redirect('user' in who ? journey.to : confirmPath(journey.to), [...cookies, journeyOver(context)]);
}

/** Where somebody without an account chooses a name, and then goes on. */
const confirmPath = (to: string): string =>
  to === '/' ? '/login/confirm' : `/login/confirm?${new URLSearchParams({ next: to })}`;

/** For KubeSphere's own console, which asks here itself. */
async function tokenAnswer(context: PlatformContext, who: Identified): Promise<Response> {
  const client = 'kubesphere';
  const session = await openLogin(context, who, client);
  const tokens = await issueTokens(context, { user: nameOf(who), client, session, serial: 1 }, timesOf(context, {}));
  return jsonAnswer(200, tokens, { 'cache-control': 'no-store', 'set-cookie': journeyOver(context) });
}
