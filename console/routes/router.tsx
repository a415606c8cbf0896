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
import { Crashed, Missing } from './Fallbacks.tsx';
import type { KnownPage } from './pages.ts';
import { Shell } from './shell/Shell.tsx';

type PageView = ComponentType<{ readonly params: Params }> & { preload?: () => Promise<void> };

export function buildRouter(pages: readonly KnownPage[]) {
  const root = createRootRoute({ component: Outlet, notFoundComponent: () => <Missing /> });
  const frame = createRoute({
    getParentRoute: () => root,
    id: 'frame',
    component: () => <Shell pages={pages} />,
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
  framed.push(createRoute({ getParentRoute: () => frame, path: '$', component: Missing } as never));
  return createRouter({
    routeTree: root.addChildren([...bare, frame.addChildren(framed)]),
    parseSearch,
    stringifySearch,
    // Code is fetched when a link is pointed at.
    defaultPreload: 'intent',
    defaultPendingMs: 150,
    defaultErrorComponent: Crashed,
    defaultNotFoundComponent: () => <Missing />,
    scrollRestoration: false,
  });
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
