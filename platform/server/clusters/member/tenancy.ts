/** Workspaces and projects in a member: what is open there has its Workspace and its roles, and nothing of what is closed stays but the work. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { labels, platformResources, systemWorkspace, type WorkspaceTemplate } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions } from '@orrery/reconciler';
import { heal } from '../../access/heal.ts';
import { managedBy, sourceAnnotation, type Wanted } from '../../access/materialise.ts';
import type { PlatformContext } from '../../context.ts';
import { cachedCatalogue } from '../../roles/templates.ts';
import { movedFrom, settle } from '../../tenancy/move.ts';
import { planProject, planWorkspace, projectSource, templateSource } from '../../tenancy/plan.ts';
import { adopt } from '../../tenancy/system.ts';
import { isOpenIn } from './open.ts';

const labelSelector = Object.entries(managedBy)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');

const workspaceOf = (object: KubeObject | undefined): string | undefined => object?.metadata.labels?.[labels.workspace];
const sourceOf = (object: KubeObject | undefined): string[] => {
  const source = object?.metadata.annotations?.[sourceAnnotation];
  return source ? [source] : [];
};

export function healMemberTenancy(context: PlatformContext): ControllerOptions {
  const { client, informers } = context;
  const templates = informers.of<WorkspaceTemplate>(platformResources.workspacetemplates);
  const clusters = informers.of(platformResources.clusters);
  const projects = informers.of(resources.namespaces);
  const roleTemplates = informers.of(platformResources.roletemplates);
  const workspaces = informers.of(platformResources.workspaces, { labelSelector });
  const roles = informers.of(resources.roles, { labelSelector });
  const catalogue = cachedCatalogue(context);
  const allTemplates = () => templates.list().map(({ metadata }) => templateSource(metadata.name!));
  const allProjects = () => projects.list().map(({ metadata }) => projectSource(metadata.name!));
  const projectsIn = (workspace: string) =>
    projects
      .list()
      .filter(project => workspaceOf(project) === workspace && project.metadata.deletionTimestamp === undefined);
  const nameOf = ({ before, after }: { before?: KubeObject; after?: KubeObject }) => (after ?? before)!.metadata.name!;
  return {
    name: 'platform-member-tenancy',
    concurrency: 4,
    sources: [
      watchOf(templates, change => [templateSource(nameOf(change))]),
      watchOf(clusters, change => (nameOf(change) === context.cluster ? allTemplates() : [])),
      watchOf(projects, change => [projectSource(nameOf(change))]),
      watchOf(projects, ({ before }) => (workspaceOf(before) ? [templateSource(workspaceOf(before)!)] : [])),
      watchOf(roleTemplates, allProjects),
      ...[workspaces, roles].map(informer =>
        watchOf(informer, ({ before, after }) => [...sourceOf(before), ...sourceOf(after)]),
      ),
    ],
    async reconcile(source) {
      const [kind, name = ''] = source.split('/');
      if (kind === 'namespaces') return healProject(name);
      if (kind === 'workspacetemplates') return healWorkspace(name);
    },
  };

  async function healProject(name: string): Promise<void> {
    const project = projects.get(name);
    if (!project || project.metadata.deletionTimestamp !== undefined) return;
    if (await adopt(client, project)) return;
    if (movedFrom(project) !== undefined) await settle(client, project);
    const existing = roles
      .list(name)
      .filter(role => sourceOf(role).includes(projectSource(name)))
      .map((object): Wanted => ({ resource: resources.roles, object }));
    await heal(client, planProject(project, catalogue()), existing);
  }

  async function healWorkspace(name: string): Promise<void> {
    const template = templates.get(name);
    const there = workspaces.get(name);
    const existing: Wanted[] = there ? [{ resource: platformResources.workspaces, object: there }] : [];
    const isOpen = template !== undefined && isOpenIn(informers, context.cluster, template);
    const wanted = isOpen
      ? planWorkspace(template, catalogue()).filter(({ object }) => object.kind === 'Workspace')
      : [];
    await heal(client, wanted, existing);
    // A workspace that is gone let its projects go before, or lets them stay.
    if (template || name === systemWorkspace) return;
    for (const { metadata } of projectsIn(name)) {
      const free = { metadata: { labels: { [labels.workspace]: null } } };
      await orUndefined(client.patch(resources.namespaces, metadata.name!, 'merge', free));
    }
  }
}
