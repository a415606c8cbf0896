/**
 * Signatures of the cluster's public facts, by which a machine that holds nothing but a bootstrap token knows that they are true
 * (upstream `pkg/controller/bootstrap`, `cluster-bootstrap/token/jws`). Pure.
 */
import { createHmac } from 'node:crypto';
import type { ConfigMap, Secret } from '@orrery/kinds/types';

const prefix = 'jws-kubeconfig-';
const content = 'kubeconfig';

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** A JSON web signature (HS256) without what it signs. */
export function detachedSignature(signed: string, tokenId: string, tokenSecret: string): string {
  const header = base64url(JSON.stringify({ alg: 'HS256', kid: tokenId }));
  const hmac = createHmac('sha256', tokenSecret).update(`${header}.${base64url(signed)}`);
  return `${header}..${hmac.digest('base64url')}`;
}

/** The id and secret of a token that may sign now; undefined for others. */
export function signingToken({ metadata, data }: Secret, nowMs: number): { id: string; secret: string } | undefined {
  const value = (name: string): string => Buffer.from(data?.[name] ?? '', 'base64').toString();
  const id = /^bootstrap-token-([a-z0-9]{6})$/.exec(metadata.name ?? '')?.[1];
  const secret = value('token-secret');
  if (!id || id !== value('token-id') || !secret || metadata.deletionTimestamp) return undefined;
  const expires = value('expiration');
  // A time that cannot be read counts as past.
  if (expires && !(Date.parse(expires) > nowMs)) return undefined;
  return value('usage-bootstrap-signing') === 'true' ? { id, secret } : undefined;
}

/** The map with the signatures of these tokens and no others; undefined when it is so already or has nothing to sign. */
export function signed(map: ConfigMap, tokens: readonly { id: string; secret: string }[]): ConfigMap | undefined {
  const text = map.data?.[content];
  if (text === undefined) return undefined;
  const rest = Object.entries(map.data!).filter(([key]) => !key.startsWith(prefix));
  const signatures = tokens.map(({ id, secret }) => [prefix + id, detachedSignature(text, id, secret)]);
  const data: Record<string, string> = Object.fromEntries([...rest, ...signatures]);
  const names = Object.keys(data);
  const isSame = names.length === Object.keys(map.data!).length && names.every(key => map.data![key] === data[key]);
  return isSame ? undefined : { ...map, data };
}
