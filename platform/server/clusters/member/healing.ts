/** What keeps the rights of people in a member what the platform says. */
import { platformResources, type WorkspaceTemplate } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions } from '@orrery/reconciler';
import type { PlatformContext } from '../../context.ts';
import { healGroups } from '../../install/groups.ts';
import { healRoles } from '../../roles/reconciler.ts';
import { aggregateRoles } from '../../roles/templates.ts';
import { isOpenIn } from './open.ts';
import { healMemberTenancy } from './tenancy.ts';

export function healing(context: PlatformContext): readonly ControllerOptions[] {
  const { informers, cluster } = context;
  const templates = informers.of<WorkspaceTemplate>(platformResources.workspacetemplates);
  const clusters = informers.of(platformResources.clusters);
  const names = () => templates.list().map(({ metadata }) => metadata.name!);
  return [
    healMemberTenancy(context),
    healRoles(context, {
      isOpen(workspace) {
        const template = templates.get(workspace);
        return template !== undefined && isOpenIn(informers, cluster, template);
      },
      changes: keysOf => [
        watchOf(templates, ({ before, after }) => keysOf((after ?? before)!.metadata.name!)),
        watchOf(clusters, ({ before, after }) =>
          (after ?? before)!.metadata.name === cluster ? names().flatMap(keysOf) : [],
        ),
      ],
    }),
    aggregateRoles(context, ['cluster', 'namespace']),
    healGroups(context),
  ];
}
