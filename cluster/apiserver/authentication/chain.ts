/** Who makes a request: the in-process user, else the client certificate, else a bearer token, else nobody in particular. */
import type { Connection, Request, UserInfo } from '@orrery/http';
import type { Log } from '@orrery/machinery/log';
import { unauthorized } from '@orrery/machinery/status';
import type { Authenticator } from '../types.ts';
import { connectionUsers } from './client-certificate.ts';
import type { TokenAuthenticator, TokenMemory } from './tokens.ts';
import { TokenError } from './tokens.ts';
import { anonymousUser, asAuthenticated } from './user.ts';

export interface AuthenticatorOptions {
  readonly tokens?: TokenAuthenticator;
  readonly apiAudiences: readonly string[];
  /** Let requests without credentials in as `system:anonymous` (what that user may do is up to authorization), or refuse them. */
  readonly anonymous: boolean;
  readonly log: Log;
}

/** The bearer token of a request; undefined when it shows none. */
export function bearerToken(request: Pick<Request, 'headers'>): string | undefined {
  const header = request.headers['authorization'];
  if (typeof header !== 'string') return undefined;
  const [scheme = '', token = ''] = header.trim().split(' ');
  return scheme.toLowerCase() === 'bearer' && token ? token : undefined;
}

/** Bad credentials are refused with 401, also where anonymous requests are let in. Why is logged, not told. */
export function createAuthenticator({ tokens, apiAudiences, anonymous, log }: AuthenticatorOptions): Authenticator {
  const userOf = connectionUsers();
  const memories = new WeakMap<Connection, TokenMemory>();
  const memoryOf = (connection: Connection): TokenMemory => {
    let memory = memories.get(connection);
    if (memory === undefined) memories.set(connection, (memory = {}));
    return memory;
  };
  const byToken = async (token: string, connection: Connection | undefined): Promise<UserInfo> => {
    try {
      const verified = await tokens?.(token, apiAudiences, connection && memoryOf(connection));
      if (verified) return verified.user;
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      log.info('credentials refused', { why: error.message });
    }
    throw unauthorized();
  };
  return async request => {
    if (request.user) return asAuthenticated(request.user);
    const certified = request.connection && userOf(request.connection);
    if (certified) return asAuthenticated(certified);
    const token = bearerToken(request);
    if (token) return asAuthenticated(await byToken(token, request.connection));
    if (!anonymous) throw unauthorized();
    return anonymousUser;
  };
}
