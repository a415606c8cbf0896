/** Providers of OpenID Connect: the id_token says who it is, if its signature, issuer, audience, time and nonce say so too. */
import type { Clock } from '@orrery/machinery/clock';
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { flagAt, textAt, textsAt, type Fields } from '../config/document.ts';
import type { Egress } from '../egress/egress.ts';
import { sameText } from '../oauth/digest.ts';
import { authorizationUrl, exchangeCode, fetchAs, fetchJson, type OAuthParty } from './exchange.ts';
import { generic, identityIn, oauth2Provider } from './oauth2.ts';
import { required, trustOf } from './options.ts';
import { notVouched, type ProviderFactory } from './types.ts';

/** No shared secrets: whoever checks such a signature could have made it. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const skewSeconds = 30;
const keptMs = 600_000;
/** Keys that are not known are asked for again, but not at everybody's wish. */
const askAgainMs = 10_000;

interface Metadata {
  readonly party: OAuthParty;
  readonly jwksUrl: string;
  readonly userInfoUrl: string | undefined;
  readonly namesIssuer: boolean;
}

/** Without an issuer there is nobody whose signature could be checked: the user is asked of the provider instead. */
export const oidcProvider: ProviderFactory = (options, parts) => {
  const issuer = textAt(options, 'issuer');
  if (issuer === undefined)
    return oauth2Provider({ ...generic, scopes: ['openid', 'profile', 'email'] })(options, parts);
  const { egress, clock } = parts;
  const metadata = kept(clock, keptMs, () => discover(egress, issuer, options));
  const keys = createKeys(egress, clock, async () => (await metadata()).jwksUrl, trustOf(options));
  const wantsUserInfo = flagAt(options, 'getUserInfo') === true;
  return {
    kind: 'redirect',
    begin: async journey => authorizationUrl((await metadata()).party, journey, { nonce: journey.nonce }),
    async finish(query, journey) {
      const { party, userInfoUrl, namesIssuer } = await metadata();
      // RFC 9207: an answer of somebody else is not brought to this provider.
      const named = query.get('iss');
      if (named === null ? namesIssuer : named !== issuer) throw notVouched();
      const token = await exchangeCode(egress, party, query, journey);
      const claims = await keys.verify(textAt(token, 'id_token'), { issuer, audience: party.clientId, clock });
      checkClaims(claims, party.clientId, journey.nonce);
      if (!wantsUserInfo || userInfoUrl === undefined) return identityIn(claims as Fields, generic, options);
      const user = await fetchAs(egress, userInfoUrl, token.accessToken, party.trust);
      if (textAt(user, 'sub') !== claims.sub) throw notVouched();
      return identityIn({ ...claims, ...user }, generic, options);
    },
  };
};

/** Beside what the library checks. */
function checkClaims(claims: JWTPayload, clientId: string, nonce: string): void {
  const { aud, azp } = claims as JWTPayload & { azp?: unknown };
  const shared = Array.isArray(aud) && aud.length > 1;
  if ((azp !== undefined || shared) && azp !== clientId) throw notVouched();
  if (typeof claims['nonce'] !== 'string' || !sameText(claims['nonce'], nonce)) throw notVouched();
}

/** What the provider says of itself. Rejects with {@link notVouched} when it is another one. */
export async function discover(egress: Egress, issuer: string, options: Fields): Promise<Metadata> {
  const trust = trustOf(options);
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const found = await fetchJson(egress, { url, ...trust });
  // Whoever answers here for another issuer could let that one's users in.
  if (textAt(found, 'issuer') !== issuer) throw notVouched();
  const methods = textsAt(found, 'token_endpoint_auth_methods_supported');
  const asked = textsAt(options, 'scopes');
  return {
    party: {
      clientId: required(options, 'clientID'),
      clientSecret: textAt(options, 'clientSecret') ?? '',
      authUrl: required(found, 'authorization_endpoint'),
      tokenUrl: required(found, 'token_endpoint'),
      scopes: [...new Set(['openid', ...(asked.length > 0 ? asked : ['profile', 'email'])])],
      basic: methods.length === 0 || methods.includes('client_secret_basic'),
      trust,
    },
    jwksUrl: required(found, 'jwks_uri'),
    userInfoUrl: textAt(found, 'userinfo_endpoint'),
    namesIssuer: flagAt(found, 'authorization_response_iss_parameter_supported') === true,
  };
}

interface Expected {
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
}

function createKeys(egress: Egress, clock: Clock, url: () => Promise<string>, trust: OAuthParty['trust']) {
  let known: { readonly atMs: number; readonly set: ReturnType<typeof createLocalJWKSet> } | undefined;
  const fresh = async () => {
    const keys = await fetchJson(egress, { url: await url(), ...trust });
    known = { atMs: clock.monotonic(), set: createLocalJWKSet(keys as unknown as JSONWebKeySet) };
    return known.set;
  };
  const check = (
    token: string,
    set: ReturnType<typeof createLocalJWKSet>,
    { issuer, audience, clock: time }: Expected,
  ) =>
    jwtVerify(token, set, {
      issuer,
      audience,
      algorithms,
      currentDate: new Date(time.now()),
      clockTolerance: skewSeconds,
      requiredClaims: ['sub', 'exp', 'iat'],
    });
  return {
    /** The claims of an id_token. Rejects with {@link notVouched}. */
    async verify(token: string | undefined, expected: Expected): Promise<JWTPayload> {
      if (token === undefined) throw notVouched();
      const set = known?.set ?? (await fresh());
      try {
        return (await check(token, set, expected)).payload;
      } catch (error) {
        const isNew = error instanceof errors.JWKSNoMatchingKey && clock.monotonic() - (known?.atMs ?? 0) > askAgainMs;
        if (!isNew) throw notVouched();
      }
      const asked = await fresh();
      return check(token, asked, expected).then(
        ({ payload }) => payload,
        () => {
          throw notVouched();
        },
      );
    },
  };
}

/** Asked for again when it is old; what failed is not kept. */
function kept<T>(clock: Clock, forMs: number, ask: () => Promise<T>): () => Promise<T> {
  let known: { readonly atMs: number; readonly value: Promise<T> } | undefined;
  return () => {
    const now = clock.monotonic();
    if (known && now - known.atMs < forMs) return known.value;
    const value = ask();
    known = { atMs: now, value };
    value.catch(() => (known = undefined));
    return value;
  };
}
