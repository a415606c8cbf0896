/** Keeps what comes with the platform as it came: templates, built-in roles of platform and cluster, and the rights of its services. */
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources, type RoleTemplate } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions, type Source } from '@orrery/reconciler';
import { agrees } from '../access/heal.ts';
import { managedBy, type Wanted } from '../access/materialise.ts';
import { serviceObjects } from '../access/service-objects.ts';
import { ensureRoles } from '../bootstrap.ts';
import type { PlatformContext } from '../context.ts';
import type { BuiltInRole } from '../feature.ts';
import { isNewest } from '../install/version.ts';
import { clusterRoleObjects, globalRoleObjects } from './built-in.ts';
import { templateObjects, type Catalogue } from './catalogue.ts';
import { cachedCatalogue } from './templates.ts';

const labelSelector = Object.entries(managedBy)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');

const all = 'all';
type Change = { readonly before?: KubeObject; readonly after?: KubeObject };

/** Wakes when one of `wanted` is gone, or is not what it should be. Ours are few, and changes of them rare. */
const differs =
  (wanted: () => readonly KubeObject[]) =>
  ({ before, after }: Change): string[] => {
    const { name, namespace } = (after ?? before)!.metadata;
    const own = wanted().find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    return own && !(after && agrees(after, own)) ? [all] : [];
  };

/** What is changed by the native API is there again at once, and not at the next start: without `platform-admin` nobody could mend it. */
export function keepStanding(context: PlatformContext, roles: readonly BuiltInRole[]): ControllerOptions {
  const { client, informers } = context;
  const catalogue = cachedCatalogue(context);
  const byCatalogue = (make: (catalogue: Catalogue) => readonly KubeObject[]) => () => make(catalogue());
  const templates = templateObjects();
  const watched = (resource: Wanted['resource'], wanted: () => readonly KubeObject[], own = {}): Source =>
    watchOf(informers.of(resource, own), differs(wanted));
  return {
    name: 'platform-standing-roles',
    sources: [
      watchOf(
        informers.of<RoleTemplate>(platformResources.roletemplates),
        differs(() => templates),
      ),
      watched(
        platformResources.globalroles,
        byCatalogue(known => globalRoleObjects(roles, known)),
      ),
      watched(platformResources.iamClusterRoles, byCatalogue(clusterRoleObjects)),
      ...serviceObjects().map(({ resource, object }) => watched(resource, () => [object], { labelSelector })),
    ],
    async reconcile() {
      // A newer version knows better, and is about to take over.
      if (await isNewest(client, context.settings.version)) await ensureRoles(client, roles);
    },
  };
}
