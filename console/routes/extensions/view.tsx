import type { PageComponent } from '../../blocks/page.ts';
import type { Params } from '../../util/paths.ts';
import type { ExtensionPage, ExtensionParts, Locales, Route } from './read.ts';
import { ExtensionContext } from './texts.ts';

type View = PageComponent<{ readonly params: Params }>;

const noTexts: Locales = { en: {}, zh: {} };
const views = new WeakMap<Route, View>();

/** What a script shows at a path, with its texts: one component for each route of it, so that a page keeps its state. */
export function viewOf({ extension, route }: ExtensionPage, scripts: readonly ExtensionParts[]): View {
  if (!route) return () => null;
  const locales = scripts.find(({ routes }) => routes.includes(route))?.locales ?? noTexts;
  const made = views.get(route) ?? createView(extension, route, locales);
  views.set(route, made);
  return made;
}

function createView(extension: string, { component: Component, element }: Route, locales: Locales): View {
  const texts = { extension, locales };
  return ({ params }) => (
    <ExtensionContext value={texts}>{Component ? <Component params={params} /> : element}</ExtensionContext>
  );
}
