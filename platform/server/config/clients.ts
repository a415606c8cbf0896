/** Programs that log users in through the platform, as KubeSphere writes them into Secrets. */
import { countAt, flagAt, textAt, textsAt, type Fields } from './document.ts';

/** `auto`: no question is asked. `prompt`: the user says yes first. `deny`: nobody gets in. */
export type GrantMethod = 'auto' | 'prompt' | 'deny';

/** A program that logs users in through the platform. */
export interface OAuthClient {
  readonly name: string;
  /** A client without a secret is public: it must use PKCE. */
  readonly secret?: string;
  /** Compared letter by letter. */
  readonly redirectURIs: readonly string[];
  /** Where it may send users who logged out, beside its `redirectURIs`. */
  readonly postLogoutRedirectURIs?: readonly string[];
  /** Its users' passwords may pass through it, and it may ask what tokens of others are worth. */
  readonly passwordGrant?: boolean;
  /** `auto` unless given. */
  readonly grantMethod?: GrantMethod;
  /** The scopes it may ask for; all that there are unless given. */
  readonly scopes?: readonly string[];
  /** Instead of the platform's, and never more than two hours. */
  readonly accessTokenSeconds?: number;
  readonly idleSeconds?: number;
  /** Where it is described; a part of the platform itself unless given. */
  readonly from?: 'file' | { readonly secret: string };
}

/** An address that a browser may be sent to: complete, without a fragment, and nothing that runs in place. */
export function isRedirectUri(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:[^\s\\#]+$/i.test(text)) return false;
  try {
    const { protocol, username, password, host } = new URL(text);
    if (username !== '' || password !== '') return false;
    if (protocol === 'https:' || protocol === 'http:') return host !== '';
    // Programs on a desk or in a pocket have schemes of their own, named like a domain (RFC 8252 7.1).
    return protocol.includes('.');
  } catch {
    return false;
  }
}

export const secondsMin = 600;
const methods: readonly GrantMethod[] = ['auto', 'prompt', 'deny'];

/**
 * Undefined for a document without a name. Who wrote no grant method did not say that nobody is asked. In 3.x every client with a secret may
 * take passwords: 4.x brought the mark for those that may.
 */
export function readClient(
  fields: Fields,
  generation: '3.x' | '4.x' = '4.x',
  from?: OAuthClient['from'],
): OAuthClient | undefined {
  const name = textAt(fields, 'name');
  if (name === undefined) return undefined;
  const method = textAt(fields, 'grantMethod');
  const seconds = (field: string): number | undefined => {
    const value = countAt(fields, field);
    return value !== undefined && value >= secondsMin ? value : undefined;
  };
  const [access, idle] = [seconds('accessTokenMaxAgeSeconds'), seconds('accessTokenInactivityTimeoutSeconds')];
  const [secret, scopes] = [textAt(fields, 'secret'), textsAt(fields, 'scopeRestrictions')];
  return {
    name,
    redirectURIs: textsAt(fields, 'redirectURIs').filter(isRedirectUri),
    postLogoutRedirectURIs: textsAt(fields, 'postLogoutRedirectURIs').filter(isRedirectUri),
    passwordGrant: flagAt(fields, 'trusted') ?? (generation === '3.x' && secret !== undefined),
    grantMethod: method === undefined ? 'prompt' : (methods.find(known => known === method) ?? 'deny'),
    ...(secret !== undefined && { secret }),
    ...(scopes.length > 0 && { scopes }),
    ...(access !== undefined && { accessTokenSeconds: access }),
    ...(idle !== undefined && { idleSeconds: idle }),
    ...(from !== undefined && { from }),
  };
}
