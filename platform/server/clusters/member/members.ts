/** The members of this platform: each with its way, its caches and its routes, for as long as its Cluster says the same. */
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import { platformResources } from '@orrery/platform-kinds';
import { runController } from '@orrery/reconciler';
import { resources } from '@orrery/client/resources';
import { indexSubjects, projectBindings } from '../../access/visible.ts';
import type { Served } from '../../chain/served.ts';
import { hostCluster } from '../../chain/target.ts';
import type { PlatformContext } from '../../context.ts';
import type { Feature } from '../../feature.ts';
import { isReserved } from '../../identity/caller.ts';
import { endWhatStoodOnRights, type EndingOptions } from '../../identity/ending.ts';
import { visibleClusters } from '../visible.ts';
import { memberContext } from './context.ts';
import { healing } from './healing.ts';
import { isAnswering } from './host.ts';
import { readKubeconfig, type MemberAccess } from './kubeconfig.ts';
import { isSeen, look, type Refused, type Sight } from './probe.ts';
import { startServing } from './served.ts';
import { tracked } from './tracked.ts';
import type { Member, Members } from './types.ts';
import { createWire } from './wire.ts';

export interface KeptCluster extends KubeObject {
  readonly spec?: {
    readonly provider?: string;
    readonly enable?: boolean;
    readonly connection?: { readonly type?: string; readonly kubeconfig?: string };
  };
  readonly status?: { readonly uid?: string };
}

/** Between two looks: while it answers, and while it does not. */
const restMs = 10_000;
const awayMs = 3_000;
/** For how long a change on the host waits until it holds in members. */
const settleMs = 2_000;

export type Known = Pick<EndingOptions, 'sessions' | 'accounts'>;

export interface RunningMembers extends Members {
  /** Follows the Clusters of the host until its context ends. */
  start(host: PlatformContext, features: readonly Feature[], known: Known): void;
}

interface Running extends Member {
  readonly text: string;
  stop(): void;
}

export function createMembers(): RunningMembers {
  const running = new Map<string, Running>();
  const refusals = new Map<string, Refused>();
  let host: PlatformContext | undefined;
  const drop = (name: string) => {
    refusals.delete(name);
    running.get(name)?.stop();
    running.delete(name);
  };
  return {
    find: name => running.get(name),
    all: () => [...running.values()],
    refusal: name => refusals.get(name),
    async seenBy(caller, name) {
      const unknown = () => new StatusError(400, 'BadRequest', `cluster ${name} not exists`);
      // Nobody, and who has no account yet, sees none.
      if (!host || isReserved(caller.name) || !host.informers.of(platformResources.clusters).get(name)) throw unknown();
      const seen = await visibleClusters(host, caller);
      if (!seen.some(({ metadata }) => metadata.name === name)) throw unknown();
      const member = running.get(name);
      if (member) return member;
      const why = refusals.get(name)?.message ?? 'it is not connected';
      throw new StatusError(503, 'ServiceUnavailable', `the cluster "${name}" cannot be reached: ${why}`);
    },
    async settled() {
      const up = [...running.values()].filter(isAnswering);
      if (up.length === 0 || !host) return;
      const patience = new AbortController();
      await Promise.race([
        Promise.all(up.map(({ tracked }) => tracked.idle())),
        host.clock.sleep(settleMs, patience.signal),
      ]);
      patience.abort();
    },
    async run({ tracked, context }, signal) {
      await Promise.all(tracked.controllers.map(controller => runController(controller, { ...context, signal })));
    },
    start(context, features, known) {
      host = context;
      const sync = ({ before, after }: { before?: KeptCluster; after?: KeptCluster }) => {
        const { name = '' } = (after ?? before)!.metadata;
        if (name === hostCluster) return;
        const { type = 'direct', kubeconfig = '' } = after?.spec?.connection ?? {};
        const text = after && type !== 'proxy' && after.spec?.enable !== false ? kubeconfig : '';
        if (text !== '' && running.get(name)?.text === text) return;
        drop(name);
        if (!after) return;
        if (text === '') return void refusals.set(name, unconnected(after));
        try {
          running.set(name, open(context, features, known, { name, text, access: readKubeconfig(text) }));
        } catch (error) {
          refusals.set(name, { reason: 'InvalidKubeconfig', message: (error as Error).message });
        }
      };
      context.informers.of<KeptCluster>(platformResources.clusters).onChange(sync);
      context.signal.addEventListener('abort', () => [...running.keys()].forEach(drop), { once: true });
    },
  };
}

function unconnected({ spec }: KeptCluster): Refused {
  if (spec?.enable === false) return { reason: 'Disabled', message: 'it is switched off (spec.enable)' };
  if (spec?.connection?.type === 'proxy')
    return { reason: 'ProxyConnection', message: 'this platform connects clusters directly, not by an agent' };
  return { reason: 'NoKubeconfig', message: 'there is no kubeconfig to reach it by' };
}

interface Opening {
  readonly name: string;
  readonly text: string;
  readonly access: MemberAccess;
}

function open(
  host: PlatformContext,
  features: readonly Feature[],
  known: Known,
  { name, text, access }: Opening,
): Running {
  const { clock, egress } = host;
  const ending = new AbortController();
  const listeners = new Set<() => void>();
  let wake = () => {};
  let sight: Sight | undefined;
  let looking: Promise<Sight> | undefined;
  const wire = createWire({ name, access, egress, clock, failed: () => wake() });
  const served = new Map<string, Served>();
  const context = memberContext(host, { name, wire, signal: ending.signal, served });
  indexSubjects(projectBindings(context));
  endWhatStoodOnRights({ ...known, live: host.live, informers: context.informers });
  const own = startServing(features, context, host, served);
  // Who is a member there is asked by lists that wait for nobody.
  for (const resource of [platformResources.iamClusterRoleBindings, resources.nodes]) context.informers.of(resource);
  const lookNow = async (): Promise<Sight> => {
    const seen = await look(wire, clock);
    const uid = host.informers.of<KeptCluster>(platformResources.clusters).get(name)?.status?.uid;
    sight = isSeen(seen) && uid && seen.uid !== uid ? anotherCluster : seen;
    wire.setAway(isSeen(sight) ? undefined : sight.message);
    for (const listener of listeners) listener();
    return sight;
  };
  const member: Running = {
    name,
    text,
    access,
    wire,
    context,
    served,
    tracked: tracked([...healing(context), ...own]),
    get sight() {
      return sight;
    },
    look: () => (looking ??= lookNow().finally(() => (looking = undefined))),
    onSight(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      ending.abort();
      wire.close();
    },
  };
  const follow = async () => {
    while (!ending.signal.aborted) {
      const seen = await member.look();
      const woken = new AbortController();
      wake = () => woken.abort();
      const stop = AbortSignal.any([ending.signal, woken.signal]);
      await clock.sleep(isSeen(seen) ? restMs : awayMs, stop);
      wake = () => {};
    }
  };
  void follow();
  return member;
}

const anotherCluster: Refused = {
  reason: 'AnotherCluster',
  message: 'another cluster answers there than the one that was imported',
};
