/** A registry of images (the OCI distribution API), asked through the guarded client. What it says goes into no error. */
import { header } from '@orrery/http';
import { StatusError, badRequest, notFound } from '@orrery/machinery/status';
import type { Egress, EgressAnswer } from '../egress/egress.ts';
import { mayReceive, parseChallenge } from './challenge.ts';
import { basicHeader, type Credential } from './credentials.ts';
import { originOf, type Reference } from './reference.ts';

export interface RegistryOptions {
  readonly egress: Egress;
  readonly registry: string;
  readonly credential?: Credential;
  /** Hosts that the user wrote credentials down for. */
  readonly written?: readonly string[];
  readonly isInsecure?: boolean;
  /** PEM certificates that may vouch for it. */
  readonly ca?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

type Json = Record<string, unknown>;

export interface ImageFound {
  readonly manifest: Json;
  readonly config: Json;
}

export interface Registry {
  /** Rejects with 400 when it does not take the credentials. */
  verify(): Promise<void>;
  tags(repository: string): Promise<string[]>;
  image(reference: Reference): Promise<ImageFound>;
  /** The first layer of one of these types, as its digest says. Rejects with 400 when there is none. */
  layer(repository: string, version: string, types: readonly string[], bytesMax: number): Promise<Uint8Array>;
}

const manifests = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

const bytesMax = 4 * 1024 * 1024;
const tagPagesMax = 20;

const unauthorized = () => badRequest('the registry does not take this name and password');
const unusable = () => badRequest('the registry gave no usable answer');

export function createRegistry(options: RegistryOptions): Registry {
  const { egress, registry, credential, written = [], isInsecure = false, ca, timeoutMs, signal } = options;
  let origin: string | undefined;
  const tokens = new Map<string, string>();

  const fetch = (
    url: string,
    headers: Record<string, string>,
    authorization?: string,
    most = bytesMax,
  ): Promise<EgressAnswer> =>
    egress.fetch({
      url,
      headers,
      ...(authorization && { credentials: { authorization } }),
      redirects: 3,
      bytesMax: most,
      ...(ca !== undefined && { ca }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(isInsecure && { insecureSkipTlsVerify: true }),
      ...(signal && { signal }),
    });
  /** A registry without encryption is one only where that was said. */
  const found = async (): Promise<string> => {
    if (origin !== undefined) return origin;
    const secure = originOf(registry);
    if (!isInsecure) return (origin = secure);
    try {
      await fetch(`${secure}/v2/`, {});
      return (origin = secure);
    } catch {
      return (origin = originOf(registry, 'http'));
    }
  };
  const tokenFor = async (answer: EgressAnswer, base: string): Promise<string | undefined> => {
    const challenge = parseChallenge(header(answer.headers, 'www-authenticate'));
    if (!challenge) return undefined;
    if (challenge.scheme === 'basic') return credential && basicHeader(credential);
    const realm = realmOf(challenge.realm);
    if (credential && !mayReceive(realm, new URL(base), written))
      throw badRequest('the registry sends passwords to another host, which is not done');
    if (challenge.service) realm.searchParams.set('service', challenge.service);
    if (challenge.scope) realm.searchParams.set('scope', challenge.scope);
    const given = await fetch(realm.href, { accept: 'application/json' }, credential && basicHeader(credential));
    if (given.status === 401 || given.status === 403) throw unauthorized();
    const { token, access_token: accessToken } = jsonOf(given);
    const value = token ?? accessToken;
    if (given.status !== 200 || typeof value !== 'string' || !/^[\w.~+/=-]+$/.test(value)) throw unusable();
    return `Bearer ${value}`;
  };
  /** Asks, and once more with what the registry wants to know. */
  const ask = async (
    path: string,
    headers: Record<string, string> = {},
    scope = '',
    most?: number,
  ): Promise<EgressAnswer> => {
    const base = await found();
    const answer = await fetch(`${base}${path}`, headers, tokens.get(scope), most);
    if (answer.status !== 401) return answer;
    const token = await tokenFor(answer, base);
    if (token === undefined) throw unauthorized();
    tokens.set(scope, token);
    const again = await fetch(`${base}${path}`, headers, token, most);
    if (again.status === 401 || again.status === 403) throw unauthorized();
    return again;
  };
  const must = async (
    path: string,
    repository: string,
    headers?: Record<string, string>,
    most?: number,
  ): Promise<EgressAnswer> => {
    const answer = await ask(path, headers, repository, most);
    if (answer.status === 404) throw notFound({ group: '', resource: 'images', name: repository });
    if (answer.status === 403) throw unauthorized();
    if (answer.status !== 200) throw unusable();
    return answer;
  };
  return {
    async verify() {
      const answer = await ask('/v2/');
      if (answer.status === 403) throw unauthorized();
      if (answer.status !== 200) throw unusable();
    },
    async tags(repository) {
      const tags: string[] = [];
      let path: string | undefined = `/v2/${repository}/tags/list?n=1000`;
      for (let page = 0; path !== undefined && page < tagPagesMax; page++) {
        const answer: EgressAnswer = await must(path, repository);
        const { tags: more } = jsonOf(answer);
        if (Array.isArray(more)) tags.push(...more.filter(tag => typeof tag === 'string'));
        path = nextPage(answer, repository);
      }
      return tags;
    },
    async image({ repository, version }) {
      const at = (digest: string) => `/v2/${repository}/manifests/${digest}`;
      let manifest = jsonOf(await must(at(version), repository, { accept: manifests }));
      const chosen = platformOf(manifest);
      if (chosen !== undefined) manifest = jsonOf(await must(at(chosen), repository, { accept: manifests }));
      const digest = (manifest['config'] as Json | undefined)?.['digest'];
      if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) throw unusable();
      const blob = await must(`/v2/${repository}/blobs/${digest}`, repository);
      if ((await digestOf(blob.body)) !== digest) throw unusable();
      return { manifest, config: jsonOf(blob) };
    },
    async layer(repository, version, types, most) {
      const accept = 'application/vnd.oci.image.manifest.v1+json';
      const manifest = jsonOf(await must(`/v2/${repository}/manifests/${version}`, repository, { accept }));
      const listed = Array.isArray(manifest['layers']) ? (manifest['layers'] as Json[]) : [];
      const digest = listed.find(({ mediaType }) => types.includes(String(mediaType)))?.['digest'];
      if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) throw unusable();
      const { body } = await must(`/v2/${repository}/blobs/${digest}`, repository, {}, most);
      if ((await digestOf(body)) !== digest) throw unusable();
      return body;
    },
  };
}

