/** Which workspaces and projects a user sees. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { notFound, orUndefined } from '@orrery/machinery/status';
import { workspaceAccess } from '@orrery/platform-contract';
import {
  groups,
  labels,
  platformResources,
  type PlatformRoleBinding,
  type WorkspaceTemplate,
} from '@orrery/platform-kinds';
import { allowedOf, decide } from '../access/authorizer.ts';
import { visibleNamespaces } from '../access/visible.ts';
import { hostOf } from '../clusters/member/host.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';

export const inWorkspace = ({ metadata }: KubeObject): string | undefined => metadata.labels?.[labels.workspace];

/** A working place of pipelines is no project of applications. */
export const isDevops = ({ metadata }: KubeObject): boolean => Boolean(metadata.labels?.[labels.devops]);

/** The namespaces that are projects and that the user may get. */
export async function projectsOf(context: PlatformContext, caller: Caller): Promise<KubeObject[]> {
  const projects = context.informers.of(resources.namespaces);
  await projects.synced;
  const names = await visibleNamespaces(context, caller, 'get', { group: '', resource: 'namespaces' });
  const all = projects.list().filter(project => inWorkspace(project) !== undefined && !isDevops(project));
  return names === 'everywhere' ? all : all.filter(({ metadata }) => names.has(metadata.name!));
}

/** All for who may see all; else those in which a binding names the user, as far as the cluster agrees. */
export async function workspacesOf(given: PlatformContext, caller: Caller): Promise<WorkspaceTemplate[]> {
  const context = hostOf(given);
  const { informers } = context;
  const templates = informers.of<WorkspaceTemplate>(platformResources.workspacetemplates);
  const bindings = informers.of<PlatformRoleBinding>(platformResources.workspacerolebindings);
  await Promise.all([templates.synced, bindings.synced]);
  const client = context.clientOf(caller);
  const { name: _any, ...all } = workspaceAccess('list', '', 'workspaces');
  if ((await decide(client, all)).allowed) return templates.list();
  const names = new Set(
    bindings
      .list()
      .filter(({ subjects = [] }) =>
        subjects.some(({ kind, name }) => (kind === 'User' ? name === caller.name : caller.groups.includes(name))),
      )
      .map(binding => inWorkspace(binding)),
  );
  const candidates = templates.list().filter(({ metadata }) => names.has(metadata.name));
  return allowedOf(client, candidates, ({ metadata }) => workspaceAccess('get', metadata.name!, 'workspaces'));
}

/** What is made of the templates that the user sees. */
export async function madeWorkspacesOf(given: PlatformContext, caller: Caller): Promise<KubeObject[]> {
  const names = new Set((await workspacesOf(given, caller)).map(({ metadata }) => metadata.name));
  const { items } = await hostOf(given).serviceOf(caller).list(platformResources.workspaces);
  return items.filter(({ metadata }) => names.has(metadata.name));
}

/** Rejects with 404. */
export async function getMadeWorkspace(client: Client, name: string): Promise<KubeObject> {
  const found = await orUndefined(client.get(platformResources.workspaces, name));
  if (!found) throw notFound({ group: groups.tenant, resource: 'workspaces', name });
  return found;
}
