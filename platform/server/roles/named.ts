/** Bindings that name a user in a place, whoever made them and in whichever generation's words: to take all of them at once. */
import { retryOnConflict, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { labels, platformResources, type Subject } from '@orrery/platform-kinds';
import { clusterName, devopsName, projectsName, sourceAnnotation, workspaceName } from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';

interface Binding extends KubeObject {
  readonly subjects?: Subject[];
}

interface Named {
  readonly resource: GroupVersionResource;
  readonly binding: Binding;
}

const isUser =
  (user: string) =>
  ({ kind, name }: Subject): boolean =>
    kind === 'User' && name === user;

/** By a subject, or by the label alone. */
const isNamed = ({ metadata, subjects = [] }: Binding, user: string): boolean =>
  subjects.some(isUser(user)) || metadata.labels?.[labels.user] === user;

/** What follows from a binding elsewhere goes with that one, and would come back before. */
const followsFrom = ({ metadata }: KubeObject, ...kinds: string[]): boolean => {
  const source = metadata.annotations?.[sourceAnnotation];
  return source === undefined || kinds.some(kind => source.startsWith(`${kind}/`));
};

async function listed(
  client: Client,
  resource: GroupVersionResource,
  user: string,
  where: { namespace?: string; labelSelector?: string },
): Promise<Named[]> {
  const { items } = await client.list<Binding>(resource, where);
  return items.filter(binding => isNamed(binding, user)).map(binding => ({ resource, binding }));
}

/** In a project: KubeSphere's 4.x kind first, since the native ones follow from it. */
export async function namedInProject(client: Client, namespace: string, user: string): Promise<Named[]> {
  const own = await listed(client, platformResources.iamRoleBindings, user, { namespace });
  const native = await listed(client, resources.rolebindings, user, { namespace });
  return [...own, ...native.filter(({ binding }) => followsFrom(binding, 'iamrolebindings'))];
}

/** In a workspace, with what follows from them there and in its projects: the rights are to be gone at once. */
export async function namedInWorkspace(client: Client, workspace: string, user: string): Promise<Named[]> {
  const labelSelector = `${labels.workspace}=${workspace}`;
  const own = await listed(client, platformResources.workspacerolebindings, user, { labelSelector });
  if (own.length === 0) return [];
  const projects = (await client.list(resources.namespaces, { labelSelector })).items;
  return own.flatMap(named => {
    const name = named.binding.metadata.name!;
    const inProjects = projects.flatMap(({ metadata }) =>
      [projectsName, devopsName].map(nameOf => follower(nameOf(name), metadata.name!)),
    );
    return [named, follower(workspaceName(name)), ...inProjects];
  });
}

/** In the cluster: of the native ones those that follow, and those that 3.x marks as a member's. */
export async function namedInCluster(client: Client, user: string): Promise<Named[]> {
  const own = await listed(client, platformResources.iamClusterRoleBindings, user, {});
  const native = await listed(client, resources.clusterrolebindings, user, {
    labelSelector: `${labels.user}=${user}`,
  });
  return [
    ...own.flatMap(named => [named, follower(clusterName(named.binding.metadata.name!))]),
    ...native.filter(({ binding }) => followsFrom(binding)),
  ];
}

/** What may be there; it is looked at when its turn comes. */
const follower = (name: string, namespace?: string): Named => ({
  resource: namespace === undefined ? resources.clusterrolebindings : resources.rolebindings,
  binding: { metadata: { name, ...(namespace !== undefined && { namespace }) } },
});

/** Takes the user out of them; a binding that names nobody else goes. */
export async function takeOut(
  context: Pick<PlatformContext, 'clock' | 'random'>,
  client: Client,
  named: readonly Named[],
  user: string,
): Promise<void> {
  for (const { resource, binding } of named) {
    const { name = '', namespace } = binding.metadata;
    const at = { ...(namespace && { namespace }) };
    await retryOnConflict(context, async () => {
      const found = await orUndefined(client.get<Binding>(resource, name, at));
      if (!found || !isNamed(found, user)) return;
      const others = (found.subjects ?? []).filter(subject => !isUser(user)(subject));
      if (others.length === 0) return void (await orUndefined(client.delete(resource, name, at)));
      const { [labels.user]: marked, ...marks } = found.metadata.labels ?? {};
      const stays = { ...(marked !== undefined && marked !== user && { [labels.user]: marked }), ...marks };
      await client
        .update<Binding>(resource, { ...found, metadata: { ...found.metadata, labels: stays }, subjects: others })
        .catch((error: unknown) => {
          if (!isReason(error, 'NotFound')) throw error;
        });
    });
  }
}
