/** Access and refresh tokens: signed, short, and worth nothing once their session is gone. */
import type { Clock } from '@orrery/machinery/clock';
import { unauthorized } from '@orrery/machinery/status';
import { SignJWT, jwtVerify } from 'jose';
import type { SigningKeys } from './keys.ts';

export type TokenType = 'access_token' | 'refresh_token';

export interface Claims {
  readonly user: string;
  readonly session: string;
  readonly client: string;
  /** Refresh tokens only: which of the session's refresh tokens this is. */
  readonly serial?: number;
  readonly issuedAtSeconds: number;
}

export interface Tokens {
  issue(type: TokenType, claims: Omit<Claims, 'issuedAtSeconds'>, lifeSeconds: number): Promise<string>;
  /** Rejects with 401 for anything but a token of this type, signed here and not expired. */
  verify(type: TokenType, token: string): Promise<Claims>;
}

export function createTokens(keys: SigningKeys, issuer: string, clock: Clock): Tokens {
  return {
    async issue(type, { user, session, client, serial }, lifeSeconds) {
      const now = Math.floor(clock.now() / 1000);
      const payload = { username: user, token_type: type, sid: session, ...(serial !== undefined && { serial }) };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: keys.signing.id })
        .setIssuer(issuer)
        .setSubject(user)
        .setAudience(client)
        .setIssuedAt(now)
        .setExpirationTime(now + lifeSeconds)
        .sign(keys.signing.key);
    },
    async verify(type, token) {
      try {
        const { payload } = await jwtVerify(token, ({ kid }) => keyOf(keys, kid), {
          issuer,
          algorithms: ['ES256'],
          currentDate: new Date(clock.now()),
          requiredClaims: ['exp', 'sub', 'sid', 'token_type', 'aud'],
        });
        if (payload['token_type'] !== type) throw unauthorized();
        return {
          user: payload.sub!,
          session: String(payload['sid']),
          client: String(payload.aud),
          ...(typeof payload['serial'] === 'number' && { serial: payload['serial'] }),
          issuedAtSeconds: payload.iat ?? 0,
        };
      } catch {
        // Which check failed is nobody's business but ours.
        throw unauthorized('the token is not valid here, or no longer');
      }
    },
  };
}

function keyOf(keys: SigningKeys, id: string | undefined) {
  const key = id === undefined ? undefined : keys.verifying.get(id);
  if (!key) throw unauthorized();
  return key;
}
