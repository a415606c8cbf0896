/** `/oauth/authorize`: a code for a registered program, by redirection to an address of its own and no other. */
import type { Response } from '@orrery/http';
import { badRequest } from '@orrery/machinery/status';
import type { QueryOf } from '@orrery/platform-contract';
import type { oauth as routes } from '@orrery/platform-contract/features';
import type { OAuthClient, PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { createCode } from './codes.ts';

type Query = QueryOf<typeof routes.authorize>;

/** Until client and address are known to belong together nothing is sent there. */
export async function authorizeRoute(context: PlatformContext, caller: Caller, query: Query): Promise<Response> {
  const client = context.settings.oauthClients.find(({ name }) => name === query.client_id);
  if (!client?.redirectURIs.includes(query.redirect_uri))
    throw badRequest('client_id and redirect_uri do not belong to a registered client');
  const problem = problemOf(client, query);
  if (problem) return redirect(query, { error: problem[0], error_description: problem[1] }, context);
  const code = await createCode(context, context.serviceOf(caller), {
    user: caller.name,
    client: client.name,
    redirectUri: query.redirect_uri,
    ...(query.code_challenge !== undefined && { challenge: query.code_challenge }),
  });
  return redirect(query, { code }, context);
}

function problemOf(client: OAuthClient, query: Query): readonly [string, string] | undefined {
  if (query.response_type !== 'code') return ['unsupported_response_type', 'only "code" is served'];
  if (query.code_challenge !== undefined && query.code_challenge_method !== 'S256')
    return ['invalid_request', 'code_challenge_method must be S256'];
  if (query.code_challenge === undefined && client.secret === undefined)
    return ['invalid_request', 'a client without a secret needs a code_challenge'];
  return undefined;
}

/** `iss` tells a program with several providers who answered (RFC 9207). */
function redirect(query: Query, values: Record<string, string>, { settings }: PlatformContext): Response {
  const location = new URL(query.redirect_uri);
  const all = { ...values, ...(query.state !== undefined && { state: query.state }), iss: settings.issuer };
  for (const [name, value] of Object.entries(all)) location.searchParams.set(name, value);
  return {
    status: 302,
    headers: { location: location.href, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  };
}
