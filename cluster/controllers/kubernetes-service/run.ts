/** Keeps `kubernetes.default` pointing at the API server. */
import { resources } from '@orrery/client/resources';
import type { EndpointSlice, Endpoints, Service } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { periodically, runController, watchOf } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import { apiEndpoints, apiService, apiSlice, repairedService, serviceName, serviceNamespace } from './plan.ts';

const key = `${serviceNamespace}/${serviceName}`;

export const kubernetesServiceController: Controller = {
  name: 'kubernetes-service-controller',
  start(ctx, options) {
    const services = ctx.informers.of<Service>(resources.services);
    const endpoints = ctx.informers.of<Endpoints>(resources.endpoints);
    const slices = ctx.informers.of<EndpointSlice>(resources.endpointslices);
    const own = ({ before, after }: { before?: KubeObject; after?: KubeObject }) => {
      const { namespace, name } = (after ?? before)!.metadata;
      return namespace === serviceNamespace && name === serviceName ? [key] : [];
    };
    const sources = [
      periodically(ctx.clock, 60_000, key),
      watchOf(services, own),
      watchOf(endpoints, own),
      watchOf(slices, own),
    ];
    // Whoever stops waits for nobody: this one is at work as long as the API server does not answer.
    const { signal } = ctx;
    const reconcile = async () => {
      const service = services.get(key);
      if (!service) await ctx.client.create(resources.services, apiService(options), { signal });
      else {
        const repaired = repairedService(service, options);
        if (repaired) await ctx.client.update(resources.services, repaired, { signal });
      }
      const wantedEndpoints = apiEndpoints(endpoints.get(key), options);
      if (wantedEndpoints) {
        const verb = endpoints.get(key) ? 'update' : 'create';
        await ctx.client[verb](resources.endpoints, wantedEndpoints, { signal });
      }
      const wantedSlice = apiSlice(slices.get(key), options);
      if (wantedSlice) {
        const verb = slices.get(key) ? 'update' : 'create';
        await ctx.client[verb](resources.endpointslices, wantedSlice, { signal });
      }
    };
    return runController(
      { name: 'kubernetes-service-controller', sources, reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};
