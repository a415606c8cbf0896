/** Scripts and entries of extensions, made into pages of the console (pure). */
import type { ExtensionNavigation } from '@orrery/platform-contract/features';
import type { Scope } from '../../blocks/page.ts';
import { languages, text, type Language, type Text } from '../../util/messages.ts';
import type { ConsoleExtension, ExtensionMenu, ExtensionRoute } from './contract.ts';

export type Locales = Readonly<Record<Language, Readonly<Record<string, string>>>>;

/** A script as it was read. */
export interface ExtensionParts {
  /** Whose it is. */
  readonly extension: string;
  readonly menus: readonly ExtensionMenu[];
  readonly routes: readonly Route[];
  readonly locales: Locales;
}

export interface Route extends Pick<ExtensionRoute, 'component' | 'element'> {
  /** As the console writes it, `/clusters/$cluster/hello`. */
  readonly path: string;
  readonly title: string | undefined;
}

/** @throws TypeError in one sentence for what is no script of an extension. */
export function readScript(extension: string, module: unknown): ExtensionParts {
  const exported = fieldsOf(module)?.['default'];
  const given = fieldsOf(exported) as Partial<Record<keyof ConsoleExtension, unknown>> | undefined;
  if (!given) throw new TypeError('its default export is no object with menus, routes and locales');
  const menus = listIn(given.menus, 'menus').map(menu => {
    if (typeof menu['name'] !== 'string' || menu['name'] === '') throw new TypeError('a menu has no name');
    return menu as unknown as ExtensionMenu;
  });
  return {
    extension,
    menus,
    routes: listIn(given.routes, 'routes').flatMap(readRoute),
    locales: readLocales(given.locales),
  };
}

/** What takes all below a path takes the path itself, too. */
function readRoute({ path, component, element, title }: Fields): Route[] {
  if (!isLocal(path)) throw new TypeError('a route has no path that begins with /');
  if ((component === undefined) === (element === undefined))
    throw new TypeError(`the route ${path} needs a component or an element, and not both`);
  const own = ownPath(path);
  const paths = own.endsWith('/$') ? [own.slice(0, -2), own] : [own];
  return paths.map(each => ({
    path: each,
    title: typeof title === 'string' ? title : undefined,
    component: component as Route['component'],
    element: element as Route['element'],
  }));
}

const readLocales = (given: unknown): Locales => {
  const all = fieldsOf(given) ?? {};
  // `zh-CN` is `zh`.
  const of = (language: string) =>
    Object.entries(all).find(([tag]) => tag.toLowerCase().split(/[-_]/)[0] === language)?.[1];
  return Object.fromEntries(
    Object.keys(languages).map(language => [language, fieldsOf(of(language)) ?? {}]),
  ) as unknown as Locales;
};

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

function listIn(given: unknown, name: string): Fields[] {
  const all = given === undefined ? [] : Array.isArray(given) ? given : [given];
  return all.map(item => {
    const fields = fieldsOf(item);
    if (!fields) throw new TypeError(`${name} is no list of objects`);
    return fields;
  });
}

/** On this platform: nothing that leads elsewhere. */
const isLocal = (link: unknown): link is string => typeof link === 'string' && /^\/(?![/\\])[^\0-\x1f\\]*$/.test(link);

const ofProject = /^\/workspaces\/\$\w+\/clusters\/\$(\w+)\/projects\/\$(\w+)/;

/** `:name` is `$name`, an ending `*` is the rest, and projects are below their cluster. */
export const ownPath = (path: string): string =>
  path
    .replaceAll(/\/:(\w+)/g, '/$$$1')
    .replace(/\/\*$/, '/$$')
    .replace(ofProject, '/clusters/$cluster/projects/$namespace')
    .replace(/(.)\/$/, '$1');

const roots: Readonly<Record<Exclude<Scope, 'devops'>, string>> = {
  project: '/clusters/$cluster/projects/$namespace',
  cluster: '/clusters/$cluster',
  workspace: '/workspaces/$workspace',
  platform: '',
};

const scopeOfPath = (path: string): keyof typeof roots =>
  (Object.keys(roots) as (keyof typeof roots)[]).find(scope => path.startsWith(`${roots[scope]}/`)) ?? 'platform';

/** `cluster.nodes` is a place within that of clusters. */
const scopeOfParent = (parent = 'global'): keyof typeof roots => {
  const [first = ''] = parent.split('.');
  return first in roots ? (first as keyof typeof roots) : 'platform';
};

