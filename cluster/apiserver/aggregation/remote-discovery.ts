/** What other servers say they serve, kept from one look at them to the next (kube-aggregator `discoveryManager`). */
import { header } from '@orrery/http';
import { parseJson } from '../registry/json.ts';
import { checkedResources } from './checked-discovery.ts';
import type { DiscoveredResource } from './checked-discovery.ts';
import type { Answered, Reach } from './reach.ts';
import type { ApiServices, Remote } from './services.ts';

export interface RemoteVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly DiscoveredResource[];
  /** The server did not answer when it was asked last. */
  readonly isStale: boolean;
}

interface Known {
  readonly etag: string;
  readonly resources: readonly DiscoveredResource[];
  readonly isStale: boolean;
}

const timeoutMs = 5_000;
const bytesMax = 8 << 20;
const aggregator = { name: 'system:kube-aggregator', groups: ['system:masters'] };
const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

type Loose = Readonly<Record<string, unknown>>;

const listIn = (value: unknown, name: string): readonly Loose[] => {
  const list = (value as Loose | undefined)?.[name];
  return Array.isArray(list) ? list.filter(item => typeof item === 'object' && item !== null) : [];
};

/** The resources of a group version in a document of everything; undefined when it is not in there. */
export function resourcesIn(
  document: unknown,
  { group, version }: Pick<Remote, 'group' | 'version'>,
): readonly DiscoveredResource[] | undefined {
  for (const item of listIn(document, 'items')) {
    if ((item.metadata as Loose | undefined)?.name !== group) continue;
    for (const entry of listIn(item, 'versions')) if (entry.version === version) return listIn(entry, 'resources');
  }
  return undefined;
}

const responseKind = ({ group = '', version = '', kind = '' }: Loose): Loose => ({ group, version, kind });

/** The older form of one group version, as the newer one says it (apiserver `ConvertGroupVersionIntoToDiscovery`). */
export function fromResourceList(document: unknown): readonly DiscoveredResource[] {
  const made = new Map<string, Record<string, unknown> & { subresources: Loose[] }>();
  const parent = (resource: string) => {
    let found = made.get(resource);
    if (found === undefined) made.set(resource, (found = { resource, subresources: [] }));
    return found;
  };
  for (const entry of listIn(document, 'resources')) {
    const [resource = '', subresource] = String(entry.name).split('/', 2);
    const { verbs = [], singularName = '', shortNames, categories } = entry;
    const kind = { responseKind: responseKind(entry), verbs };
    const scope = entry.namespaced === true ? 'Namespaced' : 'Cluster';
    if (subresource === undefined)
      Object.assign(parent(resource), {
        ...{ ...kind, scope, singularResource: singularName },
        ...(Array.isArray(shortNames) && { shortNames }),
        ...(Array.isArray(categories) && { categories }),
      });
    else parent(resource).subresources.push({ subresource, ...kind });
  }
  return [...made.values()].map(({ subresources, ...resource }) => ({
    ...resource,
    ...(subresources.length > 0 && { subresources }),
  }));
}

const isAggregated = ({ headers }: Answered): boolean =>
  /;\s*as=APIGroupDiscoveryList/.test(header(headers, 'content-type') ?? '');

export class RemoteDiscovery {
  readonly #services: ApiServices;
  readonly #reach: Reach;
  readonly #known = new Map<string, Known>();
  #revision = 0;

  constructor(services: ApiServices, reach: Reach) {
    this.#services = services;
    this.#reach = reach;
    services.onChange(name => {
      if (services.remote(name) === undefined && this.#known.delete(name)) this.#revision++;
    });
  }

  /** Increases with every change of what is shown. */
  get revision(): number {
    return this.#revision;
  }

  *versions(): Iterable<RemoteVersion> {
    for (const { name, group, version } of this.#services.remotes()) {
      const { resources = [], isStale = true } = this.#known.get(name) ?? {};
      yield { group, version, resources, isStale };
    }
  }

  /** Asks a server that was just found well. */
  async refresh(remote: Remote): Promise<void> {
    const known = this.#known.get(remote.name);
    try {
      this.#keep(remote, await this.#fetch(remote, known));
    } catch {
      this.stale(remote);
    }
  }

  stale({ name }: Remote): void {
    const known = this.#known.get(name);
    if (known?.isStale === false) this.#keep({ name }, { ...known, isStale: true });
  }

  #keep({ name }: Pick<Remote, 'name'>, known: Known): void {
    const before = this.#known.get(name);
    if (before && JSON.stringify(before) === JSON.stringify(known)) return;
    this.#known.set(name, known);
    this.#revision++;
  }

  async #fetch(remote: Remote, known: Known | undefined): Promise<Known> {
    const ask = (target: string, headers: Record<string, string>): Promise<Answered> =>
      this.#reach.ask(remote, { target, headers, user: aggregator, timeoutMs, bytesMax });
    const etag = known?.etag;
    const all = await ask('/apis', { accept, ...(etag && { 'if-none-match': etag }) });
    if (all.status === 304 && known) return { ...known, isStale: false };
    if (all.status === 503) throw new Error('the server is not ready');
    if (all.status === 200 && isAggregated(all)) {
      const resources = checkedResources(resourcesIn(parseJson(all.body), remote) ?? []);
      return { etag: header(all.headers, 'etag') ?? '', resources, isStale: false };
    }
    const one = await ask(`/apis/${remote.group}/${remote.version}`, { accept: 'application/json' });
    if (one.status !== 200) throw new Error(`discovery answered ${one.status}`);
    return { etag: '', resources: checkedResources(fromResourceList(parseJson(one.body))), isStale: false };
  }
}
