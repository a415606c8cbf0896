/** `/oauth/authorize`: a code for a registered program, by redirection to an address of its own and no other. */
import { header, jsonAnswer, textAnswer, type Request, type Response } from '@orrery/http';
import { badRequest } from '@orrery/machinery/status';
import type { BodyOf, QueryOf } from '@orrery/platform-contract';
import type { oauth as routes } from '@orrery/platform-contract/features';
import type { OAuthClient } from '../config/clients.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { createCode } from './codes.ts';
import { includesAll, refusedScope, scopesIn } from './scopes.ts';

export type Asked = QueryOf<typeof routes.authorize>;
type Consent = BodyOf<typeof routes.authorizePost>['consent'];

/** An error for the program (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6). */
export interface Refusal {
  readonly error: string;
  readonly why: string;
}

const refusal = (error: string, why: string): Refusal => ({ error, why });

/** The program and the address to answer to. Until they are known to belong together nothing is sent anywhere. @throws StatusError 400. */
export function partiesOf(
  { config }: Pick<PlatformContext, 'config'>,
  asked: Asked,
): { client: OAuthClient; uri: string } {
  const client = asked.client_id === undefined ? undefined : config.client(asked.client_id);
  const [only, ...more] = client?.redirectURIs ?? [];
  const uri = asked.redirect_uri ?? (more.length === 0 ? only : undefined);
  if (!client || uri === undefined || !client.redirectURIs.includes(uri))
    throw badRequest('client_id and redirect_uri do not belong to a registered client');
  return { client, uri };
}

/** What is wrong with the question itself. */
export function refusalOf(client: OAuthClient, asked: Asked): Refusal | undefined {
  if (asked.request !== undefined) return refusal('request_not_supported', 'request objects are not served');
  if (asked.request_uri !== undefined) return refusal('request_uri_not_supported', 'request objects are not served');
  if (asked.response_type === undefined) return refusal('invalid_request', 'response_type is missing');
  if (asked.response_type !== 'code') return refusal('unsupported_response_type', 'only "code" is served');
  if ((asked.response_mode ?? 'query') !== 'query')
    return refusal('invalid_request', 'only response_mode=query is served');
  if (client.grantMethod === 'deny')
    return refusal('access_denied', 'the platform lets nobody in through this program');
  const scope = refusedScope(client, scopesIn(asked.scope));
  if (scope !== undefined) return refusal('invalid_scope', 'a scope that this program may not ask for');
  if (asked.max_age !== undefined && !/^\d{1,9}$/.test(asked.max_age))
    return refusal('invalid_request', 'max_age is a number of seconds');
  return challengeRefusal(client, asked);
}

function challengeRefusal(client: OAuthClient, asked: Asked): Refusal | undefined {
  const { code_challenge: challenge, code_challenge_method: method = 'plain' } = asked;
  if (challenge === undefined)
    return client.secret === undefined
      ? refusal('invalid_request', 'a client without a secret needs a code_challenge')
      : undefined;
  // Plain is what a PKCE without a method means, and protects nothing that a redirection gives away.
  if (method !== 'S256') return refusal('invalid_request', 'code_challenge_method must be S256');
  return /^[A-Za-z0-9_-]{43}$/.test(challenge)
    ? undefined
    : refusal('invalid_request', 'code_challenge is no SHA-256 in base64url');
}

export type Step = 'login' | 'consent' | 'grant' | Refusal;

export interface Present {
  /** Somebody who logged in himself; nobody else lets programs in. */
  readonly caller: Caller | undefined;
  /** He let this program in before, and it is still in, with no less than it asks for now. */
  readonly letIn: boolean;
  readonly nowMs: number;
  readonly consent?: Consent;
}

/** Whoever was asked for his password has that long to come back here. */
const freshMs = 60_000;

