/** Search over all objects, each user finding what the cluster lets him list. */
import { isReason } from '@orrery/machinery/status';
import { accessOf, type Grant } from '@orrery/platform-contract';
import { search as routes, users } from '@orrery/platform-contract/features';
import { labels } from '@orrery/platform-kinds';
import { resources } from '@orrery/client/resources';
import { decide } from '../access/authorizer.ts';
import type { PlatformContext } from '../context.ts';
import { handlersFor, type Feature } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import type { Kind } from '../resources/kinds.ts';
import { whereListed, type Where } from '../resources/read.ts';
import { workspacesOf } from '../tenancy/visible.ts';
import { parseQuery } from './query.ts';
import { rememberRights } from './rights.ts';
import { createSources } from './sources.ts';
import { createTable, type Place } from './table.ts';

const manifest = {
  name: 'search',
  summary: 'Search over all objects',
  routes,
  kinds: [],
  menus: [{ path: '/search', title: 'menu.search', scope: 'platform', route: 'search.find' }],
  needs: ['tenancy', 'users', 'resources'],
} as const;

/** Half a million objects of the usual size; beyond it objects are found by their names. */
const bytesMax = 192 * 1024 * 1024;
const limitDefault = 20;
const limitMax = 100;
/** The platform has what it needs for all else before it reads what nobody has looked for yet; a search before that waits this long. */
const restMs = 3_000;
const waitMs = 2_000;

export const search: Feature = {
  manifest,
  start(context) {
    const { clock, signal, log } = context;
    const table = createTable({ clock, bytesMax });
    const sources = createSources(context, table);
    const rights = rememberRights(context);
    const start = () =>
      sources.start().catch((error: unknown) => {
        if (!signal.aborted) log.warn('the search cannot read what there is', { error });
      });
    const rested = () => void clock.after(restMs, () => void (signal.aborted || start())).unref();
    // A member is read when somebody looks for something there.
    if (!context.host) context.informers.synced().then(rested, () => {});
    const ready = async () => {
      if (sources.isWhole) return;
      const waiting = new AbortController();
      await Promise.race([start(), clock.sleep(waitMs, waiting.signal)]);
      waiting.abort();
    };
    return {
      handlers: handlersFor(routes, {
        find: async ({ caller, query }) => {
          const terms = parseQuery(query.q);
          await ready();
          const limit = Math.min(query.limit ?? limitDefault, limitMax);
          const wanted = kindsFor(sources.kinds, query.kinds);
          const among = await namespacesFor(context, query);
          const places = await Promise.all(
            wanted.map(async ([name, kind]) => {
              const where = await rights.of(caller, name, () => whereSeen(context, caller, name, kind));
              return placeFor(name, kind, where, among);
            }),
          );
          const { hits, total } = await table.search(places, terms, limit);
          return {
            totalItems: total,
            incomplete: !sources.isWhole || table.shortened > 0,
            items: hits.map(({ kind: name, found, word }) => {
              const { group, version, resource } = sources.kinds.get(name)!;
              const { namespace, name: own, uid, createTime } = found;
              return {
                kind: name,
                group,
                version,
                resource,
                name: own,
                ...(namespace && { namespace }),
                uid,
                createTime,
                match: { field: word.field, value: word.value },
              };
            }),
          };
        },
      }),
    };
  },
};

function kindsFor(kinds: ReadonlyMap<string, Kind>, asked: string | undefined): [string, Kind][] {
  if (asked === undefined) return [...kinds];
  const names = new Set(asked.split(','));
  return [...kinds].filter(([name, { resource, group }]) => names.has(name) || names.has(`${resource}.${group}`));
}

/** The namespaces that are asked about; undefined for all. Whether the user may see them is another question. */
async function namespacesFor(
  { informers }: PlatformContext,
  { namespace, workspace }: { namespace?: string; workspace?: string },
): Promise<ReadonlySet<string> | undefined> {
  if (namespace !== undefined) return new Set([namespace]);
  if (workspace === undefined) return undefined;
  const projects = informers.of(resources.namespaces);
  await projects.synced;
  const inside = projects.list().filter(({ metadata }) => metadata.labels?.[labels.workspace] === workspace);
  return new Set(inside.map(({ metadata }) => metadata.name!));
}

const nowhere: ReadonlySet<string> = new Set();

/** Nowhere for kinds of the cluster that the user may not list. */
async function whereSeen(context: PlatformContext, caller: Caller, name: string, kind: Kind): Promise<Where> {
  if (name === 'workspaces')
    return new Set((await workspacesOf(context, caller)).map(({ metadata }) => metadata.name!));
  if (name === 'users') {
    const listUsers = accessOf(users.list.permission as Grant, {});
    return (await decide(context.clientOf(caller), listUsers)).allowed ? 'everywhere' : nowhere;
  }
  try {
    return await whereListed(context, caller, kind);
  } catch (error) {
    if (isReason(error, 'Forbidden')) return nowhere;
    throw error;
  }
}

/** Kinds of the cluster have one place; of some of them only some objects are to be seen. */
function placeFor(name: string, kind: Kind, where: Where, among: ReadonlySet<string> | undefined): Place {
  const isNamed = name === 'workspaces' || kind.resource === 'namespaces';
  if (kind.namespaced) {
    const namespaces = where === 'everywhere' ? (among ?? where) : among ? where.intersection(among) : where;
    return { kind: name, namespaces };
  }
  if (!isNamed) return { kind: name, namespaces: where === 'everywhere' && !among ? 'everywhere' : nowhere };
  const names = kind.resource === 'namespaces' ? among : undefined;
  if (where === 'everywhere') return { kind: name, namespaces: 'everywhere', ...(names && { names }) };
  return { kind: name, namespaces: 'everywhere', names: names ? where.intersection(names) : where };
}
