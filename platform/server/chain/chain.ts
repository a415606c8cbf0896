/** What every request passes: id, grammar, authentication, the first password, authorization, then its route or the cluster. */
import { errorAnswer, jsonAnswer, statusAnswer, type Handler, type Request, type Response } from '@orrery/http';
import { StatusError, internalError, unauthorized } from '@orrery/machinery/status';
import type { AnyRoute, Match, Method, Router } from '@orrery/platform-contract';
import type { Pages } from '../console/pages.ts';
import type { PlatformContext } from '../context.ts';
import { RawAnswer } from '../feature.ts';
import { authenticate, type Authenticated } from '../identity/authenticate.ts';
import type { Outcome } from '../happenings.ts';
import { nobody, type Caller } from '../identity/caller.ts';
import { consoleCookie } from '../identity/cookie.ts';
import type { Gate, Gated } from './gate.ts';
import { forwardNative } from './native.ts';
import { asksToken, longestSeconds, shortened, withWarning } from './service-tokens.ts';
import { answerOf, refuseKubeconfig } from './served.ts';
import { hostCluster, parseTarget, type Target } from './target.ts';

export interface ChainOptions {
  readonly context: PlatformContext;
  readonly router: Router;
  /** Asked in turn for what no route answers. */
  readonly pages?: readonly Pages[];
  /** Asked in turn for what no route answers, unless it is somebody else's below a path that any group may have. */
  readonly gates?: readonly Gate[];
  /** When the caches have read what there is. Pages, and what is for everybody, log-ins above all, look into none that may be empty; all else waits for it. */
  readonly ready?: Promise<void>;
}

export function createChain(options: ChainOptions): Handler {
  const { random, log } = options.context;
  return async request => {
    const id = random.uuid();
    const seen: Seen = { id, caller: nobody };
    let end: ((outcome: Outcome) => void) | undefined;
    let response: Response;
    try {
      end = options.context.happenings.begin(id, request);
      response = await serve(request, options, seen);
    } catch (error) {
      response = failed(error, id);
    }
    // A broken invariant of ours is told by its id; what it was stays in the log.
    if (response.status === 500) log.error('a request failed', { id, path: request.target.split('?')[0] });
    end?.({ caller: seen.caller, ...(seen.match && { match: seen.match }), response });
    return { ...response, headers: { ...response.headers, 'x-request-id': id } };
    function failed(error: unknown, id: string): Response {
      if (error instanceof StatusError) return errorAnswer(error);
      log.error('a request failed', { id, error });
      return statusAnswer(internalError(`see the log for request ${id}`).toStatus());
    }
  };
}

/** What was found out on the way, also when it ended early. */
interface Seen {
  readonly id: string;
  caller: Caller;
  match?: Match;
}

async function serve(request: Request, options: ChainOptions, seen: Seen): Promise<Response> {
  const { context, router } = options;
  const target = parseTarget(request.target);
  const found = target.kind === 'own' ? router.match(request.method, target.segments) : undefined;
  const page = target.kind === 'own' && !isRoute(found) ? pageFor(request, target, options) : undefined;
  if (page) return page;
  const gated = target.kind === 'own' ? gateFor(request, target, found, options) : undefined;
  const match = target.kind === 'own' && !gated ? matched(found, request.method) : undefined;
  if (match) seen.match = match;
  if (match?.route.permission.kind !== 'public') await options.ready;
  const known = await identify(request, match, context, seen);
  const { caller } = known;
  // Who does not see a cluster cannot tell whether it is there.
  const place =
    target.cluster === hostCluster ? context : (await context.members.seenBy(caller, target.cluster)).context;
  const work: Handler = match
    ? live => own(live, target, match, caller, place)
    : gated
      ? live => throughGate(gated, caller, live, seen.id)
      : live => native(place, caller, live, target.target, seen.id);
  const response =
    caller.session === ''
      ? await work(request)
      : await context.live.run(caller.session, request, work, { rechecks: match?.route.rechecks });
  return withFreshCookie(response, known, context);
}

async function native(
  { transport, config }: PlatformContext,
  caller: Caller,
  request: Request,
  target: string,
  id: string,
): Promise<Response> {
  if (!asksToken(request.method, target)) return forwardNative(transport, caller, request, target, id);
  const longest = longestSeconds(config.section('kubeconfig'));
  const { request: short, isShorter } = shortened(request, longest);
  const response = await forwardNative(transport, caller, short, target, id);
  return isShorter ? withWarning(response, longest) : response;
}