export function stepOf(client: OAuthClient, asked: Asked, { caller, letIn, nowMs, consent }: Present): Step {
  const prompts = scopesIn(asked.prompt);
  const silent = prompts.includes('none');
  if (silent && prompts.length > 1) return refusal('invalid_request', 'prompt=none stands alone');
  const ageMs = nowMs - (caller?.provedAtMs ?? 0);
  const agedMs = prompts.includes('login')
    ? freshMs
    : asked.max_age === undefined
      ? Infinity
      : Number(asked.max_age) * 1000;
  if (!caller || (ageMs > agedMs && ageMs > freshMs))
    return silent ? refusal('login_required', 'nobody is logged in, or not recently enough') : 'login';
  if (consent === 'deny') return refusal('access_denied', 'the user said no');
  if (consent === 'approve') return 'grant';
  const asks = client.grantMethod === 'prompt' ? !letIn : false;
  if (!asks && !prompts.includes('consent')) return 'grant';
  return silent ? refusal('consent_required', 'the user must say yes first') : 'consent';
}

export async function authorizeRoute(
  context: PlatformContext,
  request: Request,
  caller: Caller,
  asked: Asked,
  said?: Consent,
): Promise<Response> {
  const { client, uri } = partiesOf(context, asked);
  const wrong = refusalOf(client, asked);
  if (wrong) return sendBack(context, request, asked, uri, { error: wrong.error, error_description: wrong.why });
  const step = stepOf(client, asked, presentOf(context, client, asked, caller, said));
  if (step === 'login' && comesFromElsewhere(request)) return sameAgain();
  if (step === 'login')
    return redirect(`/login?${new URLSearchParams({ referer: `/oauth/authorize?${queryOf(asked)}` })}`);
  if (step === 'consent') return redirect(`/login/consent?${queryOf(asked)}`);
  if (step !== 'grant')
    return sendBack(context, request, asked, uri, { error: step.error, error_description: step.why });
  const code = await createCode(context, context.serviceOf(caller), {
    user: caller.name,
    client: client.name,
    scope: scopesIn(asked.scope).join(' '),
    provedAtMs: caller.provedAtMs ?? 0,
    ...(asked.redirect_uri !== undefined && { redirectUri: asked.redirect_uri }),
    ...(asked.nonce !== undefined && { nonce: asked.nonce }),
    ...(asked.code_challenge !== undefined && { challenge: asked.code_challenge }),
  });
  return sendBack(context, request, asked, uri, { code });
}

function presentOf(
  { sessions, clock }: PlatformContext,
  client: OAuthClient,
  asked: Asked,
  caller: Caller,
  consent: Consent,
): Present {
  const isPerson = caller.name !== '' && caller.scope === undefined && !caller.newcomer;
  const scopes = scopesIn(asked.scope);
  const letIn = sessions
    .known(caller.name)
    .some(({ client: name, scope }) => name === client.name && includesAll(scope, scopes));
  return {
    caller: isPerson ? caller : undefined,
    letIn,
    nowMs: clock.now(),
    ...(consent !== undefined && { consent }),
  };
}

const queryOf = (asked: Asked): URLSearchParams =>
  new URLSearchParams(Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined));

const harmless = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

const redirect = (location: string): Response => ({ status: 302, headers: { location, ...harmless } });

/** The console's cookie does not come along from other sites. */
const comesFromElsewhere = ({ headers, method }: Request): boolean =>
  method === 'GET' && ['cross-site', 'same-site'].includes(header(headers, 'sec-fetch-site') ?? '');

/** The same question once more, now from a page of our own. */
const sameAgain = (): Response =>
  textAnswer(200, '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>...</title>', {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    ...harmless,
  });

/** `iss` tells a program with several providers who answered (RFC 9207). Scripts of the console get the address to go to. */
function sendBack(
  { settings }: Pick<PlatformContext, 'settings'>,
  request: Request,
  { state }: Asked,
  uri: string,
  values: Record<string, string>,
): Response {
  const location = new URL(uri);
  const all = { ...values, ...(state !== undefined && { state }), iss: settings.issuer };
  for (const [name, value] of Object.entries(all)) location.searchParams.set(name, value);
  const wantsJson = request.method === 'POST' && (header(request.headers, 'accept') ?? '').includes('application/json');
  return wantsJson ? jsonAnswer(200, { redirect_uri: location.href }, harmless) : redirect(location.href);
}
