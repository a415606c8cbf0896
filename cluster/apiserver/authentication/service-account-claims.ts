/** What is written into a service account's token, and what must still be true when it comes back. Pure. */
import type { UserInfo } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { quote } from '@orrery/machinery/fieldpath';
import { TokenError } from './tokens.ts';
import { credentialIdKey, serviceAccountGroups, serviceAccountName } from './user.ts';

export interface NamedUid {
  readonly name: string;
  readonly uid?: string;
}

/** The private part of a bound token's claims, under `kubernetes.io`. */
export interface BoundClaims {
  readonly namespace: string;
  readonly serviceaccount: NamedUid;
  readonly pod?: NamedUid;
  readonly secret?: NamedUid;
  readonly node?: NamedUid;
  readonly warnafter?: number;
}

export interface TokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
  readonly 'kubernetes.io': BoundClaims;
}

export interface TokenBinding {
  readonly pod?: NamedUid;
  readonly secret?: NamedUid;
  readonly node?: NamedUid;
}

const refOf = ({ name, uid }: NamedUid): NamedUid => ({ name, ...(uid && { uid }) });

export interface NewToken {
  readonly issuer: string;
  readonly serviceAccount: KubeObject;
  readonly audiences: readonly string[];
  readonly binding: TokenBinding;
  readonly expirationSeconds: number;
  readonly nowMs: number;
  /** The token's id (jti). */
  readonly id: string;
}

export function newClaims({
  issuer,
  serviceAccount,
  audiences,
  binding,
  expirationSeconds,
  nowMs,
  id,
}: NewToken): TokenClaims {
  const { namespace = '', name = '', uid } = serviceAccount.metadata;
  const now = Math.floor(nowMs / 1000);
  const { pod, secret, node } = binding;
  return {
    aud: [...audiences],
    exp: now + expirationSeconds,
    iat: now,
    iss: issuer,
    jti: id,
    'kubernetes.io': {
      namespace,
      ...(node && { node: refOf(node) }),
      ...(pod && { pod: refOf(pod) }),
      ...(secret && { secret: refOf(secret) }),
      serviceaccount: refOf({ name, uid }),
    },
    nbf: now,
    sub: serviceAccountName(namespace, name),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readRef(value: unknown): NamedUid | undefined {
  if (!isRecord(value) || typeof value['name'] !== 'string') return undefined;
  return { name: value['name'], ...(typeof value['uid'] === 'string' && { uid: value['uid'] }) };
}

/** The private claims of a verified token. @throws TokenError when they are not of our making. */
export function readBoundClaims(claims: Record<string, unknown>): BoundClaims {
  const own = claims['kubernetes.io'];
  const serviceaccount = isRecord(own) ? readRef(own['serviceaccount']) : undefined;
  if (!isRecord(own) || typeof own['namespace'] !== 'string' || !serviceaccount)
    throw new TokenError('service account token claims could not be validated due to unexpected private claim');
  const [pod, secret, node] = [readRef(own['pod']), readRef(own['secret']), readRef(own['node'])];
  return {
    namespace: own['namespace'],
    serviceaccount,
    ...(pod && { pod }),
    ...(secret && { secret }),
    ...(node && { node }),
  };
}

/** Clocks may differ by this much. */
export const leewayMs = 60_000;

/** @throws TokenError outside the token's time. */
export function checkTimes(claims: Record<string, unknown>, nowMs: number): void {
  const seconds = (name: string): number | undefined => (typeof claims[name] === 'number' ? claims[name] : undefined);
  const expires = seconds('exp');
  if (expires !== undefined && nowMs - leewayMs > expires * 1000)
    throw new TokenError('service account token has expired');
  const begins = Math.max(seconds('nbf') ?? 0, seconds('iat') ?? 0);
  if (nowMs + leewayMs < begins * 1000) throw new TokenError('service account token is not valid yet');
}

/** The audiences both of the token and asked for. @throws TokenError when there are none. */
export function sharedAudiences(
  claims: Record<string, unknown>,
  requested: readonly string[],
  implicit: readonly string[],
): string[] {
  const stated = [claims['aud']].flat().filter(audience => typeof audience === 'string');
  const own = stated.length > 0 ? stated : implicit;
  const shared = own.filter(audience => requested.includes(audience));
  if (shared.length > 0) return [...shared];
  const list = (values: readonly string[]) => `[${values.map(quote).join(' ')}]`;
  throw new TokenError(`token audiences ${list(own)} is invalid for the target audiences ${list(requested)}`);
}

/** Deleted long enough ago that nobody can still be shutting down with it. */
export const deletedBefore = (object: KubeObject, nowMs: number): boolean =>
  object.metadata.deletionTimestamp !== undefined && Date.parse(object.metadata.deletionTimestamp) < nowMs - leewayMs;

/** The user that a service account's token stands for. */
export function serviceAccountUser(claims: BoundClaims, id: unknown): UserInfo {
  const { namespace, serviceaccount, pod, node } = claims;
  const extra: Record<string, readonly string[]> = {};
  if (typeof id === 'string' && id) extra[credentialIdKey] = [`JTI=${id}`];
  if (node) {
    extra['authentication.kubernetes.io/node-name'] = [node.name];
    if (node.uid) extra['authentication.kubernetes.io/node-uid'] = [node.uid];
  }
  if (pod) {
    extra['authentication.kubernetes.io/pod-name'] = [pod.name];
    if (pod.uid) extra['authentication.kubernetes.io/pod-uid'] = [pod.uid];
  }
  return {
    name: serviceAccountName(namespace, serviceaccount.name),
    ...(serviceaccount.uid && { uid: serviceaccount.uid }),
    groups: serviceAccountGroups(namespace),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}
