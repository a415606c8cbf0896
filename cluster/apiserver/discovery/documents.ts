/** What the server serves, as documents: per group and version, and all in one. Pure. */
import { apiVersionOf } from '@orrery/machinery/meta';
import type { Registered } from '../aggregation/aggregator.ts';
import type { RemoteVersion } from '../aggregation/remote-discovery.ts';
import { compareVersions } from '../crd/versions.ts';
import type { ResourceInfo, SubresourceInfo } from '../registry/resource.ts';

/** What is served of a group version: by this server, or by another. */
export type Content = readonly ResourceInfo[] | RemoteVersion;

export interface Group {
  /** The highest of its versions'. */
  readonly priority: number;
  /** Best first. */
  readonly versions: ReadonlyMap<string, Content>;
}

/** Best first. */
export type Groups = ReadonlyMap<string, Group>;

type Priorities = Pick<Registered, 'priorityOf'>;

const isRemote = (content: Content): content is RemoteVersion => 'isStale' in content;

export function groupsOf(
  resources: Iterable<ResourceInfo>,
  registered: Priorities & Pick<Registered, 'versions'>,
): Groups {
  const groups = new Map<string, Map<string, Content>>();
  const versionsOf = (group: string): Map<string, Content> => {
    let versions = groups.get(group);
    if (versions === undefined) groups.set(group, (versions = new Map()));
    return versions;
  };
  const lists = new Map<string, ResourceInfo[]>();
  for (const info of resources) {
    const key = apiVersionOf(info);
    const list = lists.get(key);
    if (list) list.push(info);
    else {
      lists.set(key, [info]);
      versionsOf(info.group).set(info.version, lists.get(key)!);
    }
  }
  for (const list of lists.values())
    if (list.every(info => info.typedItems)) list.sort((a, b) => (a.resource < b.resource ? -1 : 1));
  for (const remote of registered.versions()) versionsOf(remote.group).set(remote.version, remote);
  return inOrder(groups, registered);
}

/** By the priorities of the APIServices, then by their names (apiregistration `SortedByGroupAndVersion`). */
function inOrder(groups: ReadonlyMap<string, ReadonlyMap<string, Content>>, { priorityOf }: Priorities): Groups {
  const ranked = [...groups].map(([name, versions]) => {
    const rated = [...versions].map(([version, content]) => ({
      version,
      content,
      priority: priorityOf(name, version),
    }));
    const priority = Math.max(...rated.map(each => each.priority.group));
    const first = rated.filter(each => each.priority.group === priority).map(({ version }) => `${version}.${name}`);
    rated.sort((a, b) => b.priority.version - a.priority.version || compareVersions(a.version, b.version));
    const ordered = new Map(rated.map(({ version, content }) => [version, content]));
    return { name, first: first.sort()[0]!, group: { priority, versions: ordered } };
  });
  ranked.sort((a, b) => b.group.priority - a.group.priority || (a.first < b.first ? -1 : 1));
  return new Map(ranked.map(({ name, group }) => [name, group]));
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
  groups: [...groups]
    .filter(([group]) => group !== '')
    .map(([group, { versions }]) => groupEntry(group, versions.keys())),
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

const aggregatedVersion = (version: string, content: Content): object =>
  isRemote(content)
    ? { version, resources: content.resources, freshness: content.isStale ? 'Stale' : 'Current' }
    : { version, resources: content.map(aggregatedResource), freshness: 'Current' };

/** Everything below `/api` (`legacy`) or `/apis`, in one document. Groups of one priority are in the order of their names. */
export const aggregated = (groups: Groups, legacy: boolean, version: string): object => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: [...groups]
    .filter(([group]) => (group === '') === legacy)
    .sort(([a, { priority: left }], [b, { priority: right }]) => right - left || (a < b ? -1 : 1))
    .map(([group, { versions }]) => ({
      metadata: group === '' ? {} : { name: group },
      versions: [...versions].map(([name, content]) => aggregatedVersion(name, content)),
    })),
});
