/** Reading an installation over its API, whichever generation it is of. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { kinds } from '@orrery/platform-kinds';
import { kindFacts } from './kinds.ts';
import type { Kind, Snapshot } from './shapes.ts';

/** The newest version first, as far as any is served. */
const versionsOf = ({ group, resource, version }: GroupVersionResource): readonly string[] =>
  kinds.find(facts => facts.group === group && facts.plural === resource)?.versions ?? [version];

async function listAll(client: Client, resource: GroupVersionResource): Promise<KubeObject[]> {
  for (const version of versionsOf(resource)) {
    try {
      const found: KubeObject[] = [];
      let next: string | undefined;
      do {
        const page = await client.list({ ...resource, version }, { limit: 500, ...(next && { continue: next }) });
        found.push(...page.items);
        next = page.metadata.continue || undefined;
      } while (next !== undefined);
      return found.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    } catch (error) {
      // Not served in this version, or not at all.
      if (!isReason(error, 'NotFound')) throw error;
    }
  }
  return [];
}

/** Everything that a tenancy is made of. Rejects as the cluster does when something may not be read. */
export async function readSnapshot(client: Client): Promise<Snapshot> {
  const system = await client.get(resources.namespaces, 'kube-system');
  const lists = Object.entries(kindFacts).map(async ([kind, { resource }]) => [kind, await listAll(client, resource)]);
  return {
    ...(Object.fromEntries(await Promise.all(lists)) as Record<Kind, never[]>),
    cluster: system.metadata.uid ?? '',
  };
}

/** Whether it is one at all, and of which generation: what is served tells. */
export async function generationOf(client: Client): Promise<'3.x' | '4.x' | undefined> {
  const served = async (version: string): Promise<boolean> => {
    try {
      await client.list({ group: 'iam.kubesphere.io', version, resource: 'users' }, { limit: 1 });
      return true;
    } catch (error) {
      if (isReason(error, 'NotFound')) return false;
      throw error;
    }
  };
  return (await served('v1beta1')) ? '4.x' : (await served('v1alpha2')) ? '3.x' : undefined;
}
