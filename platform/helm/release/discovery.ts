/** What a cluster serves: from kinds to places in its API, and the capabilities that templates ask for. */
import { expectSuccess, type Client } from '@orrery/client';
import { readBody } from '@orrery/http';
import { apiVersionOf, type GroupVersionResource } from '@orrery/machinery/meta';
import type { Capabilities } from '../types.ts';

/** Where objects of a kind live. */
export interface Place extends GroupVersionResource {
  readonly kind: string;
  readonly isNamespaced: boolean;
}

export interface Discovery {
  readonly capabilities: Capabilities;
  placeOf(apiVersion: string, kind: string): Place | undefined;
}

interface AggregatedList {
  readonly kind: 'APIGroupDiscoveryList';
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly scope: string;
        readonly responseKind?: { readonly kind: string };
      }[];
    }[];
  }[];
}

interface GroupList {
  readonly kind: 'APIGroupList';
  readonly groups: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

async function read<T>(client: Client, target: string, accept: string, signal?: AbortSignal): Promise<T> {
  const response = await client.raw('GET', target, { headers: { accept }, ...(signal && { signal }) });
  await expectSuccess(response, signal);
  return JSON.parse(Buffer.from(await readBody(response.body, { signal, limit: 64 << 20 })).toString()) as T;
}

function fromAggregated({ items }: AggregatedList): Place[] {
  return items.flatMap(({ metadata: { name: group = '' }, versions }) =>
    versions.flatMap(({ version, resources = [] }) =>
      resources.flatMap(({ resource, scope, responseKind }) =>
        responseKind
          ? [{ group, version, resource, kind: responseKind.kind, isNamespaced: scope === 'Namespaced' }]
          : [],
      ),
    ),
  );
}

const fromResources = (group: string, version: string, { resources }: ResourceList): Place[] =>
  resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced }) => ({ group, version, resource: name, kind, isNamespaced: namespaced }));

/** Servers before aggregated discovery answer with the groups alone. */
async function placesOf(client: Client, signal?: AbortSignal): Promise<Place[]> {
  const core = read<ResourceList>(client, '/api/v1', 'application/json', signal).then(list =>
    fromResources('', 'v1', list),
  );
  const groups = await read<AggregatedList | GroupList>(client, '/apis', aggregated, signal);
  if (groups.kind === 'APIGroupDiscoveryList') return [...(await core), ...fromAggregated(groups)];
  const places = await core;
  for (const { groupVersion } of groups.groups.flatMap(({ versions }) => versions)) {
    const [group = '', version = ''] = groupVersion.split('/');
    // A group whose own server is away takes nothing from the others.
    const list = await read<ResourceList>(client, `/apis/${groupVersion}`, 'application/json', signal).catch(
      () => undefined,
    );
    if (list) places.push(...fromResources(group, version, list));
  }
  return places;
}

/** Asks a cluster what it serves. */
export async function discover(client: Client, signal?: AbortSignal): Promise<Discovery> {
  const [version, places] = await Promise.all([
    read<{ gitVersion: string }>(client, '/version', 'application/json', signal),
    placesOf(client, signal),
  ]);
  const known = new Map(places.map(place => [`${apiVersionOf(place)}/${place.kind}`, place]));
  const apiVersions = [
    ...new Set(places.flatMap(place => [apiVersionOf(place), `${apiVersionOf(place)}/${place.kind}`])),
  ];
  return {
    capabilities: { kubeVersion: version.gitVersion, apiVersions },
    placeOf: (apiVersion, kind) => known.get(`${apiVersion}/${kind}`),
  };
}
