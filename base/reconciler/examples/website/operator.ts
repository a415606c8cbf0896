/** Observes and acts: keeps the parts of each site as its spec wants them, and its host name registered while it is there. */
import { resources } from '@orrery/client/resources';
import type { ConfigMap, Deployment } from '@orrery/kinds/types';
import { keyOf, type KubeObject } from '@orrery/machinery/meta';
import {
  buildController,
  ensureFinalizer,
  generationChanged,
  hasFinalizer,
  patchStatus,
  removeFinalizer,
  type ComponentContext,
  type ControllerOptions,
} from '@orrery/reconciler';
import { group, websites, type Website } from './kind.ts';
import { bannerLabel, partsOf, statusOf } from './plan.ts';

export const fieldManager = 'website-operator';
export const finalizer = `${group}/host`;

/** Where host names are registered: outside of the cluster, so nobody but us takes them away again. Both may be repeated. */
export interface Registrar {
  register(host: string, site: string): Promise<void>;
  release(host: string, site: string): Promise<void>;
}

export const websiteOperator =
  (registrar: Registrar) =>
  (context: ComponentContext): ControllerOptions => {
    const { client, informers, recorder } = context;
    const sites = informers.of<Website>(websites);
    const deployments = informers.of<Deployment>(resources.deployments);
    const banners = informers.of<ConfigMap>(resources.configmaps, { labelSelector: bannerLabel });
    const events = recorder(fieldManager);

    const apply = (resource: typeof websites, object: KubeObject) => {
      const { name, namespace } = object.metadata;
      return client.patch(resource, name!, 'apply', object, { namespace, fieldManager, force: true });
    };

    const leave = async (site: Website): Promise<void> => {
      if (!hasFinalizer(site, finalizer)) return;
      await registrar.release(site.spec.host, keyOf(site));
      await removeFinalizer(context, websites, site, finalizer, { fieldManager });
    };

    const reconcile = async (key: string): Promise<void> => {
      const seen = sites.get(key);
      if (!seen) return;
      if (seen.metadata.deletionTimestamp) return leave(seen);
      // Before anything is done outside, it is sure to be undone.
      const site = await ensureFinalizer(context, websites, seen, finalizer, { fieldManager });
      await registrar.register(site.spec.host, key);
      const parts = partsOf(site, banners.list(site.metadata.namespace));
      await apply(resources.configmaps, parts.pages);
      await apply(resources.deployments, parts.deployment);
      await apply(resources.services, parts.service);
      if (!seen.status) events.record(site, 'Normal', 'Created', `Serving ${site.spec.host}`);
      await patchStatus(context, websites, site, now => statusOf(now, deployments.get(key), context.clock), {
        fieldManager,
      });
    };

    const ofNamespace = (namespace: string | undefined): string[] => sites.list(namespace).map(keyOf);
    return (
      buildController(context, 'website')
        // Our own writes of the status are no reason to look again.
        .for<Website>(websites, { when: generationChanged })
        .owns(resources.deployments)
        .owns(resources.services)
        .owns(resources.configmaps)
        .watches<ConfigMap>(
          resources.configmaps,
          ({ before, after }) => ofNamespace((after ?? before)!.metadata.namespace),
          { filter: { labelSelector: bannerLabel } },
        )
        .concurrency(4)
        .reconcile(reconcile)
    );
  };
