/** Keeps clusters told as they are, and what the platform has in them; a cluster that is let go of is left as it was found. */
import { createClient } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import type { Cluster } from '@orrery/platform-contract/features';
import { platformResources } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions, type Source, type WorkQueue } from '@orrery/reconciler';
import { same } from '../access/heal.ts';
import { hostCluster } from '../chain/target.ts';
import type { PlatformContext } from '../context.ts';
import { finalizer } from './connection.ts';
import { ensureMember, removeMember } from './member/install.ts';
import type { KeptCluster } from './member/members.ts';
import { isSeen, type Refused, type Seen } from './member/probe.ts';
import type { Member } from './member/types.ts';
import { conditionsOf, factsOf, type Condition } from './status.ts';

const resource = platformResources.clusters;
/** Certificates come nearer to their end while nothing happens. */
const againMs = 60_000;
const failedMs = 5_000;
const firstMs = 30_000;

type Status = Cluster['status'];

export function keepClusters(context: PlatformContext): ControllerOptions {
  const { client, informers, clock, members, log } = context;
  const kept = informers.of<KeptCluster>(resource);
  const working = new Map<string, { member: Member; ending: AbortController; over: Promise<void> }>();
  const leave = (name: string): Promise<void> => {
    const work = working.get(name);
    work?.ending.abort();
    working.delete(name);
    return work?.over ?? Promise.resolve();
  };
  let queue: WorkQueue | undefined;
  // The members' controllers run where this one does: as long as its sources do.
  const lifetime: Source = {
    synced: Promise.resolve(),
    start(given) {
      queue = given;
      return () => {
        queue = undefined;
        for (const name of [...working.keys()]) void leave(name);
      };
    },
  };
  let hostUid = '';
  const uidOfHost = async () =>
    (hostUid ||= (await client.get<KubeObject>(resources.namespaces, 'kube-system')).metadata.uid ?? '');

  /** Undefined when all is brought and kept. */
  const ensure = async (member: Member): Promise<Refused | undefined> => {
    if (working.get(member.name)?.member === member) return undefined;
    await leave(member.name);
    try {
      await ensureMember(member.context.client, clock, await uidOfHost(), member.context.signal);
    } catch (error) {
      log.warn('a cluster could not be prepared', { cluster: member.name, error });
      if (isReason(error, 'Conflict')) return { reason: 'MemberOfAnother', message: (error as Error).message };
      return { reason: 'NotPrepared', message: 'what the platform needs could not be brought there: see its log' };
    }
    const ending = new AbortController();
    const forget = member.onSight(() => queue?.add(member.name));
    ending.signal.addEventListener('abort', forget, { once: true });
    const over = members.run(member, AbortSignal.any([ending.signal, member.context.signal]));
    working.set(member.name, { member, ending, over });
    // It is ready when people have their rights there.
    const patience = new AbortController();
    await Promise.race([member.tracked.idle(), over, clock.sleep(firstMs, patience.signal)]);
    patience.abort();
    return undefined;
  };

  const tell = async (cluster: KeptCluster, status: Partial<Status>): Promise<void> => {
    const before = (cluster.status ?? {}) as Partial<Status>;
    const after = { ...before, ...status };
    if (!same(before, after))
      await orUndefined(
        client.patch(resource, cluster.metadata.name!, 'merge', { status: after }, { subresource: 'status' }),
      );
  };

  const remove = async (cluster: KeptCluster): Promise<void> => {
    const { name = '', finalizers = [] } = cluster.metadata;
    if (!finalizers.includes(finalizer)) return;
    await leave(name);
    const member = members.find(name);
    const sight = await member?.look();
    if (member && sight && isSeen(sight)) await removeMember(createClient(member.wire.handler), await uidOfHost());
    else log.warn('a cluster was removed that does not answer: what the platform had in it is still there', { name });
    const metadata = { ...cluster.metadata, finalizers: finalizers.filter(other => other !== finalizer) };
    await orUndefined(client.update<KeptCluster>(resource, { ...cluster, metadata }));
  };

  /** The one that was imported first has it. */
  const twin = (name: string, { uid }: Seen): KeptCluster | undefined =>
    kept.list().find(({ metadata, status }) => metadata.name !== name && status?.uid === uid);

  return {
    name: 'platform-clusters',
    concurrency: 4,
    sources: [lifetime, watchOf(kept)],
    async reconcile(name) {
      if (name === hostCluster) return undefined;
      const cluster = await orUndefined(client.get<KeptCluster>(resource, name));
      if (!cluster) return void (await leave(name));
      if (cluster.metadata.deletionTimestamp !== undefined) return void (await remove(cluster));
      const { finalizers = [] } = cluster.metadata;
      if (!finalizers.includes(finalizer)) {
        const metadata = { ...cluster.metadata, finalizers: [...finalizers, finalizer] };
        await client.update<KeptCluster>(resource, { ...cluster, metadata });
        return undefined;
      }
      const member = members.find(name);
      const sight = member ? (member.sight ?? (await member.look())) : members.refusal(name);
      // Not heard of yet.
      if (!sight) return { requeueAfterMs: 100 };
      const now = clock.now();
      const conditionsWith = (ready: Refused | undefined, initialized: Refused | undefined): Condition[] =>
        conditionsOf(
          { ready, initialized, endsMs: member?.access.endsMs, nowMs: now, time: formatTime(now) },
          (cluster.status as Partial<Status> | undefined)?.conditions,
        );
      if (!member || !isSeen(sight)) {
        await tell(cluster, { conditions: conditionsWith(sight as Refused, undefined) });
        return { requeueAfterMs: againMs };
      }
      const other = twin(name, sight);
      if (other) {
        await leave(name);
        const message = `it is the cluster that is imported as "${other.metadata.name}"`;
        const duplicate = { reason: 'DuplicateCluster', message };
        await tell(cluster, { conditions: conditionsWith(duplicate, duplicate) });
        return { requeueAfterMs: againMs };
      }
      const why = await ensure(member);
      await tell(cluster, { ...factsOf(member, sight, context), conditions: conditionsWith(why, why) });
      return { requeueAfterMs: why ? failedMs : againMs };
    },
  };
}