type Found = Match | { readonly allowed: readonly Method[] } | undefined;
const isRoute = (found: Found): found is Match<AnyRoute> => found !== undefined && 'route' in found;

/** Pages are for everybody and for every cluster: what they show is asked for by routes. */
function pageFor(
  request: Request,
  { segments }: Target,
  { pages = [] }: ChainOptions,
): Response | Promise<Response> | undefined {
  const path = `/${segments.join('/')}`;
  for (const page of pages) {
    const answer = page(request, path);
    if (answer) return answer;
  }
  return undefined;
}

/** Our own routes win, path by path. */
function gateFor(request: Request, target: Target, found: Found, { gates = [] }: ChainOptions): Gated | undefined {
  if (isRoute(found) && !found.route.fallback) return undefined;
  for (const gate of gates) {
    const gated = gate(request, target);
    if (gated) return gated;
  }
  return undefined;
}

async function throughGate(gated: Gated, caller: Caller, request: Request, id: string): Promise<Response> {
  refuseKubeconfig(caller);
  return gated(caller, request, id);
}

/** @throws StatusError 404 or 405. */
function matched(found: Found, method: string): Match {
  if (!found) throw new StatusError(404, 'NotFound', 'the platform has nothing at this path');
  if (isRoute(found)) return found;
  throw new StatusError(405, 'MethodNotAllowed', `${method} is not served here: use ${found.allowed.join(' or ')}`);
}

/** Whether this request needs somebody, and who it is. A public route does not look at credentials at all. */
async function identify(
  request: Request,
  match: Match | undefined,
  context: PlatformContext,
  seen: Seen,
): Promise<Authenticated> {
  const { tokens, sessions, users, clock, config, basic } = context;
  const isPublic = match?.route.permission.kind === 'public';
  if (isPublic && !match?.route.knowsCaller) return { caller: nobody };
  const { accessTokenSeconds } = config.login();
  const options = { tokens, sessions, users, clock, accessTokenSeconds, basic };
  const known = await authenticate(request, options).catch((error: unknown) => {
    // Credentials that are over are none, where none are needed.
    if (isPublic && error instanceof StatusError && error.code === 401) return { caller: nobody };
    throw error;
  });
  seen.caller = known.caller;
  if (known.caller.name === '' && !isPublic) throw unauthorized('log in first');
  if (known.caller.newcomer && !match?.route.beforeAccount)
    throw new StatusError(403, 'Forbidden', 'make an account first', {
      causes: [{ reason: 'RegistrationRequired', message: 'POST /users' }],
    });
  if (known.caller.mustChangePassword && !match?.route.beforeNewPassword)
    throw new StatusError(403, 'Forbidden', 'choose a password of your own first', {
      causes: [{ reason: 'PasswordChangeRequired', message: `PUT /users/${known.caller.name}/password` }],
    });
  return known;
}

/** Features whose writes give and take rights. */
const aboutRights: ReadonlySet<string> = new Set(['clusters', 'departments', 'roles', 'tenancy', 'users']);

async function own(
  request: Request,
  target: Target,
  { route, parameters }: Match,
  caller: Caller,
  context: PlatformContext,
): Promise<Response> {
  const wish = { parameters, search: target.query, caller, request };
  const answer = await answerOf(context.served.get(route.id)!, wish, context);
  // A right that was taken is gone in other clusters too when this is answered.
  if (request.method !== 'GET' && aboutRights.has(route.feature)) await context.members.settled();
  if (answer instanceof RawAnswer) return answer.response;
  return jsonAnswer(route.status ?? 200, answer, { 'cache-control': 'no-store' });
}

async function withFreshCookie(
  response: Response,
  { caller, renew }: Authenticated,
  { tokens, sessions, settings, config, log }: PlatformContext,
): Promise<Response> {
  if (!renew || response.status >= 400 || response.headers['set-cookie'] !== undefined) return response;
  await sessions.extend(renew.session).catch((error: unknown) => log.warn('a session was not extended', { error }));
  const { client, session } = renew;
  const { accessTokenSeconds } = config.login();
  const token = await tokens.issue('access_token', { user: caller.name, session, client }, accessTokenSeconds);
  const cookie = consoleCookie(token, { ...settings, accessTokenSeconds });
  return { ...response, headers: { ...response.headers, 'set-cookie': cookie } };
}
