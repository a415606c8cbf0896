/** The authorization code grant as its other side: the address to send a browser to, a token for what it brings back. */
import { fieldsOf, textAt, type Fields } from '../config/document.ts';
import type { Egress, EgressAnswer, EgressRequest } from '../egress/egress.ts';
import { notVouched, type Journey } from './types.ts';

export interface OAuthParty {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authUrl: string;
  readonly tokenUrl: string;
  readonly scopes: readonly string[];
  /** The secret goes as Basic instead of in the form. */
  readonly basic?: boolean;
  readonly trust: Pick<EgressRequest, 'ca' | 'insecureSkipTlsVerify'>;
}

export function authorizationUrl(party: OAuthParty, journey: Journey, more: Record<string, string> = {}): string {
  const url = new URL(party.authUrl);
  const values = {
    response_type: 'code',
    client_id: party.clientId,
    redirect_uri: journey.redirectUri,
    ...(party.scopes.length > 0 && { scope: party.scopes.join(' ') }),
    state: journey.state,
    code_challenge: journey.challenge,
    code_challenge_method: 'S256',
    ...more,
  };
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  return url.href;
}

const encoder = new TextEncoder();
const formType = 'application/x-www-form-urlencoded';

/** The token endpoint's answer. Rejects with {@link notVouched} for anything but an access token. */
export async function exchangeCode(
  egress: Egress,
  party: OAuthParty,
  query: URLSearchParams,
  { redirectUri, verifier }: Journey,
): Promise<Fields & { readonly accessToken: string }> {
  const code = query.get('code');
  if (!code || query.has('error')) throw notVouched();
  const token = jsonOf(await askForToken(egress, party, { code, redirectUri, verifier }));
  const accessToken = textAt(token, 'access_token');
  if (accessToken === undefined) throw notVouched();
  return { ...token, accessToken };
}

/** What the token endpoint says to a code, whatever that is. */
export function askForToken(
  egress: Egress,
  party: OAuthParty,
  { code, redirectUri, verifier }: Pick<Journey, 'redirectUri' | 'verifier'> & { readonly code: string },
): Promise<EgressAnswer> {
  const { clientId, clientSecret, basic, tokenUrl, trust } = party;
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...(!basic && { client_id: clientId, client_secret: clientSecret }),
  });
  const part = (text: string) => encodeURIComponent(text);
  return egress.fetch({
    url: tokenUrl,
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': formType },
    ...(basic && { credentials: { authorization: `Basic ${btoa(`${part(clientId)}:${part(clientSecret)}`)}` } }),
    body: encoder.encode(form.toString()),
    ...trust,
  });
}

export async function fetchJson(egress: Egress, request: EgressRequest): Promise<Fields> {
  return jsonOf(await egress.fetch({ ...request, headers: { accept: 'application/json', ...request.headers } }));
}

/** With the token for the one host that it is for. */
export const fetchAs = (egress: Egress, url: string, token: string, trust: OAuthParty['trust']): Promise<Fields> =>
  fetchJson(egress, { url, credentials: { authorization: `Bearer ${token}` }, ...trust });

function jsonOf({ status, body }: EgressAnswer): Fields {
  if (status !== 200) throw notVouched();
  try {
    return fieldsOf(JSON.parse(new TextDecoder().decode(body))) ?? {};
  } catch {
    throw notVouched();
  }
}
