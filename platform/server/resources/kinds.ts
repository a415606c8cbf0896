/** Every kind that can be listed: the table of native ones, and whatever else the cluster says it serves. */
import { expectSuccess, type Client } from '@orrery/client';
import { readBody } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import { StatusError } from '@orrery/machinery/status';
import { allowedOf } from '../access/authorizer.ts';
import { groups } from '@orrery/platform-kinds';
import { listedKinds, type ListedKind } from './kinds.data.ts';

export interface Kind extends ListedKind {
  /** The plural name, as the cluster says it. */
  readonly resource: string;
  /** The platform itself may read it, and so keeps a copy; else every user's own rights must do. */
  readonly cached: boolean;
}

export interface Kinds {
  /**
   * By plural name, by `plural.group` where several groups have one, or by `plural.version.group`. Rejects with 404 for what the cluster does
   * not serve, or what has routes of its own.
   */
  find(name: string, namespaced?: boolean): Promise<Kind>;
  /** What was found before. @throws StatusError 404. */
  known(name: string, namespaced?: boolean): Kind;
  /** Every kind once, asked of the cluster anew. */
  all(): Promise<readonly Kind[]>;
}

/** The cluster is not asked again sooner, whatever names are asked for. */
const askAgainMs = 5000;

export function createKinds({ client, clock }: { client: Client; clock: Clock }): Kinds {
  let discovered: ReadonlyMap<string, Kind> = new Map();
  let askedAt = -Infinity;
  let asking: Promise<void> | undefined;
  const look = (name: string): Kind | undefined => {
    const listed = listedKinds.get(name);
    return listed ? { ...listed, resource: name, cached: true } : discovered.get(name);
  };
  const discover = async () => {
    askedAt = clock.monotonic();
    try {
      discovered = await withRights(kindsIn(await discovery(client)), client);
    } finally {
      asking = undefined;
    }
  };
  const known = (name: string, namespaced?: boolean): Kind => {
    const kind = look(name);
    if (!kind || (namespaced !== undefined && kind.namespaced !== namespaced))
      throw new StatusError(404, 'NotFound', `no list of "${name}" is served here`);
    return kind;
  };
  return {
    known,
    async all() {
      await (asking ??= discover());
      const listed = [...listedKinds].map(([resource, kind]) => ({ ...kind, resource, cached: true }));
      const ofGroup = ({ group, resource }: Kind) => `${resource}.${group}`;
      const others = new Map([...discovered.values()].toReversed().map(kind => [ofGroup(kind), kind]));
      for (const kind of listed) others.delete(ofGroup(kind));
      return [...listed, ...others.values()];
    },
    async find(name, namespaced) {
      const mayAsk = asking !== undefined || clock.monotonic() - askedAt >= askAgainMs;
      if (!look(name) && mayAsk) await (asking ??= discover());
      return known(name, namespaced);
    },
  };
}

/** The part of `APIGroupDiscoveryList` that says what can be listed and watched. */
interface Discovery {
  readonly items?: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly scope: string;
        readonly verbs: readonly string[];
      }[];
    }[];
  }[];
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** What the cluster serves beside its core group. */
export async function discovery(client: Client): Promise<Discovery> {
  const response = await client.raw('GET', '/apis', { headers: { accept } });
  await expectSuccess(response);
  return JSON.parse(new TextDecoder().decode(await readBody(response.body))) as Discovery;
}

const own: readonly string[] = Object.values(groups);

/** Asks for all at once: there are some dozens. */
async function withRights(
  kinds: ReadonlyMap<string, ListedKind & { resource: string }>,
  client: Client,
): Promise<Map<string, Kind>> {
  const nameOf = ({ group, resource }: { group: string; resource: string }) => `${resource}.${group}`;
  const distinct = new Map([...kinds.values()].map(kind => [nameOf(kind), kind]));
  const readable = await allowedOf(client, [...distinct.values()], ({ group, resource }) => ({
    verb: 'list',
    group,
    resource,
  }));
  const names = new Set(readable.map(nameOf));
  return new Map([...kinds].map(([name, kind]) => [name, { ...kind, cached: names.has(nameOf(kind)) }]));
}

/** By all names; of two groups with the same word the one that the cluster lists first has it alone. Versions are preferred in order. */
export function kindsIn({ items = [] }: Discovery): Map<string, ListedKind & { resource: string }> {
  const kinds = new Map<string, ListedKind & { resource: string }>();
  for (const { metadata, versions = [] } of items) {
    const { name: group = '' } = metadata;
    // Accounts have hashes, and rights to them are rights to routes.
    if (own.includes(group)) continue;
    for (const { version, resources = [] } of versions)
      for (const { resource, scope, verbs } of resources) {
        if (!verbs.includes('list') || !verbs.includes('watch')) continue;
        const kind = { group, version, namespaced: scope === 'Namespaced', resource };
        for (const name of [resource, `${resource}.${group}`, `${resource}.${version}.${group}`])
          if (!kinds.has(name)) kinds.set(name, kind);
      }
  }
  return kinds;
}
