/** What the server serves, as documents: per group and version, and all in one. Pure. */
import { apiVersionOf } from '@orrery/machinery/meta';
import { compareVersions } from '../crd/versions.ts';
import type { ResourceInfo, SubresourceInfo } from '../registry/resource.ts';

/** Resources by group, then version, both in order of preference. */
export type Groups = ReadonlyMap<string, ReadonlyMap<string, readonly ResourceInfo[]>>;

export function groupsOf(resources: Iterable<ResourceInfo>): Groups {
  const groups = new Map<string, Map<string, ResourceInfo[]>>();
  for (const info of resources) {
    let versions = groups.get(info.group);
    if (versions === undefined) groups.set(info.group, (versions = new Map()));
    const list = versions.get(info.version);
    if (list === undefined) versions.set(info.version, [info]);
    else list.push(info);
  }
  return inOrder(groups);
}

/** Built-in groups stay in their order; those of custom resources follow by name, their versions best first. */
function inOrder(groups: Map<string, Map<string, ResourceInfo[]>>): Map<string, Map<string, ResourceInfo[]>> {
  const isCustom = (versions: Map<string, ResourceInfo[]>): boolean =>
    [...versions.values()].every(list => list.every(info => info.typedItems));
  const custom = [...groups].filter(([, versions]) => isCustom(versions)).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [group, versions] of custom) {
    groups.delete(group);
    const sorted = [...versions].sort(([a], [b]) => compareVersions(a, b));
    for (const [, list] of sorted) list.sort((a, b) => (a.resource < b.resource ? -1 : 1));
    groups.set(group, new Map(sorted));
  }
  return groups;
}

const optional = <T extends object>(
  info: { shortNames: readonly string[]; categories: readonly string[] },
  rest: T,
): T => ({
  ...rest,
  ...(info.shortNames.length > 0 && { shortNames: info.shortNames }),
  ...(info.categories.length > 0 && { categories: info.categories }),
});

const isOwn = (info: ResourceInfo, { kind }: SubresourceInfo): boolean =>
  kind.group === info.group && kind.version === info.version;

function apiResources(info: ResourceInfo): object[] {
  const own = {
    name: info.resource,
    singularName: info.singular,
    namespaced: info.namespaced,
    kind: info.kind,
    verbs: info.verbs,
  };
  const hash = info.storageVersionHash;
  const subresources = info.subresources.map(subresource => ({
    name: `${info.resource}/${subresource.name}`,
    singularName: '',
    namespaced: info.namespaced,
    ...(!isOwn(info, subresource) && { group: subresource.kind.group, version: subresource.kind.version }),
    kind: subresource.kind.kind,
    verbs: subresource.verbs,
  }));
  return [{ ...optional(info, own), ...(hash !== undefined && { storageVersionHash: hash }) }, ...subresources];
}

/** `/api/v1`, `/apis/apps/v1`. */
export const resourceList = (group: string, version: string, resources: readonly ResourceInfo[]): object => ({
  kind: 'APIResourceList',
  ...(group !== '' && { apiVersion: 'v1' }),
  groupVersion: apiVersionOf({ group, version }),
  resources: resources.flatMap(apiResources),
});

/** One group with its versions, without kind and apiVersion. */
export function groupEntry(group: string, versions: Iterable<string>): object {
  const listed = [...versions].map(version => ({ groupVersion: apiVersionOf({ group, version }), version }));
  return { name: group, versions: listed, preferredVersion: listed[0] };
}

/** `/apis`. */
export const groupList = (groups: Groups): object => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: [...groups].filter(([group]) => group !== '').map(([group, versions]) => groupEntry(group, versions.keys())),
});

/** `/api`. */
export const legacyVersions = (serverAddress: string): object => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
});

/** Built-in kinds leave out the group and version that stand above them. */
function responseKind(info: ResourceInfo, { group, version, kind }: SubresourceInfo['kind']): object {
  const isImplied = !info.typedItems && group === info.group && version === info.version;
  return isImplied ? { group: '', version: '', kind } : { group, version, kind };
}

function aggregatedResource(info: ResourceInfo): object {
  const own = {
    resource: info.resource,
    responseKind: responseKind(info, info),
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: info.singular,
    verbs: info.verbs,
  };
  const subresources = info.subresources.map(subresource => ({
    subresource: subresource.name,
    responseKind: responseKind(info, subresource.kind),
    verbs: subresource.verbs,
  }));
  return { ...optional(info, own), ...(subresources.length > 0 && { subresources }) };
}

/** Everything below `/api` (`legacy`) or `/apis`, in one document. */
export const aggregated = (groups: Groups, legacy: boolean, version: string): object => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: [...groups]
    .filter(([group]) => (group === '') === legacy)
    .map(([group, versions]) => ({
      metadata: group === '' ? {} : { name: group },
      versions: [...versions].map(([name, resources]) => ({
        version: name,
        resources: resources.map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
});
