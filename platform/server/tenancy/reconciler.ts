/** Keeps workspaces and projects what their objects say; a workspace that is to go takes its projects along. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { labels, platformResources, systemWorkspace, type WorkspaceTemplate } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions, type Informer, type Result } from '@orrery/reconciler';
import { heal } from '../access/heal.ts';
import { managedBy, sourceAnnotation, type Wanted } from '../access/materialise.ts';
import { isAnswering } from '../clusters/member/host.ts';
import type { PlatformContext } from '../context.ts';
import { cachedCatalogue } from '../roles/templates.ts';
import { adopt, ensureSystemWorkspace } from './system.ts';
import { movedFrom, settle } from './move.ts';
import { finalizer, orphanMark, planProject, planWorkspace, projectSource, templateSource } from './plan.ts';

const bySource = 'source';
const sourceOf = (object: KubeObject | undefined): string[] => {
  const source = object?.metadata.annotations?.[sourceAnnotation];
  return source ? [source] : [];
};

const labelSelector = `app.kubernetes.io/managed-by=${managedBy['app.kubernetes.io/managed-by']}`;

const derivedKinds = [
  platformResources.workspaces,
  platformResources.workspaceroles,
  platformResources.workspacerolebindings,
  resources.roles,
] as const;

export function healTenancy(context: PlatformContext): ControllerOptions {
  const { client, informers } = context;
  const templates = informers.of<WorkspaceTemplate>(platformResources.workspacetemplates);
  const projects = informers.of(resources.namespaces);
  const roleTemplates = informers.of(platformResources.roletemplates);
  const catalogue = cachedCatalogue(context);
  const derived = derivedKinds.map(resource => ({ resource, informer: informers.of(resource, { labelSelector }) }));
  for (const { informer } of derived) informer.addIndex(bySource, sourceOf);
  const existing = (source: string): Wanted[] =>
    derived.flatMap(({ resource, informer }) =>
      informer.byIndex(bySource, source).map(object => ({ resource, object })),
    );
  const keyed = (informer: Informer, keyFor: (name: string) => string) =>
    watchOf(informer, ({ before, after }) => [keyFor((after ?? before)!.metadata.name!)]);
  return {
    name: 'platform-tenancy',
    concurrency: 4,
    sources: [
      keyed(templates, templateSource),
      keyed(projects, projectSource),
      watchOf(projects, ({ before }) => (before ? workspaceKey(before) : [])),
      // Built-in roles take in what is marked for them.
      watchOf(roleTemplates, () => [
        ...templates.list().map(({ metadata }) => templateSource(metadata.name!)),
        ...projects.list().map(({ metadata }) => projectSource(metadata.name!)),
      ]),
      ...derived.map(({ informer }) =>
        watchOf(informer, ({ before, after }) => [...sourceOf(before), ...sourceOf(after)]),
      ),
    ],
    async reconcile(source) {
      const [kind, name = ''] = source.split('/');
      if (kind === 'namespaces') {
        const project = projects.get(name);
        // What is in a namespace that is gone, or going, goes with it.
        if (!project || project.metadata.deletionTimestamp !== undefined) return;
        if (await adopt(client, project)) return;
        if (movedFrom(project) !== undefined) await settle(client, project);
        return heal(client, planProject(project, catalogue()), existing(source));
      }
      // Whatever follows from other things is healed by who makes it.
      if (kind !== 'workspacetemplates') return;
      const template = await orUndefined(client.get<WorkspaceTemplate>(platformResources.workspacetemplates, name));
      if (!template && name === systemWorkspace) return ensureSystemWorkspace(client);
      if (!template) return heal(client, [], existing(source));
      if (template.metadata.deletionTimestamp !== undefined) return remove(context, template, existing(source));
      await hold(context, template);
      return heal(client, planWorkspace(template, catalogue()), existing(source));
    },
  };
}

const workspaceKey = ({ metadata }: KubeObject): string[] => {
  const workspace = metadata.labels?.[labels.workspace];
  return workspace ? [templateSource(workspace)] : [];
};

/** Nobody's deletion takes effect before the projects are gone. */
async function hold({ client }: PlatformContext, template: WorkspaceTemplate): Promise<void> {
  const { finalizers = [] } = template.metadata;
  if (finalizers.includes(finalizer)) return;
  await client.update(platformResources.workspacetemplates, {
    ...template,
    metadata: { ...template.metadata, finalizers: [...finalizers, finalizer] },
  });
}

/** Whether there are still projects in other clusters that go. One that does not answer keeps its own, which are in no workspace then. */
async function emptiesMembers({ members }: PlatformContext, { metadata }: WorkspaceTemplate): Promise<boolean> {
  if (metadata.annotations?.[orphanMark] !== undefined) return false;
  let left = 0;
  for (const member of members.all().filter(isAnswering)) {
    const { client } = member.context;
    const labelSelector = `${labels.workspace}=${metadata.name}`;
    const { items } = await client.list(resources.namespaces, { labelSelector });
    left += items.length;
    for (const { metadata: project } of items)
      if (project.deletionTimestamp === undefined)
        await orUndefined(client.delete(resources.namespaces, project.name!));
  }
  return left > 0;
}

/** First the rights, then the projects, then the workspace itself. The system's own namespaces are never taken along. */
async function remove(
  context: PlatformContext,
  template: WorkspaceTemplate,
  existing: readonly Wanted[],
): Promise<Result | void> {
  const { client } = context;
  const { name = '', finalizers = [] } = template.metadata;
  await heal(client, [], existing);
  if (name !== systemWorkspace) {
    const { items } = await client.list(resources.namespaces, { labelSelector: `${labels.workspace}=${name}` });
    for (const { metadata } of items)
      if (metadata.deletionTimestamp === undefined)
        await orUndefined(client.delete(resources.namespaces, metadata.name!));
    // Each one that goes wakes this key again.
    if (items.length > 0) return;
    if (await emptiesMembers(context, template)) return { requeueAfterMs: 1000 };
  }
  const bindings = { labelSelector: `${labels.workspace}=${name}` };
  for (const resource of [platformResources.workspacerolebindings, platformResources.workspaceroles])
    for (const { metadata } of (await client.list(resource, bindings)).items)
      await orUndefined(client.delete(resource, metadata.name!));
  const kept = finalizers.filter(other => other !== finalizer);
  if (kept.length === finalizers.length) return;
  await orUndefined(
    client.update(platformResources.workspacetemplates, {
      ...template,
      metadata: { ...template.metadata, finalizers: kept },
    }),
  );
}
