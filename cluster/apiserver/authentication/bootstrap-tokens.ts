/** Bootstrap tokens: what a new node shows before it has a certificate (upstream `plugin/pkg/auth/authenticator/token/bootstrap`). */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Reader } from '../types.ts';
import type { TokenAuthenticator } from './tokens.ts';
import { deletedBefore } from './service-account-claims.ts';

interface Secret extends KubeObject {
  type?: string;
  data?: Readonly<Record<string, string>>;
}

const group = 'system:bootstrappers';
const groupPattern = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** Compares without telling by its time how much was right. */
const equal = (a: string, b: string): boolean => {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
};

/** The user of a token `id.secret` that the Secret allows at this time; undefined when it does not. Pure. */
export function bootstrapUser(secret: Secret, id: string, tokenSecret: string, nowMs: number) {
  const value = (name: string): string => Buffer.from(secret.data?.[name] ?? '', 'base64').toString();
  if (secret.type !== 'bootstrap.kubernetes.io/token' || deletedBefore(secret, nowMs)) return undefined;
  if (value('token-id') !== id || !value('token-secret') || !equal(value('token-secret'), tokenSecret))
    return undefined;
  const expires = value('expiration');
  // A time that cannot be read counts as past.
  if (expires && !(Date.parse(expires) > nowMs)) return undefined;
  if (value('usage-bootstrap-authentication') !== 'true') return undefined;
  const extra = value('auth-extra-groups').split(',').filter(Boolean);
  if (!extra.every(name => groupPattern.test(name))) return undefined;
  return { name: `system:bootstrap:${id}`, groups: [group, ...new Set(extra)] };
}

/** Accepts the tokens that Secrets `kube-system/bootstrap-token-<id>` describe. */
export const bootstrapTokens =
  (reads: Reader, clock: Pick<Clock, 'now'>, apiAudiences: readonly string[]): TokenAuthenticator =>
  async (token, audiences) => {
    const [, id, tokenSecret] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token) ?? [];
    const meant = apiAudiences.filter(audience => audiences.includes(audience));
    if (!id || !tokenSecret || meant.length === 0) return undefined;
    const secret = await reads.get({ group: '', resource: 'secrets' }, 'kube-system', `bootstrap-token-${id}`);
    const user = secret && bootstrapUser(secret, id, tokenSecret, clock.now());
    return user && { user, audiences: meant };
  };
