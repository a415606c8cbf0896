/** Paths of pages, e.g. `/workspaces/$workspace/members`: filling them, and the server's way to write them. */

/** The names of a page's path, as a type. */
export type PathParams<P extends string> = P extends `${string}$${infer Name}/${infer Rest}`
  ? { readonly [K in Name]: string } & PathParams<Rest>
  : P extends `${string}$${infer Name}`
    ? { readonly [K in Name]: string }
    : unknown;

export type Params = Readonly<Record<string, string>>;

/** Where a page lives; `undefined` when a name in it is not known here. */
export function hrefOf(path: string, params: Params): string | undefined {
  let complete = true;
  const filled = path.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (!value) complete = false;
    return encodeURIComponent(value ?? '');
  });
  return complete ? filled : undefined;
}

/** A link to a page. @throws TypeError when a parameter is missing: a programmer's mistake. */
export function pathTo<const P extends string>(path: P, params: PathParams<P>): string {
  const href = hrefOf(path, params as Params);
  if (href === undefined) throw new TypeError(`${path} needs more than ${JSON.stringify(params)}`);
  return href;
}

/** `/workspaces/{workspace}` of a server's menu is `/workspaces/$workspace` here. */
export const fromServerPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, '$$$1');

/** The pages that lie above this one, outermost first: those whose path is a beginning of its path. */
export function ancestorsOf<T extends { readonly path: string }>(pages: readonly T[], path: string): T[] {
  return pages
    .filter(page => page.path !== '/' && page.path !== path && path.startsWith(`${page.path}/`))
    .toSorted((left, right) => left.path.length - right.path.length);
}

/** Where somebody comes to log in or to choose a password: no place to go on to afterwards. */
const doors = /^\/(login(\/confirm)?|password)(?:[?#]|$)/;

/** A local address to go on to after the log-in; anything that could leave this site is `/`. */
export function safeNext(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])/.test(next) || /[\0-\x1f\\]/.test(next)) return '/';
  return doors.test(next) ? '/' : next;
}

/** A door with where to go on to behind it. */
export const doorTo = (door: string, next: string): string =>
  next === '/' ? door : `${door}?next=${encodeURIComponent(next)}`;

/** Whether the platform itself answers there, and no page of this console: a program that lets somebody log in here. */
export const isOfPlatform = (path: string): boolean => path.startsWith('/oauth/');
