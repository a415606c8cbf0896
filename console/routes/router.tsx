/** The routes: every page of every feature, within the frame or bare. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  Outlet,
  type AnyRoute,
} from '@tanstack/react-router';
import type { ComponentType } from 'react';
import type { Params } from '../util/paths.ts';
import { parseSearch, stringifySearch } from '../util/url-search.ts';
import { Brought, crashAt } from './extensions/Brought.tsx';
import type { ExtensionHost } from './extensions/host.ts';
import { Crashed, Missing } from './Fallbacks.tsx';
import type { KnownPage } from './pages.ts';
import { Placed } from './Placed.tsx';
import { Shell } from './shell/Shell.tsx';

type PageView = ComponentType<{ readonly params: Params }> & { preload?: () => Promise<void> };

/** The console's own pages, and those that extensions bring while it is open. */
export function buildRouter(pages: readonly KnownPage[], host: ExtensionHost) {
  const Nowhere = () => <Missing host={host} />;
  const createRoot = () => createRootRoute({ component: Outlet, notFoundComponent: Nowhere });
  let root = createRoot();
  const frame = createRoute({
    getParentRoute: () => root,
    id: 'frame',
    component: () => <Shell pages={pages} host={host} />,
  });
  const routeFor = (page: KnownPage): AnyRoute => {
    const View = lazyRouteComponent(page.load as never) as unknown as PageView;
    const route: AnyRoute = createRoute({
      getParentRoute: () => (page.bare ? root : frame),
      path: page.path,
      component: Object.assign(() => <Placed page={page} params={route.useParams() as Params} View={View} />, {
        preload: () => View.preload?.(),
      }),
    } as never);
    return route;
  };
  const bare = pages.filter(page => page.bare).map(routeFor);
  const framed = pages.filter(page => !page.bare).map(routeFor);
  const home = pages.find(page => page.scope === 'platform' && !page.bare && !page.path.includes('$'));
  if (home && !pages.some(({ path }) => path === '/'))
    framed.push(
      createRoute({
        getParentRoute: () => frame,
        path: '/',
        component: () => <Navigate to={home.path} replace />,
      } as never),
    );
  // What no page has, within the frame: one is not lost.
  framed.push(createRoute({ getParentRoute: () => frame, path: '$', component: Nowhere } as never));
  // A route that was there once stays: who is on its page when the extension goes is told that it is gone.
  const brought = new Map<string, AnyRoute>();
  const treeOf = (paths: readonly string[]): AnyRoute => {
    for (const path of paths) brought.set(path, routeAt(path));
    root = createRoot();
    return root.addChildren([...bare, frame.addChildren([...framed, ...brought.values()])]) as unknown as AnyRoute;
  };
  const routeAt = (path: string): AnyRoute => {
    const route: AnyRoute = createRoute({
      getParentRoute: () => frame,
      path,
      component: () => <Brought host={host} path={path} params={route.useParams() as Params} />,
      errorComponent: crashAt(host, path),
    } as never);
    return route;
  };
  const newPaths = () => host.current().pages.flatMap(({ path, route }) => (route && !brought.has(path) ? [path] : []));
  const router = createRouter({
    routeTree: treeOf(newPaths()),
    parseSearch,
    stringifySearch,
    // Code is fetched when a link is pointed at.
    defaultPreload: 'intent',
    defaultPendingMs: 150,
    defaultErrorComponent: Crashed,
    defaultNotFoundComponent: Nowhere,
    scrollRestoration: false,
  });
  host.onChange(() => {
    const paths = newPaths();
    if (paths.length === 0) return;
    router.update({ routeTree: treeOf(paths) } as never);
    void router.invalidate();
  });
  return router;
}
