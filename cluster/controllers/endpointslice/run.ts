/** The EndpointSlice controller: slices follow Services and pods. */
import { resources } from '@orrery/client/resources';
import type { EndpointSlice, Node, Pod, Service } from '@orrery/kinds/types';
import { keyOf } from '@orrery/machinery/meta';
import { runController, watchOf, type Change, type Informer } from '@orrery/reconciler';
import { gathered } from '../common/gather.ts';
import { createFreshness } from '../common/freshness.ts';
import { podsOf, podsOnNode } from '../common/podindex.ts';
import { hasSelector, selects, servicesOf } from '../common/services.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import { managedBy, managedByLabel, planEndpointSlices, serviceNameLabel } from './plan.ts';
import { writeSlices } from './write.ts';

const component = 'endpoint-slice-controller';
/** Pods of a Service often change together; nobody misses an endpoint for so long. */
const gatherMs = 50;
const zoneLabel = 'topology.kubernetes.io/zone';

export const endpointSliceController: Controller = {
  name: 'endpointslice-controller',
  serviceAccount: 'endpointslice-controller',
  start(ctx) {
    const services = ctx.informers.of<Service>(resources.services);
    const pods = podsOf(ctx);
    const nodes = ctx.informers.of<Node>(resources.nodes);
    const slices = ctx.informers.of<EndpointSlice>(resources.endpointslices);
    const freshness = createFreshness(slices, ctx);
    const sources = [
      watchOf(services),
      gathered(
        gatherMs,
        watchOf(pods, change => servicesOf(services, change)),
      ),
      watchOf(slices, ({ before, after }) => ownerOf((after ?? before)!)),
      watchOf(nodes, change => servicesOnNode(services, pods, change)),
    ];
    const reconcile = async (key: string) => {
      const service = services.get(key);
      // The slices of a deleted Service go with it: it owns them.
      if (!service || !hasSelector(service) || service.spec.type === 'ExternalName') return;
      if (!freshness.isFresh(key)) return { requeueAfterMs: 1_000 };
      const { namespace, name } = service.metadata;
      const changes = planEndpointSlices({
        service,
        pods: pods.list(namespace).filter(pod => selects(service, pod)),
        slices: slices
          .list(namespace)
          .filter(slice => isOurs(slice) && slice.metadata.labels?.[serviceNameLabel] === name),
        node: nodeName => nodes.get(nodeName),
      });
      try {
        await writeSlices(ctx.client, changes, slice => freshness.created(key, [slice]));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const text = `Error updating Endpoint Slices for Service ${key}: ${message}`;
        ctx.recorder(component).record(service, 'Warning', 'FailedToUpdateEndpointSlices', text);
        throw error;
      }
    };
    return runController(
      { name: 'endpointslice-controller', concurrency: 5, sources, reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};

const isOurs = (slice: EndpointSlice): boolean => slice.metadata.labels?.[managedByLabel] === managedBy;

function ownerOf(slice: EndpointSlice): string[] {
  const name = slice.metadata.labels?.[serviceNameLabel];
  return isOurs(slice) && name ? [`${slice.metadata.namespace}/${name}`] : [];
}

/** Endpoints name their zone, and wait for their node to be known. */
function servicesOnNode(services: Informer<Service>, pods: Informer<Pod>, { before, after }: Change<Node>): string[] {
  if (before && after && before.metadata.labels?.[zoneLabel] === after.metadata.labels?.[zoneLabel]) return [];
  const { name } = (after ?? before)!.metadata;
  const there = podsOnNode(pods, name!);
  return services
    .list()
    .filter(service => there.some(pod => selects(service, pod)))
    .map(keyOf);
}
