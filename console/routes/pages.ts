/** The pages that are there, joined with what the platform offers (pure). */
import type { Offer } from '../data/session.ts';
import type { FeaturePages, Page, Scope } from '../blocks/page.ts';
import type { Text } from '../util/messages.ts';
import { ancestorsOf, fromServerPath, hrefOf, type Params } from '../util/paths.ts';

/** A page and the feature that it belongs to. */
export interface KnownPage extends Page {
  readonly feature: string;
  /** The extension that brought it. */
  readonly extension?: string;
  /** In the navigation alone: the path is that of another page, or somebody else's below `/proxy/`. */
  readonly isLink?: true;
}

/** @throws Error when two features want the same path. */
export function pagesOf(features: readonly FeaturePages[]): KnownPage[] {
  const all = features.flatMap(({ name, pages }) => pages.map(page => ({ ...page, feature: name })));
  const twice = all.find(({ path }, index) => all.findIndex(other => other.path === path) !== index);
  if (twice) throw new Error(`two pages want the path ${twice.path}`);
  return all;
}

/** What is shown by somebody else: it is opened by itself. */
export const isElsewhere = ({ isLink, path }: KnownPage): boolean => isLink === true && path.startsWith('/proxy/');

/** A page in the navigation. */
export interface Entry {
  readonly page: KnownPage;
  readonly href: string;
  /** The id of the route whose permission decides whether it is shown. */
  readonly route?: string;
}

/** Pages whose `order` is this or more stand below the platform's menus. */
const lastFrom = 100;

/**
 * The side navigation of a scope: the platform's menus in its order, as far as this console has the page, between the pages that order
 * themselves. What the platform has a menu for is shown by its permission, wherever it stands.
 */
export function entriesOf(
  pages: readonly KnownPage[],
  { features, menus }: Offer,
  scope: Scope,
  params: Params,
): Entry[] {
  const here = pages.filter(page => page.scope === scope && features.has(page.feature));
  const routes = new Map(menus.map(({ path, route }) => [fromServerPath(path), route]));
  const own = here.filter(({ order }) => order !== undefined).toSorted((left, right) => left.order! - right.order!);
  const offered = [...routes.keys()].flatMap(path =>
    here.filter(page => page.path === path && page.order === undefined),
  );
  const first = own.filter(({ order }) => order! < lastFrom);
  const last = own.filter(({ order }) => order! >= lastFrom);
  return [...first, ...offered, ...last].flatMap(page => {
    const href = hrefOf(page.path, params);
    const route = routes.get(page.path);
    return href === undefined ? [] : [{ page, href, ...(route && { route }) }];
  });
}

export interface Section {
  /** None for what belongs to no section: it stands first. */
  readonly title: Text | undefined;
  readonly entries: readonly Entry[];
}

/** Entries by the section that their pages name, each section where its first entry stands. */
export function sectionsOf(entries: readonly Entry[]): readonly Section[] {
  const groups = Map.groupBy(entries, ({ page }) => page.section?.en);
  return [...groups.values()].map(group => ({ title: group[0]!.page.section, entries: group }));
}

/** The way to a page, outermost first, without the page itself. */
export const crumbsOf = (pages: readonly KnownPage[], path: string, params: Params): Entry[] =>
  ancestorsOf(
    pages.filter(({ isLink }) => !isLink),
    path,
  ).flatMap(page => {
    const href = hrefOf(page.path, params);
    return href === undefined ? [] : [{ page, href }];
  });
