/**
 * Charts in registries: `oci://host/path/name` holds the versions of one chart as its tags. What a registry may be asked is what it may be asked
 * for images: through the guarded client, with tokens, and a password only where it belongs.
 */
import { StatusError, badRequest } from '@orrery/machinery/status';
import type { Repository } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { isReference, registryOf } from '../registries/reference.ts';
import { createRegistry, type Registry } from '../registries/registry.ts';
import { bundleOf } from './bundle.ts';
import type { Listed } from './repositories.ts';
import { byVersion, isExtensionName, isExtensionVersion } from './versions.ts';

export const isOci = (url: string): boolean => url.startsWith('oci://');

/** Helm's own, and the one that it had at first. */
const layers = ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'application/tar+gzip'];

interface Place {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
}

/** @throws StatusError 422 for what is no such address. */
export function placeOf(url: string): Place {
  const [, host = '', path = '', tag] = /^oci:\/\/([^/?#@]+)\/([^?#@:]+?)\/*(?::([^/?#@:]+))?$/.exec(url) ?? [];
  try {
    const place = { registry: registryOf(host), repository: path, ...(tag !== undefined && { tag }) };
    if (isReference(place.repository, tag)) return place;
  } catch {
    // As one without a host.
  }
  throw new StatusError(422, 'Invalid', 'the address is none of a chart in a registry: oci://host/path/name');
}

function registryFor(
  { egress }: Pick<PlatformContext, 'egress'>,
  registry: string,
  repository: Repository | undefined,
  timeoutMs: number,
): Registry {
  const { basicAuth, caBundle, insecure = false, url = '' } = repository?.spec ?? {};
  const { username = '', password = '' } = basicAuth ?? {};
  const isHome = isOci(url) && placeOf(url).registry === registry;
  const ca = caBundle ? bundleOf(caBundle) : undefined;
  return createRegistry({
    ...{ egress, registry, isInsecure: insecure, timeoutMs },
    ...(username !== '' && isHome && { credential: { username, password } }),
    ...(ca !== undefined && { ca }),
  });
}

/** Registries say 400 of what they refuse; a repository that cannot be read says why, and is asked again. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StatusError && (error.code === 400 || error.code === 404))
      throw new StatusError(422, 'Invalid', error.message);
    throw error;
  }
}

/** The newest versions of the one chart that there is. A plus, which no tag may have, stands there as a low line. */
export async function listedInRegistry(
  context: Pick<PlatformContext, 'egress'>,
  repository: Repository,
  depth: number,
  timeoutMs: number,
): Promise<Listed[]> {
  const { registry, repository: path } = placeOf(repository.spec.url);
  const name = path.split('/').at(-1)!;
  if (!isExtensionName(name)) throw new StatusError(422, 'Invalid', `no extension is called "${name}"`);
  const tags = await told(registryFor(context, registry, repository, timeoutMs).tags(path));
  const versions = tags
    .map(tag => ({ tag, version: tag.replaceAll('_', '+') }))
    .filter(({ version }) => isExtensionVersion(version))
    .toSorted((left, right) => byVersion(left.version, right.version));
  return (depth === 0 ? versions : versions.slice(0, depth)).map(({ tag, version }) => ({
    ...{ name, version },
    url: `oci://${registry}/${path}:${tag}`,
  }));
}

/** The archive of a chart; its digest is the one that the manifest tells. */
export async function chartInRegistry(
  context: Pick<PlatformContext, 'egress'>,
  url: string,
  repository: Repository | undefined,
  timeoutMs: number,
  bytesMax: number,
): Promise<Uint8Array> {
  const { registry, repository: path, tag } = placeOf(url);
  if (tag === undefined) throw badRequest('the chart has no version');
  return told(registryFor(context, registry, repository, timeoutMs).layer(path, tag, layers, bytesMax));
}
