/**
 * The account of workspaces' quotas. What is used stands in the quota's status, and is charged there in one write before an object is let
 * in, so that replicas do not let in the same room twice. Objects that were let in and have not been seen yet count too.
 */
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { resources } from '@orrery/client/resources';
import { retryOnConflict } from '@orrery/client';
import { addUsage, type Usage } from '@orrery/kinds/quota';
import { forbidden, orUndefined } from '@orrery/machinery/status';
import { platformResources, type WorkspaceQuota } from '@orrery/platform-kinds';
import { projectNamesOf } from '../access/projects.ts';
import { same } from '../access/heal.ts';
import type { PlatformContext } from '../context.ts';
import {
  growth,
  isAbout,
  hardOf,
  kindsOf,
  lacking,
  partOf,
  read,
  refusal,
  sum,
  unsaid,
  usageIn,
  workspaceOf,
  written,
} from './usage.ts';

/** After this an object that was let in and is not there will not come. */
const pendingMs = 10_000;

interface Pending {
  readonly namespace: string;
  readonly kind: GroupVersionResource;
  readonly name: string;
  readonly usage: Usage;
  readonly untilMs: number;
}

export interface Wish {
  readonly kind: GroupVersionResource;
  readonly namespace: string;
  readonly name: string;
  readonly after: KubeObject;
  readonly before?: KubeObject;
  readonly dryRun: boolean;
}

export interface Ledger {
  /** Rejects with 403 when there is no room. */
  admit(quota: WorkspaceQuota, wish: Wish): Promise<void>;
  /** Brings the status in line with what is there. */
  settle(name: string): Promise<void>;
}

export function createLedger({ client, informers, clock, random }: PlatformContext): Ledger {
  const pending = new Map<string, Pending>();
  const turns = new Map<string, Promise<unknown>>();
  /** One after the other, per quota. */
  const inTurn = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(name) ?? Promise.resolve()).then(work, work);
    turns.set(name, turn);
    void turn.catch(() => {}).finally(() => turns.get(name) === turn && turns.delete(name));
    return turn;
  };
  const usedIn = async (quota: WorkspaceQuota, namespace: string): Promise<Usage> => {
    const hard = hardOf(quota);
    const now = clock.now();
    const usages: Usage[] = [];
    for (const kind of kindsOf(hard)) {
      const informer = informers.of(kind);
      await informer.synced;
      for (const object of informer.list(namespace)) usages.push(usageIn(quota, kind, object, now));
    }
    for (const [key, one] of pending) {
      const seen = informers.of(one.kind).get(`${one.namespace}/${one.name}`) !== undefined;
      if (seen || one.untilMs < clock.monotonic()) pending.delete(key);
      else if (one.namespace === namespace) usages.push(partOf(hard, one.usage));
    }
    return sum(usages);
  };
  const count = async (quota: WorkspaceQuota) => {
    const names = projectNamesOf(informers, workspaceOf(quota)).toSorted();
    return Promise.all(names.map(async namespace => ({ namespace, used: await usedIn(quota, namespace) })));
  };
  const put = (quota: WorkspaceQuota, total: Usage, namespaces?: Awaited<ReturnType<typeof count>>) => {
    const hard = hardOf(quota);
    const status: WorkspaceQuota['status'] = {
      total: { hard, used: written(hard, total) },
      namespaces:
        namespaces?.map(({ namespace, used }) => ({ namespace, used: written(hard, used) })) ??
        quota.status?.namespaces ??
        [],
    };
    if (same(status, quota.status)) return Promise.resolve(quota);
    return client.update<WorkspaceQuota>(
      platformResources.workspaceQuotas,
      { ...quota, status },
      { subresource: 'status' },
    );
  };
  const live = (name: string) => orUndefined(client.get<WorkspaceQuota>(platformResources.workspaceQuotas, name));
  return {
    admit: (known, wish) =>
      inTurn(known.metadata.name!, () =>
        retryOnConflict({ clock, random }, async () => {
          const quota = await live(known.metadata.name!);
          if (!quota) return;
          const hard = hardOf(quota);
          const now = clock.now();
          const after = usageIn(quota, wish.kind, wish.after, now);
          const before = wish.before ? usageIn(quota, wish.kind, wish.before, now) : new Map();
          const isPod = wish.kind === resources.pods || (wish.kind.group === '' && wish.kind.resource === 'pods');
          const isAsked = isPod && !wish.before && isAbout(quota, wish.kind, wish.after);
          const silent = isAsked ? unsaid(hard, after) : [];
          const what = { group: wish.kind.group, resource: wish.kind.resource, name: wish.name };
          if (silent.length > 0)
            throw forbidden(what, `failed quota: ${quota.metadata.name}: must specify ${silent.join(',')}`);
          const more = growth(before, after);
          if (more.size === 0) return;
          let used = read(quota.status?.total?.used);
          if (!quota.status?.total || lacking(hard, used, more).length > 0)
            // A second look, at what is there: something may have gone that the status does not know of.
            used = sum((await count(quota)).map(one => one.used));
          const names = lacking(hard, used, more);
          if (names.length > 0) throw forbidden(what, refusal(quota, names, used, more));
          if (wish.dryRun) return;
          await put(quota, addUsage(used, more));
          if (!wish.before)
            pending.set(`${wish.kind.group}/${wish.kind.resource}/${wish.namespace}/${wish.name}`, {
              ...wish,
              usage: after,
              untilMs: clock.monotonic() + pendingMs,
            });
        }),
      ),
    settle: name =>
      inTurn(name, () =>
        retryOnConflict({ clock, random }, async () => {
          const quota = await live(name);
          if (!quota || quota.metadata.deletionTimestamp !== undefined) return;
          const namespaces = await count(quota);
          await put(quota, sum(namespaces.map(({ used }) => used)), namespaces);
        }),
      ),
  };
}
