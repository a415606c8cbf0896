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
import { PlaceContext } from '../blocks/place.ts';
import { ClusterContext } from '../data/context.ts';
import { hostCluster } from '../data/data.ts';
import type { Params } from '../util/paths.ts';
import { parseSearch, stringifySearch } from '../util/url-search.ts';
import { crashOf } from './extensions/ExtensionView.tsx';
import type { ExtensionHost, Extensions } from './extensions/host.ts';
import { knownPageOf } from './extensions/pages.tsx';
import type { ExtensionPage } from './extensions/read.ts';
import { Crashed, Missing } from './Fallbacks.tsx';
import type { KnownPage } from './pages.ts';
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
  const routeFor = (page: KnownPage, errorComponent?: ReturnType<typeof crashOf>): AnyRoute => {
    const View = lazyRouteComponent(page.load as never) as unknown as PageView;
    const route: AnyRoute = createRoute({
      getParentRoute: () => (page.bare ? root : frame),
      path: page.path,
      component: Object.assign(() => <Placed page={page} params={route.useParams() as Params} View={View} />, {
        preload: () => View.preload?.(),
      }),
      ...(errorComponent && { errorComponent }),
    } as never);
    return route;
  };
  const bare = pages.filter(page => page.bare).map(page => routeFor(page));
  const framed = pages.filter(page => !page.bare).map(page => routeFor(page));
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
  // A route that stays is the same one: the page that it shows keeps its state.
  const brought = new WeakMap<object, AnyRoute>();
  const routeOf = (page: ExtensionPage, known: KnownPage): AnyRoute => {
    const made = brought.get(page.route!) ?? routeFor(known, crashOf(page));
    brought.set(page.route!, made);
    return made;
  };
  const treeOf = (extensions: Extensions): AnyRoute => {
    const added = extensions.pages
      .filter(({ route }) => route !== undefined)
      .map(page => routeOf(page, knownPageOf(page, extensions.scripts)));
    root = createRoot();
    return root.addChildren([...bare, frame.addChildren([...framed, ...added])]) as unknown as AnyRoute;
  };
  const router = createRouter({
    routeTree: treeOf(host.current()),
    parseSearch,
    stringifySearch,
    // Code is fetched when a link is pointed at.
    defaultPreload: 'intent',
    defaultPendingMs: 150,
    defaultErrorComponent: Crashed,
    defaultNotFoundComponent: Nowhere,
    scrollRestoration: false,
  });
  let shown = host.current().pages;
  host.onChange(() => {
    const extensions = host.current();
    if (extensions.pages.length === 0 && shown.length === 0) return;
    shown = extensions.pages;
    router.update({ routeTree: treeOf(extensions) } as never);
    void router.invalidate();
  });
  return router;
}

interface PlacedProps {
  readonly page: KnownPage;
  readonly params: Params;
  readonly View: PageView;
}

/** A page knows where it is; its requests go to the cluster that its address names. */
function Placed({ page, params, View }: PlacedProps) {
  return (
    <ClusterContext value={params['cluster'] ?? hostCluster}>
      <PlaceContext value={{ page, params }}>
        <View params={params} />
      </PlaceContext>
    </ClusterContext>
  );
}
