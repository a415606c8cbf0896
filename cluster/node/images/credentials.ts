/** Which pull secret opens which registry (upstream `pkg/credentialprovider`). */
import type { Secret } from '@orrery/kinds/types';
import type { ImageAuth } from '../runtime/types.ts';
import { parseImageName } from './name.ts';

interface DockerEntry {
  username?: string;
  password?: string;
  auth?: string;
  identitytoken?: string;
  registrytoken?: string;
}

/** The registries that a pull secret knows; nothing for a secret of another type or with unreadable content. */
function entriesOf(secret: Secret): [string, DockerEntry][] {
  const current = secret.data?.['.dockerconfigjson'];
  const old = secret.data?.['.dockercfg'];
  try {
    if (current) return Object.entries((parse(current) as { auths?: Record<string, DockerEntry> }).auths ?? {});
    if (old) return Object.entries(parse(old) as Record<string, DockerEntry>);
  } catch {
    // Another secret may fit; the pull says what is missing.
  }
  return [];
}

const parse = (base64: string): unknown => JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));

/** All credentials for an image, the most specific registry path first. */
export function credentialsFor(image: string, secrets: readonly Secret[]): ImageAuth[] {
  const { domain, path } = parseImageName(image);
  const found = secrets.flatMap(entriesOf).filter(([registry]) => covers(registry, domain, path));
  found.sort(([a], [b]) => b.length - a.length);
  return found.map(([registry, entry]) => toAuth(registry, entry));
}

function covers(registry: string, domain: string, path: string): boolean {
  const bare = registry.replace(/^https?:\/\//, '').replace(/\/(v1|v2)?\/?$/, '');
  const [host = '', ...segments] = bare.split('/');
  const sameHost = host === 'index.docker.io' ? 'docker.io' : host;
  if (!hostMatches(sameHost, domain)) return false;
  const prefix = segments.join('/');
  return prefix === '' || path === prefix || path.startsWith(`${prefix}/`);
}

/** `*.example.com` stands for exactly one label. */
function hostMatches(pattern: string, domain: string): boolean {
  const [wanted, given] = [pattern.split('.'), domain.split('.')];
  if (wanted.length !== given.length) return false;
  return wanted.every((label, index) => {
    const source = label
      .split('*')
      .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^.]*');
    return new RegExp(`^${source}$`).test(given[index]!);
  });
}

function toAuth(registry: string, { username, password, auth, identitytoken, registrytoken }: DockerEntry): ImageAuth {
  const [user, secret] = auth ? splitAuth(auth) : [username, password];
  return {
    serverAddress: registry,
    ...(user !== undefined && { username: user }),
    ...(secret !== undefined && { password: secret }),
    ...(identitytoken && { identityToken: identitytoken }),
    ...(registrytoken && { registryToken: registrytoken }),
  };
}

function splitAuth(auth: string): [string, string] {
  const plain = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = plain.indexOf(':');
  return [plain.slice(0, colon), plain.slice(colon + 1)];
}
