/** Tokens: signed, short, and worth nothing once their session is gone. */
import type { Clock } from '@orrery/machinery/clock';
import { unauthorized } from '@orrery/machinery/status';
import { SignJWT, jwtVerify, type CryptoKey, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { digestOf } from '../node/digest.ts';
import type { KeyRing } from './keyring.ts';
import { rememberVerified } from './verified.ts';

export type TokenType = 'access_token' | 'refresh_token';
/** What the platform gives a browser to bring back: an OAuth log-in that is under way, a device that somebody has used before. */
export type SealType = 'login_state' | 'device';

export interface Claims {
  readonly user: string;
  readonly session: string;
  readonly client: string;
  /** Refresh tokens only: which of the session's refresh tokens this is. */
  readonly serial?: number;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

/** What an id_token that comes back says. */
export interface IdHint {
  readonly user: string;
  readonly client: string;
  readonly session: string | undefined;
}

export interface Tokens {
  issue(
    type: TokenType,
    claims: Omit<Claims, 'issuedAtSeconds' | 'expiresAtSeconds'>,
    lifeSeconds: number,
  ): Promise<string>;
  /** Rejects with 401 for anything but a token of this type, signed here and not expired. */
  verify(type: TokenType, token: string): Promise<Claims>;
  /** Of OpenID Connect: who logged in, for `client` to read. */
  idToken(client: string, user: string, claims: JWTPayload, lifeSeconds: number): Promise<string>;
  /** One of ours, also when its time is over; undefined for anything else. */
  readIdToken(token: string): Promise<IdHint | undefined>;
  seal(type: SealType, content: Readonly<Record<string, unknown>>, lifeSeconds: number): Promise<string>;
  /** Undefined for anything but an unexpired seal of this type. */
  unseal(type: SealType, token: string): Promise<Readonly<Record<string, unknown>> | undefined>;
}

export function createTokens(keys: KeyRing, issuer: string, clock: Clock): Tokens {
  const nowSeconds = () => Math.floor(clock.now() / 1000);
  const sign = (payload: JWTPayload, alg: 'ES256' | 'RS256', lifeSeconds: number): Promise<string> => {
    const { id, key } = keys.signing(alg);
    return new SignJWT(payload)
      .setProtectedHeader({ alg, typ: 'JWT', kid: id })
      .setIssuer(issuer)
      .setIssuedAt(nowSeconds())
      .setExpirationTime(nowSeconds() + lifeSeconds)
      .sign(key);
  };
  const readWhole = async (token: string, alg: 'ES256' | 'RS256', claims: readonly string[], atSeconds?: number) => {
    let used: { readonly keyId: string; readonly key: CryptoKey } | undefined;
    const keyFor = async ({ kid }: JWTHeaderParameters): Promise<CryptoKey> => {
      const key = await keyOf(keys, kid);
      used = { keyId: kid!, key };
      return key;
    };
    const { payload } = await jwtVerify(token, keyFor, {
      issuer,
      algorithms: [alg],
      currentDate: new Date((atSeconds ?? clock.now() / 1000) * 1000),
      requiredClaims: ['exp', 'iat', 'token_type', ...claims],
    });
    return { payload, ...used! };
  };
  const read = async (...asked: Parameters<typeof readWhole>): Promise<JWTPayload> =>
    (await readWhole(...asked)).payload;
  // Access tokens come with every request, refresh tokens once.
  const accepted = rememberVerified<Claims>(keys.verifying);
  const audienceOf = (type: SealType): string => `${issuer}#${type}`;
  return {
    issue: (type, { user, session, client, serial }, lifeSeconds) =>
      sign(
        {
          sub: user,
          aud: client,
          username: user,
          token_type: type,
          sid: session,
          ...(serial !== undefined && { serial }),
        },
        'ES256',
        lifeSeconds,
      ),
    async verify(type, token) {
      try {
        const digest = type === 'access_token' ? digestOf(token) : '';
        const known = digest === '' ? undefined : await accepted.find(digest, nowSeconds());
        if (known) return known;
        const { payload, keyId, key } = await readWhole(token, 'ES256', ['sub', 'sid', 'aud']);
        if (payload['token_type'] !== type) throw unauthorized();
        const value = claimsIn(payload);
        if (digest !== '') accepted.keep(digest, { value, keyId, key, expiresAtSeconds: value.expiresAtSeconds });
        return value;
      } catch {
        // Which check failed is nobody's business but ours.
        throw unauthorized('the token is not valid here, or no longer');
      }
    },
    idToken: (client, user, claims, lifeSeconds) =>
      sign({ ...claims, sub: user, aud: client, token_type: 'id_token' }, 'RS256', lifeSeconds),
    async readIdToken(token) {
      try {
        // As of its own time: a hint may be old, its signature and its issuer may not be others'.
        const payload = await read(token, 'RS256', ['sub', 'aud'], 0);
        if (payload['token_type'] !== 'id_token') return undefined;
        const { sub, aud, sid } = payload as { sub: string; aud: unknown; sid?: unknown };
        return { user: sub, client: String(aud), session: typeof sid === 'string' ? sid : undefined };
      } catch {
        return undefined;
      }
    },
    seal: (type, content, lifeSeconds) =>
      sign({ content, aud: audienceOf(type), token_type: type }, 'ES256', lifeSeconds),
    async unseal(type, token) {
      try {
        const payload = await read(token, 'ES256', ['content']);
        const isIt = payload['token_type'] === type && payload.aud === audienceOf(type);
        return isIt ? (payload['content'] as Record<string, unknown>) : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

const claimsIn = (payload: JWTPayload): Claims => ({
  user: payload.sub!,
  session: String(payload['sid']),
  client: String(payload.aud),
  ...(typeof payload['serial'] === 'number' && { serial: payload['serial'] }),
  issuedAtSeconds: payload.iat ?? 0,
  expiresAtSeconds: payload.exp ?? 0,
});

async function keyOf(keys: KeyRing, id: string | undefined) {
  const key = id === undefined ? undefined : await keys.verifying(id);
  if (!key) throw unauthorized();
  return key;
}
