/** Nothing is orphaned: no object without its owner, no container without its pod, nothing that never ends. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { State } from './convergence.ts';
import { nameOf } from './ledger.ts';
import { isOver } from './safety.ts';

export async function leftovers(state: State, goneNamespaces: readonly string[]): Promise<string[]> {
  return [...objectsLeft(state, goneNamespaces), ...(await containersLeft(state))];
}

const isEvent = (key: string): boolean => key.startsWith('/registry/events/');

function objectsLeft({ cluster }: State, goneNamespaces: readonly string[]): string[] {
  const found: string[] = [];
  const all = [...cluster.ledger.keys()].filter(key => !isEvent(key)).map(key => cluster.ledger.get<KubeObject>(key)!);
  const uids = new Set(all.map(({ metadata }) => metadata?.uid));
  for (const object of all) {
    if (!object.metadata) continue;
    const { ownerReferences = [], deletionTimestamp, finalizers, namespace, name } = object.metadata;
    for (const { kind, name: owner, uid } of ownerReferences)
      if (!uids.has(uid)) found.push(`${nameOf(object)} is owned by ${kind} ${owner}, which is gone`);
    if (deletionTimestamp)
      found.push(`${nameOf(object)} is ending since ${deletionTimestamp} (${finalizers?.join(' ')})`);
    if (
      goneNamespaces.includes(namespace ?? '') ||
      (nameOf(object).startsWith('namespaces/') && goneNamespaces.includes(name!))
    )
      found.push(`${nameOf(object)} was deleted with its namespace`);
  }
  return found;
}

async function containersLeft({ cluster, pods }: State): Promise<string[]> {
  const found: string[] = [];
  for (const { name, boot } of cluster.places) {
    if (!boot) continue;
    const mine = pods.filter(pod => pod.spec.nodeName === name && !isOver(pod));
    const uids = new Set(mine.map(({ metadata }) => metadata.uid));
    const containers = await boot.runtime.listContainers({ state: 'running' });
    const running = new Set(containers.map(({ labels }) => labels['io.kubernetes.pod.uid']));
    for (const { labels, id } of containers)
      if (!uids.has(labels['io.kubernetes.pod.uid']))
        found.push(
          `container ${id.slice(0, 8)} of ${labels['io.kubernetes.pod.name']} runs on ${name} without its pod`,
        );
    for (const pod of mine)
      if (pod.status?.phase === 'Running' && pod.spec.restartPolicy === 'Always' && !running.has(pod.metadata.uid))
        found.push(`${nameOf(pod)} is said to run on ${name} and does not`);
  }
  return found;
}
