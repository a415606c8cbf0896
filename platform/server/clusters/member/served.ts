/** The routes of a platform as one of its members answers them. */
import type { AnyRoute } from '@orrery/platform-contract';
import { StatusError } from '@orrery/machinery/status';
import type { ControllerOptions } from '@orrery/reconciler';
import { authorize, type Served } from '../../chain/served.ts';
import type { PlatformContext } from '../../context.ts';
import type { AnyHandler, Feature } from '../../feature.ts';
import { isOfOneCluster, keepThemselves, notInMembers } from './routes.data.ts';

const startsIn = ({ manifest }: Feature): boolean => Object.values(manifest.routes).some(isOfOneCluster);

/** A workspace is the platform's: what is done in it needs the right there, too. */
const asWorkspace =
  (route: AnyRoute, host: PlatformContext, handle: AnyHandler): AnyHandler =>
  async call => {
    if (route.permission.kind === 'grant' && route.permission.scope === 'workspace')
      await authorize(route.permission, call.path as Readonly<Record<string, string>>, call.caller, host);
    return handle(call);
  };

const refusing =
  (sentence: string): AnyHandler =>
  () =>
    Promise.reject(new StatusError(404, 'NotFound', `this is not served in member clusters: ${sentence}`));

/** Starts the features in the member, and gives what keeps their promises there. */
export function startServing(
  features: readonly Feature[],
  context: PlatformContext,
  host: PlatformContext,
  served: Map<string, Served>,
): readonly ControllerOptions[] {
  const controllers: ControllerOptions[] = [];
  for (const feature of features) {
    const { manifest } = feature;
    const running = startsIn(feature) ? feature.start(context) : undefined;
    if (keepThemselves.has(manifest.name)) controllers.push(...(running?.controllers ?? []));
    for (const [name, route] of Object.entries(manifest.routes)) {
      const refusal = notInMembers[route.id] ?? notInMembers[route.feature];
      if (refusal !== undefined) served.set(route.id, { route, handle: refusing(refusal), context: host });
      else if (running && isOfOneCluster(route)) {
        const handle = asWorkspace(route, host, running.handlers[name]!);
        served.set(route.id, { route, handle, sources: running.live?.[name], context });
      } else {
        const own = host.served.get(route.id);
        if (own) served.set(route.id, { ...own, context: host });
      }
    }
  }
  return controllers;
}
