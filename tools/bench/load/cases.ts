/** What is measured: each case is a few requests that a load generator repeats. */
import type { Protocol } from '../generators.ts';
import { configMap, pod } from './objects.ts';
import type { Call } from './scripts.ts';

/** Where the objects of a cluster are. */
export interface Places {
  /** Namespace of the objects that are read and changed: `item-0`, `item-1`, ... of each kind. */
  readonly kept: string;
  /** Namespace of those that are created, and deleted after each measurement. */
  readonly churned: string;
  /** How many pods and config maps `kept` has. */
  readonly objects: number;
}

export interface Case {
  /** For `--only`. */
  readonly group: Group;
  readonly what: string;
  readonly clients: readonly number[];
  readonly protocols: readonly Protocol[];
  readonly calls: (places: Places) => readonly Call[];
  /** What has to be deleted afterwards. */
  readonly creates?: 'configmaps' | 'pods';
}

export const groups = ['create', 'update', 'patch', 'get', 'list', 'mixed', 'watch', 'memory'] as const;
export type Group = (typeof groups)[number];

const both = ['HTTP/1.1', 'HTTP/2'] as const;
/** The generator for HTTP/2 repeats one body: a change that is none would not be written. */
const first = ['HTTP/1.1'] as const;
const mergePatch = 'application/merge-patch+json';

const collection = (namespace: string, resource: string): string => `/api/v1/namespaces/${namespace}/${resource}`;

const create = (resource: 'configmaps' | 'pods', { churned }: Places): Call => {
  const naming = { generateName: 'made-' };
  const object = resource === 'pods' ? pod(naming) : configMap(naming);
  return { method: 'POST', path: collection(churned, resource), body: JSON.stringify(object) };
};

const update = ({ kept }: Places): Call => ({
  method: 'PUT',
  path: `${collection(kept, 'configmaps')}/item-{k}`,
  body: JSON.stringify(configMap({ name: 'item-{k}' }, '{n} ')),
});

const patch = ({ kept }: Places): Call => ({
  method: 'PATCH',
  path: `${collection(kept, 'configmaps')}/item-{k}`,
  body: JSON.stringify({ metadata: { labels: { turn: 'n{n}' } } }),
  contentType: mergePatch,
});

const get = ({ kept }: Places, name = 'item-0'): Call => ({
  method: 'GET',
  path: `${collection(kept, 'pods')}/${name}`,
});

const list = ({ kept }: Places, limit: number): Call => ({
  method: 'GET',
  path: `${collection(kept, 'pods')}${limit > 0 ? `?limit=${limit}` : ''}`,
});

/** Twenty requests of which 14 read one object, 3 change one, 2 create one and 1 lists a page. */
const mixture = (places: Places): Call[] => [
  ...Array.from({ length: 7 }, () => get(places, 'item-{k}')),
  update(places),
  create('configmaps', places),
  ...Array.from({ length: 7 }, () => get(places, 'item-{k}')),
  patch(places),
  update(places),
  create('configmaps', places),
  list(places, 20),
];

/** The table of cases, for the numbers of clients that were asked for. */
export function casesFor(clients: readonly number[]): readonly Case[] {
  const few = clients.filter(count => count <= 32);
  const one = clients.slice(0, 1);
  return [
    {
      group: 'create',
      what: 'create ConfigMap 1 KiB',
      clients,
      protocols: both,
      calls: places => [create('configmaps', places)],
      creates: 'configmaps',
    },
    {
      group: 'create',
      what: 'create Pod',
      clients,
      protocols: both,
      calls: places => [create('pods', places)],
      creates: 'pods',
    },
    { group: 'update', what: 'update ConfigMap', clients, protocols: first, calls: places => [update(places)] },
    { group: 'patch', what: 'patch ConfigMap (merge)', clients, protocols: first, calls: places => [patch(places)] },
    { group: 'get', what: 'get Pod', clients, protocols: both, calls: places => [get(places)] },
    { group: 'list', what: 'list Pods, all', clients: one, protocols: both, calls: places => [list(places, 0)] },
    { group: 'list', what: 'list Pods, 500', clients: few, protocols: both, calls: places => [list(places, 500)] },
    {
      group: 'mixed',
      what: 'mixed',
      clients,
      protocols: first,
      calls: mixture,
      creates: 'configmaps',
    },
  ];
}