/** Two paths of one shape are one address, whatever they call its parts. */
const shapeOf = (path: string): string => path.replaceAll(/\$\w+/g, '$');

/** What the navigation shows, and what the router opens. */
export interface ExtensionPage {
  readonly extension: string;
  readonly path: string;
  readonly scope: Scope;
  readonly title: Text;
  /** The address of a picture. */
  readonly picture?: string;
  /** In the navigation when there is one. */
  readonly order?: number;
  readonly access?: ExtensionMenu['access'];
  /** Without one it is a link: to another page, or below `/proxy/` to somebody else. */
  readonly route?: Route;
}

export interface Navigation {
  readonly pages: readonly ExtensionPage[];
  readonly problems: readonly { readonly extension: string; readonly message: string }[];
}

/**
 * All that extensions bring. Entries of the cluster go before the menus of the same extension's script, as in KubeSphere. A path that the console
 * or an earlier script has is not given away.
 */
export function navigationOf(
  scripts: readonly ExtensionParts[],
  entries: readonly ExtensionNavigation[],
  taken: ReadonlySet<string>,
): Navigation {
  const problems: { extension: string; message: string }[] = [];
  const shapes = new Set([...taken].map(shapeOf));
  const paths = new Set<string>();
  const routes = scripts.flatMap(({ extension, routes }) =>
    routes.flatMap(route => {
      if (shapes.has(shapeOf(route.path))) {
        problems.push({ extension, message: `there is a page at ${route.path} already` });
        return [];
      }
      shapes.add(shapeOf(route.path));
      paths.add(route.path);
      return [{ extension, route }];
    }),
  );
  const menus = menusOf(scripts, entries);
  const pages = routes.map(({ extension, route }): ExtensionPage => {
    const menu = menus.find(({ path }) => path === route.path || `${path}/$` === route.path);
    const title = menu?.title ?? route.title ?? extension;
    return {
      extension,
      path: route.path,
      scope: scopeOfPath(route.path),
      title: wordsOf(scripts, extension, title),
      route,
      ...(menu && navigated(menu, !route.path.endsWith('/$'))),
    };
  });
  const links = menus
    .filter(({ path }) => !paths.has(path) && isLocal(path))
    .map((menu): ExtensionPage => ({
      extension: menu.extension,
      path: menu.path,
      scope: menu.scope,
      title: wordsOf(scripts, menu.extension, menu.title),
      ...navigated(menu, true),
    }));
  return { pages: [...pages, ...links], problems };
}

interface Menu extends Omit<ExtensionMenu, 'title'> {
  readonly extension: string;
  readonly path: string;
  readonly scope: keyof typeof roots;
  readonly title: string;
}

const menusOf = (scripts: readonly ExtensionParts[], entries: readonly ExtensionNavigation[]): Menu[] => {
  const told = new Set(entries.map(({ extension }) => extension));
  return [
    ...entries.map(entry => menuAt(entry.extension, entry as unknown as ExtensionMenu)),
    ...scripts
      .filter(({ extension }) => !told.has(extension))
      .flatMap(({ extension, menus }) => menus.map(menu => menuAt(extension, menu))),
  ];
};

function menuAt(extension: string, menu: ExtensionMenu): Menu {
  const scope = scopeOfParent(menu.parent);
  const path = isLocal(menu.link) ? ownPath(menu.link) : `${roots[scope]}/${menu.name}`;
  return {
    ...menu,
    extension,
    path,
    scope: menu.link ? scopeOfLink(path, scope) : scope,
    title: menu.title ?? menu.name,
  };
}

/** A link says where its page is; one to somebody else stands where its parent says. */
const scopeOfLink = (path: string, parent: keyof typeof roots): keyof typeof roots =>
  path.includes('$') ? scopeOfPath(path) : parent;

/** What a menu adds to the page that it leads to. */
const navigated = ({ icon, order, access }: Menu, shown: boolean): Partial<ExtensionPage> => ({
  ...(isLocal(icon) && { picture: icon }),
  ...(shown && { order: typeof order === 'number' ? order : 0 }),
  ...(access && { access }),
});

/** A key of the extension's texts, or the text itself. */
export const wordsOf = (scripts: readonly ExtensionParts[], extension: string, key: string): Text => {
  const own = scripts.filter(script => script.extension === extension);
  const of = (language: Language) =>
    own.map(({ locales }) => locales[language][key]).find(value => value !== undefined);
  return text(of('en') ?? key, of('zh') ?? of('en') ?? key);
};
