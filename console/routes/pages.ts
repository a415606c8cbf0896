/** The pages that are there, joined with what the platform offers (pure). */
import type { Offer } from '../data/session.ts';
import type { FeaturePages, Page, Scope } from '../blocks/page.ts';
import type { Text } from '../util/messages.ts';
import { ancestorsOf, fromServerPath, hrefOf, type Params } from '../util/paths.ts';

/** A page and the feature that it belongs to. */
export interface KnownPage extends Page {
  readonly feature: string;
}

/** @throws Error when two features want the same path. */
export function pagesOf(features: readonly FeaturePages[]): KnownPage[] {
  const all = features.flatMap(({ name, pages }) => pages.map(page => ({ ...page, feature: name })));
  const twice = all.find(({ path }, index) => all.findIndex(other => other.path === path) !== index);
  if (twice) throw new Error(`two pages want the path ${twice.path}`);
  return all;
}

/** A page in the navigation. */
export interface Entry {
  readonly page: KnownPage;
  readonly href: string;
  /** The id of the route whose permission decides whether it is shown. */
  readonly route?: string;
}

/**
 * The side navigation of a scope: the platform's menus in its order, as far as this console has the page, after the pages that order
 * themselves.
 */
export function entriesOf(
  pages: readonly KnownPage[],
  { features, menus }: Offer,
  scope: Scope,
  params: Params,
): Entry[] {
  const here = pages.filter(page => page.scope === scope && features.has(page.feature));
  const own = here
    .filter(({ order }) => order !== undefined)
    .toSorted((left, right) => left.order! - right.order!)
    .map(page => ({ page }));
  const offered = menus.flatMap(menu => {
    const page = here.find(({ path, order }) => path === fromServerPath(menu.path) && order === undefined);
    return page ? [{ page, route: menu.route }] : [];
  });
  return [...own, ...offered].flatMap(({ page, ...more }) => {
    const href = hrefOf(page.path, params);
    return href === undefined ? [] : [{ page, href, ...more }];
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
  ancestorsOf(pages, path).flatMap(page => {
    const href = hrefOf(page.path, params);
    return href === undefined ? [] : [{ page, href }];
  });
