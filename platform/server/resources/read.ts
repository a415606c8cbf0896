/** Lists and single objects of any kind, each user seeing what the cluster lets them see. */
import { isReason, StatusError, forbidden } from '@orrery/machinery/status';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Informer } from '@orrery/reconciler';
import type { ListQuery, Page } from '@orrery/platform-contract';
import { decide } from '../access/authorizer.ts';
import { visibleNamespaces } from '../access/visible.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { listPage } from '../lists/list.ts';
import type { Kind, Kinds } from './kinds.ts';
import { listingOf, relatedKinds, type Related } from './listings.ts';
import { shownAs, shownNeeds } from './shown.ts';
import type { Loose } from './states.ts';

export interface Wish {
  readonly kind: Kind;
  readonly query: ListQuery;
  readonly search: URLSearchParams;
  /** One project; all that the user sees unless given. */
  readonly namespace?: string;
}

export type Where = 'everywhere' | ReadonlySet<string>;

/** A cache that does not fill (its kind has just gone) holds nobody up. */
const fillMs = 10_000;

/** Rejects with 504 where the cluster does not list the kind. */
export async function cacheOf(
  { informers, clock }: PlatformContext,
  { group, version, resource }: Kind,
): Promise<Informer<KubeObject>> {
  const informer = informers.of({ group, version, resource });
  if (informer.hasSynced()) return informer;
  const waiting = new AbortController();
  await Promise.race([informer.synced, clock.sleep(fillMs, waiting.signal)]);
  waiting.abort();
  if (!informer.hasSynced())
    throw new StatusError(504, 'Timeout', `the cluster does not list "${resource}" at the moment`);
  return informer;
}

/** One page. Rejects with 403 where the user may list the kind neither in the project nor in the cluster. */
export async function listObjects(
  context: PlatformContext,
  kinds: Kinds,
  caller: Caller,
  { kind, query, search, namespace }: Wish,
): Promise<Page<KubeObject>> {
  const { resource } = kind;
  const names = namespace === undefined ? await whereListed(context, caller, kind) : new Set([namespace]);
  if (namespace !== undefined) await refuse(context, caller, kind, namespace);
  const objects = await (kind.cached ? fromCache(context, kind, names) : asUser(context, caller, kind, names));
  const related = await relatedFor(context, kinds, caller, relatedKinds(resource, search));
  const page = listPage(objects, query, search, listingOf(resource, related));
  return { ...page, items: await withShown(context, kinds, caller, resource, page.items) };
}

/** Single objects come from the cluster itself, as the user. */
export async function getObject(
  context: PlatformContext,
  kinds: Kinds,
  caller: Caller,
  { group, version, resource }: Kind,
  name: string,
  namespace?: string,
): Promise<KubeObject> {
  const object = await context.clientOf(caller).get({ group, version, resource }, name, { namespace });
  return (await withShown(context, kinds, caller, resource, [object]))[0]!;
}

async function withShown(
  context: PlatformContext,
  kinds: Kinds,
  caller: Caller,
  resource: string,
  items: readonly KubeObject[],
): Promise<KubeObject[]> {
  const needs = shownNeeds(resource);
  if (needs.length === 0 || items.length === 0) return [...items];
  const related = await relatedFor(context, kinds, caller, needs);
  return items.map(item => shownAs(resource, item, related));
}

/** Where the user may list this kind: the whole cluster, or these namespaces. Rejects with 403 for kinds of the cluster. */
export async function whereListed(context: PlatformContext, caller: Caller, kind: Kind): Promise<Where> {
  const { group, resource, namespaced } = kind;
  if (!namespaced && resource !== 'namespaces') {
    await refuse(context, caller, kind);
    return 'everywhere';
  }
  const verb = resource === 'namespaces' ? 'get' : 'list';
  return visibleNamespaces(context, caller, verb, { group, resource });
}

async function fromCache(context: PlatformContext, kind: Kind, names: Where): Promise<KubeObject[]> {
  const informer = await cacheOf(context, kind);
  if (names === 'everywhere') return informer.list();
  if (kind.resource === 'namespaces') return informer.list().filter(({ metadata }) => names.has(metadata.name!));
  return [...names].flatMap(namespace => informer.list(namespace));
}

/** The platform may not read this kind: the user's own rights must do, and nothing is kept. */
async function asUser(context: PlatformContext, caller: Caller, kind: Kind, names: Where): Promise<KubeObject[]> {
  const client = context.clientOf(caller);
  if (names === 'everywhere') return (await client.list(kind)).items;
  const pages = await Promise.all([...names].map(namespace => client.list(kind, { namespace })));
  return pages.flatMap(({ items }) => items);
}

/** Other kinds, as far as the user sees them and the cluster has them. */
async function relatedFor(
  context: PlatformContext,
  kinds: Kinds,
  caller: Caller,
  wanted: readonly string[],
): Promise<Related> {
  const found = new Map(
    await Promise.all(wanted.map(async name => [name, await seenObjects(context, kinds, caller, name)] as const)),
  );
  return { list: (resource, namespace) => found.get(resource)?.(namespace) ?? [] };
}

type Seen = (namespace?: string) => readonly Loose[];

async function seenObjects(context: PlatformContext, kinds: Kinds, caller: Caller, name: string): Promise<Seen> {
  try {
    const kind = await kinds.find(name);
    const names = await whereListed(context, caller, kind);
    if (!kind.cached) return () => [];
    const informer = await cacheOf(context, kind);
    return namespace => {
      if (names === 'everywhere') return informer.list(namespace) as Loose[];
      const places = namespace === undefined ? [...names] : names.has(namespace) ? [namespace] : [];
      return places.flatMap(place => informer.list(place)) as Loose[];
    };
  } catch (error) {
    if (isReason(error, 'NotFound') || isReason(error, 'Forbidden')) return () => [];
    throw error;
  }
}

async function refuse(
  context: PlatformContext,
  caller: Caller,
  { group, resource }: Kind,
  namespace?: string,
): Promise<void> {
  const access = { verb: 'list', group, resource, ...(namespace && { namespace }) };
  const { allowed, reason } = await decide(context.clientOf(caller), access);
  if (allowed) return;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const what = `User "${caller.name}" cannot list resource "${resource}" in API group "${group}" ${where}`;
  throw forbidden({ group, resource }, reason ? `${what}: ${reason}` : what);
}
