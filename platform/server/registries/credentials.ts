/** Names and passwords in Secrets. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import { badRequest } from '@orrery/machinery/status';
import { fromBase64 } from '../identity/secrets.ts';
import { registryOf } from './reference.ts';

export interface Credential {
  readonly username: string;
  readonly password: string;
}

export interface RegistrySecret {
  /** By the registry's name. */
  readonly byRegistry: ReadonlyMap<string, Credential>;
  /** KubeSphere's mark for registries whose certificates are not looked at, or that have none. */
  readonly isInsecure: boolean;
}

interface SecretLike extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

const insecureAnnotation = 'secret.kubesphere.io/force-insecure';

function fieldOf({ data, stringData }: SecretLike, name: string): string | undefined {
  const plain = stringData?.[name];
  if (plain !== undefined) return plain;
  const coded = data?.[name];
  try {
    return coded === undefined ? undefined : fromBase64(coded);
  } catch {
    return undefined;
  }
}

/** @throws StatusError 400 for a Secret that is no such one. */
export function registrySecret(secret: KubeObject): RegistrySecret {
  const text = fieldOf(secret as SecretLike, '.dockerconfigjson');
  const auths = text === undefined ? undefined : authsIn(text);
  if (!auths) throw badRequest('the Secret is not of the type kubernetes.io/dockerconfigjson');
  const byRegistry = new Map<string, Credential>();
  for (const [host, entry] of Object.entries(auths)) {
    const credential = credentialIn(entry);
    if (credential) byRegistry.set(registryOf(host), credential);
  }
  return { byRegistry, isInsecure: secret.metadata?.annotations?.[insecureAnnotation] === 'true' };
}

function authsIn(text: string): Record<string, unknown> | undefined {
  try {
    const { auths } = JSON.parse(text) as { auths?: unknown };
    return typeof auths === 'object' && auths !== null ? (auths as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function credentialIn(entry: unknown): Credential | undefined {
  const { username, password, auth } = (entry ?? {}) as Record<string, unknown>;
  if (typeof username === 'string' && typeof password === 'string') return { username, password };
  if (typeof auth !== 'string') return undefined;
  try {
    const [name, ...rest] = fromBase64(auth).split(':');
    return { username: name!, password: rest.join(':') };
  } catch {
    return undefined;
  }
}

/** Of a Secret of the type kubernetes.io/basic-auth. @throws StatusError 400. */
export function basicSecret(secret: KubeObject): Credential {
  const username = fieldOf(secret as SecretLike, 'username');
  const password = fieldOf(secret as SecretLike, 'password');
  if (username === undefined || password === undefined)
    throw badRequest('the Secret has no username and password; keys for SSH are not used here');
  return { username, password };
}

export function basicHeader({ username, password }: Credential): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
