/** A project that moves between workspaces: whoever had rights in it by its old workspace has none, before anybody of the new one has. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, forbidden, orUndefined } from '@orrery/machinery/status';
import { accessText, workspaceAccess, type Access } from '@orrery/platform-contract';
import {
  annotations,
  labels,
  platformResources,
  systemNamespaces,
  systemWorkspace,
  type PlatformRoleBinding,
} from '@orrery/platform-kinds';
import { decide } from '../access/authorizer.ts';
import { heal } from '../access/heal.ts';
import { sourceAnnotation } from '../access/materialise.ts';
import type { NativeBinding } from '../access/visible.ts';
import { refuseClosed } from '../clusters/visible.ts';
import type { PlatformContext } from '../context.ts';
import { isReserved, type Caller } from '../identity/caller.ts';
import { getWorkspace, membersIn } from './service.ts';

const workspaceOf = ({ metadata }: KubeObject): string => metadata.labels?.[labels.workspace] ?? '';

/** The workspace whose rights are still in the project though it is in another, or in none; undefined when all is settled. */
export function movedFrom(project: KubeObject): string | undefined {
  const settled = project.metadata.annotations?.[annotations.settledIn];
  return settled === workspaceOf(project) || (settled === undefined && workspaceOf(project) === '')
    ? undefined
    : (settled ?? '');
}

/** Rights of people; what service accounts of the project have is the project's own. Rights over all workspaces are not of the old one. */
const isOfPeople = ({ subjects = [], metadata }: NativeBinding | PlatformRoleBinding): boolean =>
  subjects.some(({ kind, name }) => (kind === 'User' || kind === 'Group') && !isReserved(name)) &&
  metadata.annotations?.[sourceAnnotation]?.startsWith('globalrolebindings/') !== true;

/** Level-based: what somebody began, by a route or by a label, is brought to its end. */
export async function settle(client: Client, project: KubeObject): Promise<void> {
  const namespace = project.metadata.name!;
  // A namespace that becomes a project keeps what its administrators gave.
  if (project.metadata.annotations?.[annotations.settledIn] !== undefined) await dropPeople(client, namespace);
  const settled = { metadata: { annotations: { [annotations.settledIn]: workspaceOf(project) } } };
  await orUndefined(client.patch(resources.namespaces, namespace, 'merge', settled));
}

async function dropPeople(client: Client, namespace: string): Promise<void> {
  for (const resource of [platformResources.iamRoleBindings, resources.rolebindings]) {
    const { items } = await client.list<NativeBinding>(resource, { namespace });
    for (const { metadata } of items.filter(isOfPeople))
      await orUndefined(client.delete(resource, metadata.name!, { namespace }));
  }
}

const patienceMs = 5000;

/** Until this replica has heard where the project is: else its controllers would give back what is taken. */
async function heard({ informers, clock }: PlatformContext, namespace: string, workspace: string): Promise<void> {
  const projects = informers.of(resources.namespaces);
  const deadline = clock.monotonic() + patienceMs;
  for (;;) {
    const known = projects.get(namespace);
    if ((known && workspaceOf(known) === workspace) || clock.monotonic() > deadline) return;
    await clock.sleep(5);
  }
}

async function must(context: PlatformContext, caller: Caller, namespace: string, access: Access): Promise<void> {
  const { allowed } = await decide(context.clientOf(caller), access);
  if (!allowed)
    throw forbidden({ group: '', resource: 'namespaces', name: namespace }, `you may not: ${accessText(access)}`);
}

/** Projects come from where one may remove them, and go where one may make them; in and out of all workspaces is for who may change namespaces. */
async function check(
  context: PlatformContext,
  caller: Caller,
  namespace: string,
  from: string,
  to: string,
): Promise<void> {
  const native: Access = { verb: 'update', group: '', resource: 'namespaces', name: namespace };
  const outside = ['', systemWorkspace];
  await must(
    context,
    caller,
    namespace,
    outside.includes(from) ? native : workspaceAccess('delete', from, 'namespaces'),
  );
  await must(context, caller, namespace, outside.includes(to) ? native : workspaceAccess('create', to, 'namespaces'));
}

/** `to` is empty for none. When this resolves nobody of the old workspace has rights in the project, and those of the new one have theirs. */
export async function moveProject(
  context: PlatformContext,
  caller: Caller,
  namespace: string,
  to: string,
): Promise<KubeObject> {
  const service = context.serviceOf(caller);
  const before = await service.get(resources.namespaces, namespace);
  const from = workspaceOf(before);
  if (systemNamespaces.includes(namespace))
    throw forbidden({ group: '', resource: 'namespaces', name: namespace }, 'the system itself runs in it');
  if (before.metadata.labels?.[labels.devops])
    throw forbidden({ group: '', resource: 'namespaces', name: namespace }, 'it is of a DevOps project, which stays');
  await check(context, caller, namespace, from, to);
  if (from === to) return before;
  if (to !== '') {
    const template = await getWorkspace(service, to);
    if (template.metadata.deletionTimestamp !== undefined)
      throw new StatusError(409, 'Conflict', `the workspace "${to}" is going`);
    await refuseClosed(context, template);
  }
  // What was given in a namespace that was nobody's stays.
  const settledIn = from === '' ? {} : { annotations: { [annotations.settledIn]: from } };
  const mark = { metadata: { labels: { [labels.workspace]: to || null }, ...settledIn } };
  const moved = await service.patch(resources.namespaces, namespace, 'merge', mark);
  await heard(context, namespace, to);
  await settle(service, moved);
  if (to !== '') await heal(service, await membersIn(service, to, moved), []);
  return service.get(resources.namespaces, namespace);
}
