/** While nothing fails no controller makes a pod too many, however late its watch is: that is what expectations are for. */
import type { Entry } from '@orrery/store';
import type { Job, Pod, ReplicaSet } from '@orrery/kinds/types';
import { nameOf, objectOf, type Ledger } from './ledger.ts';
import { isOver } from './safety.ts';

export interface Creations {
  changed(key: string, entry: Entry | undefined, previous: Entry | undefined): void;
}

export interface CreationsOptions {
  readonly ledger: () => Ledger;
  readonly elapsedMs: () => number;
  /** Since when nothing has failed; undefined while something does. */
  readonly quietSinceMs: () => number | undefined;
  readonly violated: (what: string) => void;
}

const pods = '/registry/pods/';
const owners = { ReplicaSet: '/registry/apps/replicasets/', Job: '/registry/batch/jobs/' } as const;

/** A request that was lost may have been executed up to so long ago, and a watch may tell of it so late. */
const settlingMs = 10_000;

const isActive = (pod: Pod): boolean => pod.metadata.deletionTimestamp === undefined && !isOver(pod);

const wantedBy = (owner: ReplicaSet | Job): number =>
  (owner.spec && 'replicas' in owner.spec ? owner.spec.replicas : (owner as Job).spec?.parallelism) ?? 1;

export function createCreations({ ledger, elapsedMs, quietSinceMs, violated }: CreationsOptions): Creations {
  const active = new Map<string, Set<string>>();
  /** When an owner last wanted another number. */
  const changedAt = new Map<string, number>();

  const ownerChanged = (key: string, entry: Entry, previous: Entry | undefined) => {
    const before = previous && wantedBy(objectOf(previous));
    if (before !== wantedBy(objectOf(entry))) changedAt.set(key, elapsedMs());
  };
  const created = (pod: Pod, uid: string, prefix: string, name: string) => {
    const key = `${prefix}${pod.metadata.namespace}/${name}`;
    const owner = ledger().get<ReplicaSet | Job>(key);
    const since = quietSinceMs();
    if (owner?.metadata.uid !== uid || since === undefined) return;
    if (elapsedMs() - Math.max(since, changedAt.get(key) ?? 0) < settlingMs) return;
    const count = active.get(uid)!.size;
    if (count > wantedBy(owner))
      violated(`${nameOf(owner)} has ${count} pods with ${pod.metadata.name}, and wants ${wantedBy(owner)}`);
  };
  return {
    changed(key, entry, previous) {
      if (entry && Object.values(owners).some(prefix => key.startsWith(prefix))) ownerChanged(key, entry, previous);
      if (!key.startsWith(pods)) return;
      const pod = objectOf<Pod>((entry ?? previous)!);
      const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller);
      if (owner?.kind !== 'ReplicaSet' && owner?.kind !== 'Job') return;
      if (!active.has(owner.uid)) active.set(owner.uid, new Set());
      if (entry && isActive(pod)) active.get(owner.uid)!.add(key);
      else active.get(owner.uid)!.delete(key);
      if (entry && !previous) created(pod, owner.uid, owners[owner.kind], owner.name);
    },
  };
}
