/** The Endpoints controller. */
import { resources } from '@orrery/client/resources';
import type { Endpoints, Pod, Service } from '@orrery/kinds/types';
import { isReason } from '@orrery/machinery/status';
import { runController, watchOf } from '@orrery/reconciler';
import { gathered } from '../common/gather.ts';
import { isNamespaceTerminating } from '../common/ownership.ts';
import { hasSelector, selects, servicesOf } from '../common/services.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import { planEndpoints } from './plan.ts';

const component = 'endpoint-controller';

export const endpointsController: Controller = {
  name: 'endpoints-controller',
  serviceAccount: component,
  start(ctx) {
    const services = ctx.informers.of<Service>(resources.services);
    const pods = ctx.informers.of<Pod>(resources.pods);
    const endpoints = ctx.informers.of<Endpoints>(resources.endpoints);
    const sources = [
      watchOf(services),
      gathered(
        50,
        watchOf(pods, change => servicesOf(services, change)),
      ),
      watchOf(endpoints),
    ];
    const reconcile = async (key: string) => {
      const service = services.get(key);
      const current = endpoints.get(key);
      if (!service) return current ? removeLeftOver(current) : undefined;
      if (!hasSelector(service) || service.spec.type === 'ExternalName') return;
      const selected = pods.list(service.metadata.namespace).filter(pod => selects(service, pod));
      const wanted = planEndpoints(service, selected, current);
      if (!wanted) return;
      try {
        if (current) await ctx.client.update(resources.endpoints, wanted);
        else await ctx.client.create(resources.endpoints, wanted);
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        const reason = current ? 'FailedToUpdateEndpoint' : 'FailedToCreateEndpoint';
        const message = `Failed to ${current ? 'update' : 'create'} endpoint ${key}: ${(error as Error).message}`;
        // A conflict is only our cache being behind.
        if (!isReason(error, 'Conflict')) ctx.recorder(component).record(service, 'Warning', reason, message);
        throw error;
      }
    };
    /** Endpoints are named after their Service, not owned by it; those of leader elections and other uses stay. */
    const removeLeftOver = async ({ metadata }: Endpoints) => {
      if (metadata.labels?.['endpoints.kubernetes.io/managed-by'] !== 'endpoint-controller') return;
      const { name, namespace, uid } = metadata;
      await ctx.client.delete(resources.endpoints, name!, { namespace, preconditions: { uid } }).catch(error => {
        if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
      });
    };
    return runController(
      { name: 'endpoints-controller', concurrency: 5, sources, reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};
