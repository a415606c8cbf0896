/** The EndpointSlice mirroring controller. */
import { resources } from '@orrery/client/resources';
import type { EndpointSlice, Endpoints, Service } from '@orrery/kinds/types';
import { runController, watchOf } from '@orrery/reconciler';
import { createFreshness } from '../common/freshness.ts';
import { managedByLabel, serviceNameLabel } from '../endpointslice/plan.ts';
import { writeSlices } from '../endpointslice/write.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import { mirroredBy, planMirror } from './plan.ts';

export const endpointSliceMirroringController: Controller = {
  name: 'endpointslice-mirroring-controller',
  serviceAccount: 'endpointslicemirroring-controller',
  start(ctx) {
    const services = ctx.informers.of<Service>(resources.services);
    const endpoints = ctx.informers.of<Endpoints>(resources.endpoints);
    const slices = ctx.informers.of<EndpointSlice>(resources.endpointslices);
    const freshness = createFreshness(slices, ctx);
    const isOurs = (slice: EndpointSlice) => slice.metadata.labels?.[managedByLabel] === mirroredBy;
    const sources = [
      watchOf(services),
      watchOf(endpoints),
      watchOf(slices, ({ before, after }) => {
        const slice = (after ?? before)!;
        const name = slice.metadata.labels?.[serviceNameLabel];
        return isOurs(slice) && name ? [`${slice.metadata.namespace}/${name}`] : [];
      }),
    ];
    const reconcile = async (key: string) => {
      if (!freshness.isFresh(key)) return { requeueAfterMs: 1_000 };
      const [namespace = '', name = ''] = key.split('/');
      const ours = slices
        .list(namespace)
        .filter(slice => isOurs(slice) && slice.metadata.labels?.[serviceNameLabel] === name);
      const changes = planMirror(endpoints.get(key), services.get(key), ours);
      await writeSlices(ctx.client, changes, slice => freshness.created(key, [slice]));
    };
    return runController(
      { name: 'endpointslice-mirroring-controller', concurrency: 5, sources, reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};
