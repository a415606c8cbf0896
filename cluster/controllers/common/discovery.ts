/** Which resources the server serves, from its aggregated discovery. */
import type { Client } from '@orrery/client';
import { readBody } from '@orrery/http';
import type { GroupVersionResource } from '@orrery/machinery/meta';

export interface ServedResource extends GroupVersionResource {
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

export interface Discovered {
  /** Each resource once, in the version its group prefers; subresources left out. */
  readonly resources: readonly ServedResource[];
  /** Group versions (`metrics.k8s.io/v1beta1`) whose server does not answer. */
  readonly stale: readonly string[];
}

interface GroupDiscovery {
  metadata?: { name?: string };
  versions?: {
    version: string;
    freshness?: string;
    resources?: {
      resource: string;
      responseKind?: { kind?: string };
      scope?: string;
      verbs?: string[];
    }[];
  }[];
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Asks the server. Rejects when it does not answer at all. */
export async function discover(client: Client, signal?: AbortSignal): Promise<Discovered> {
  const pages = await Promise.all(['/api', '/apis'].map(path => groupsAt(client, path, signal)));
  const stale: string[] = [];
  const resources = new Map<string, ServedResource>();
  for (const { metadata, versions = [] } of pages.flat()) {
    const group = metadata?.name ?? '';
    for (const { version, freshness, resources: served = [] } of versions) {
      if (freshness === 'Stale') stale.push(group ? `${group}/${version}` : version);
      for (const { resource, responseKind, scope, verbs = [] } of served) {
        const key = `${group}/${resource}`;
        if (resources.has(key)) continue;
        const kind = responseKind?.kind ?? '';
        resources.set(key, { group, version, resource, kind, namespaced: scope === 'Namespaced', verbs });
      }
    }
  }
  return { resources: [...resources.values()], stale };
}

async function groupsAt(client: Client, path: string, signal?: AbortSignal): Promise<GroupDiscovery[]> {
  const response = await client.raw('GET', path, { headers: { accept }, signal });
  const text = new TextDecoder().decode(await readBody(response.body, { signal }));
  if (response.status !== 200)
    throw new Error(`discovery of ${path} answered ${response.status}: ${text.slice(0, 200)}`);
  return (JSON.parse(text) as { items?: GroupDiscovery[] }).items ?? [];
}