function realmOf(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw unusable();
  }
}

function jsonOf({ body }: EgressAnswer): Json {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  } catch {
    // As what is no object.
  }
  throw unusable();
}

/** Of an index: the image for Linux on the commonest machines, else the first; undefined for an image itself. */
function platformOf(manifest: Json): string | undefined {
  const list = manifest['manifests'];
  if (!Array.isArray(list)) return undefined;
  const entries = list as { digest?: unknown; platform?: { os?: unknown; architecture?: unknown } }[];
  const usual = entries.find(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64');
  const digest = (usual ?? entries[0])?.digest;
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) throw unusable();
  return digest;
}

/** The page after this one, of the same list: `Link` may say where, not of what. */
function nextPage(answer: EgressAnswer, repository: string): string | undefined {
  const link = /<([^>]+)>;\s*rel="?next"?/.exec(header(answer.headers, 'link') ?? '')?.[1];
  if (link === undefined) return undefined;
  const { searchParams } = new URL(link, 'https://registry.invalid');
  const query = new URLSearchParams({ n: searchParams.get('n') ?? '1000', last: searchParams.get('last') ?? '' });
  return `/v2/${repository}/tags/list?${query}`;
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice()));
  return `sha256:${Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Repositories with a word in their name: Docker Hub's, or of a Harbor. */
export async function searchImages(
  { egress, registry, credential, isInsecure, signal }: RegistryOptions,
  word: string,
): Promise<{ total: number; entries: string[] }> {
  const isHub = registry === 'docker.io';
  const query = new URLSearchParams(isHub ? { query: word, page_size: '25' } : { q: word });
  const ask = (url: string) =>
    egress.fetch({
      url,
      headers: { accept: 'application/json' },
      ...(credential && !isHub && { credentials: { authorization: basicHeader(credential) } }),
      ...(isInsecure && { insecureSkipTlsVerify: true }),
      ...(signal && { signal }),
    });
  const harbor = (scheme: 'https' | 'http') => ask(`${originOf(registry, scheme)}/api/v2.0/search?${query}`);
  const answer = isHub
    ? await ask(`https://hub.docker.com/v2/search/repositories/?${query}`)
    : await harbor('https').catch((error: unknown) => {
        if (!isInsecure) throw error;
        return harbor('http');
      });
  if (answer.status === 401 || answer.status === 403) throw unauthorized();
  if (answer.status !== 200) throw new StatusError(400, 'BadRequest', 'the registry does not search');
  const found = jsonOf(answer);
  const list = found[isHub ? 'results' : 'repository'];
  const names = (Array.isArray(list) ? (list as Json[]) : [])
    .map(entry => entry[isHub ? 'repo_name' : 'repository_name'])
    .filter((name): name is string => typeof name === 'string');
  const entries = names.map(name => (isHub ? name : `${registry}/${name}`));
  const count = found['count'];
  return { total: isHub && typeof count === 'number' ? count : entries.length, entries };
}
