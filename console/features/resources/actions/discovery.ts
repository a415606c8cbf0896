/** Which path an object's kind has: asked of the cluster, once per group and version. */
import { expectSuccess, type Client } from '@orrery/client';
import { readBody } from '@orrery/http';

export interface Found {
  readonly resource: string;
  readonly namespaced: boolean;
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Undefined for a kind that is not served. Rejects when the cluster does not answer. */
export function createDiscovery(
  client: Pick<Client, 'raw'>,
): (group: string, version: string, kind: string) => Promise<Found | undefined> {
  const lists = new Map<string, Promise<ResourceList>>();
  const read = async (path: string): Promise<ResourceList> => {
    const response = await client.raw('GET', path, { headers: { accept: 'application/json' } });
    if (response.status === 404) return {};
    await expectSuccess(response);
    return JSON.parse(new TextDecoder().decode(await readBody(response.body))) as ResourceList;
  };
  return async (group, version, kind) => {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const list = lists.get(path) ?? read(path);
    lists.set(path, list);
    list.catch(() => lists.delete(path));
    // Subresources have their object's kind, or another: `deployments/scale`.
    const found = (await list).resources?.find(each => each.kind === kind && !each.name.includes('/'));
    return found && { resource: found.name, namespaced: found.namespaced };
  };
}
