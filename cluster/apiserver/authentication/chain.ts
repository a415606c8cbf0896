/**
 * Who makes a request: the in-process user, else whom a front proxy names, else the client certificate, else a bearer token (which a
 * WebSocket may bring among its protocols), else nobody in particular.
 */
import type { X509Certificate } from 'node:crypto';
import type { Connection, Request, UserInfo } from '@orrery/http';
import type { Log } from '@orrery/machinery/log';
import { unauthorized } from '@orrery/machinery/status';
import type { Authenticator } from '../types.ts';
import { connectionUsers } from './client-certificate.ts';
import type { TokenAuthenticator, TokenMemory } from './tokens.ts';
import { TokenError } from './tokens.ts';
import { anonymousUser, asAuthenticated } from './user.ts';
import { websocketToken } from './websocket-token.ts';

export interface AuthenticatorOptions {
  readonly tokens?: TokenAuthenticator;
  readonly apiAudiences: readonly string[];
  /** Whether a request without credentials is let in as `system:anonymous` (what that user may do is up to authorization), or refused. */
  readonly anonymous: (request: Request) => boolean;
  /** Whom a front proxy names. */
  readonly frontProxy?: (request: Request) => UserInfo | undefined;
  /** Whether a certificate is of the authority of clients; all that were verified are, unless given. */
  readonly isClients?: (certificate: X509Certificate) => boolean;
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
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { tokens, apiAudiences, anonymous, frontProxy, isClients, log } = options;
  const userOf = connectionUsers(isClients);
  const memories = new WeakMap<Connection, TokenMemory>();
  const memoryOf = (connection: Connection): TokenMemory => {
    let memory = memories.get(connection);
    if (memory === undefined) memories.set(connection, (memory = {}));
    return memory;
  };
  const byToken = async ({ headers, connection }: Request): Promise<UserInfo | undefined> => {
    try {
      const token = bearerToken({ headers }) ?? websocketToken(headers);
      if (!token) return undefined;
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
    const named = frontProxy?.(request);
    if (named) return asAuthenticated(named);
    const certified = request.connection && userOf(request.connection);
    if (certified) return asAuthenticated(certified);
    const known = await byToken(request);
    if (known) return asAuthenticated(known);
    if (!anonymous(request)) throw unauthorized();
    return anonymousUser;
  };
}
