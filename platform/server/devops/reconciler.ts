/** Keeps DevOps projects and their namespaces together; those of a workspace that goes go with it. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { labels, platformResources, type DevOpsProject, type WorkspaceTemplate } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions } from '@orrery/reconciler';
import type { PlatformContext } from '../context.ts';
import { nextStep, placeOf } from './plan.ts';

const resource = platformResources.devopsprojects;

const devopsName = (namespace: KubeObject | undefined): string[] => {
  const name = namespace?.metadata.labels?.[labels.devops];
  return name ? [name] : [];
};

export function healDevops({ client, informers }: PlatformContext): ControllerOptions {
  const projects = informers.of<DevOpsProject>(resource);
  const namespaces = informers.of(resources.namespaces);
  const templates = informers.of<WorkspaceTemplate>(platformResources.workspacetemplates);
  const inWorkspace = (workspace: string | undefined) =>
    projects
      .list()
      .filter(({ metadata }) => metadata.labels?.[labels.workspace] === workspace)
      .map(({ metadata }) => metadata.name!);
  return {
    name: 'platform-devops',
    sources: [
      watchOf(projects),
      watchOf(namespaces, ({ before, after }) => [...devopsName(before), ...devopsName(after)]),
      watchOf(templates, ({ before, after }) => inWorkspace((after ?? before)!.metadata.name)),
    ],
    async reconcile(name) {
      const project = await orUndefined(client.get<DevOpsProject>(resource, name));
      if (!project) return;
      const workspace = project.metadata.labels?.[labels.workspace] ?? '';
      const template = await orUndefined(
        client.get<WorkspaceTemplate>(platformResources.workspacetemplates, workspace),
      );
      const stays = template !== undefined && template.metadata.deletionTimestamp === undefined;
      const place = await orUndefined(client.get(resources.namespaces, name));
      const step = nextStep(project, place, stays);
      if (step === 'drop') await orUndefined(client.delete(resource, name));
      if (step === 'make') await client.create(resources.namespaces, placeOf(project));
      if (step === 'mark') {
        const { labels: marks, ownerReferences } = placeOf(project).metadata;
        const metadata = { labels: marks, ownerReferences };
        await orUndefined(client.patch(resources.namespaces, name, 'merge', { metadata }));
      }
      if (step === 'tell' || step === 'make')
        await orUndefined(client.patch(resource, name, 'merge', { status: { adminNamespace: name } }));
    },
  };
}
