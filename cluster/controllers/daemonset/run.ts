/** The DaemonSet controller: one pod on every node that suits. */
import { resources } from '@orrery/client/resources';
import type { ControllerRevision, DaemonSet, Node, Pod } from '@orrery/kinds/types';
import { controllerOf, keyOf } from '@orrery/machinery/meta';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { orUndefined } from '@orrery/machinery/status';
import {
  ownedBy,
  runController,
  watchOf,
  type Change,
  type ComponentContext,
  type Informer,
  type Result,
} from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import { semanticEqual, statusChanged } from '../common/equal.ts';
import { carryOutClaim, planClaim } from '../common/ownership.ts';
import { createPodControl, type PodControl } from '../common/podcontrol.ts';
import { claimable, podsOf } from '../common/podindex.ts';
import { isTerminal, untilAvailable } from '../common/pods.ts';
import { planRevision, surplusRevisions } from '../common/revisions.ts';
import { deleteRevisions, writeRevision } from '../common/writerevisions.ts';
import type { Controller } from '../types.ts';
import { daemonSetStatus, planDaemons, restMs } from './plan.ts';
import { daemonPod, hashLabel } from './pods.ts';

const component = 'daemonset-controller';
const owner = { group: 'apps', kind: 'DaemonSet' };

interface Parts {
  readonly ctx: ComponentContext;
  readonly daemonSets: Informer<DaemonSet>;
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly revisions: Informer<ControllerRevision>;
  readonly control: PodControl;
}

export const daemonSetController: Controller = {
  name: component,
  serviceAccount: 'daemon-set-controller',
  start(ctx) {
    const daemonSets = ctx.informers.of<DaemonSet>(resources.daemonsets);
    const pods = podsOf(ctx);
    const nodes = ctx.informers.of<Node>(resources.nodes);
    const revisions = ctx.informers.of<ControllerRevision>(resources.controllerrevisions);
    const control = createPodControl(ctx, component, owner);
    const parts: Parts = { ctx, daemonSets, pods, nodes, revisions, control };
    const adopters = (orphan: Pod) =>
      daemonSets
        .list(orphan.metadata.namespace)
        .filter(({ spec }) => matches(selectorFromObject(spec.selector), orphan.metadata.labels))
        .map(keyOf);
    const sources = [
      watchOf(daemonSets),
      watchOf(pods, change => control.podChanged(change, adopters)),
      ownedBy(revisions, owner),
      watchOf(nodes, change => (nodeMatters(change) ? daemonSets.list().map(keyOf) : [])),
    ];
    return runController(
      { name: component, concurrency: 2, sources, reconcile: retryingConflicts(key => reconcile(parts, key)) },
      ctx,
    );
  },
};

/** Heartbeats change nothing for us; labels and taints do. */
const nodeMatters = ({ before, after }: Change<Node>): boolean =>
  !before ||
  !after ||
  !semanticEqual(before.metadata.labels, after.metadata.labels) ||
  !semanticEqual(before.spec?.taints, after.spec?.taints);

async function reconcile(parts: Parts, key: string): Promise<Result | void> {
  const { ctx, daemonSets, control } = parts;
  const daemonSet = daemonSets.get(key);
  if (!daemonSet) return control.forget(key);
  if (daemonSet.metadata.deletionTimestamp) return;
  const settled = control.isSettled(key);
  const owned = parts.revisions
    .list(daemonSet.metadata.namespace)
    .filter(revision => controllerOf(revision)?.uid === daemonSet.metadata.uid);
  const plan = planRevision(daemonSet, owned, hashLabel);
  const current = await writeRevision(ctx.client, daemonSet, resources.daemonsets, plan);
  const hash = current.metadata.labels?.[hashLabel] ?? '';
  const pods = await claimPods(parts, daemonSet);
  const observed = { daemonSet, nodes: parts.nodes.list(), pods, hash, now: ctx.clock.now() };
  const error = settled ? await manage(parts, key, observed) : undefined;
  const status = daemonSetStatus(observed);
  if (statusChanged(daemonSet.status, status)) {
    await orUndefined(ctx.client.update(resources.daemonsets, { ...daemonSet, status }, { subresource: 'status' }));
  }
  if (error) throw error;
  const live = new Set(pods.map(pod => pod.metadata.labels?.[hashLabel]).concat(hash));
  const isLive = (revision: ControllerRevision) => live.has(revision.metadata.labels?.[hashLabel]);
  await deleteRevisions(ctx.client, surplusRevisions(owned, isLive, daemonSet.spec.revisionHistoryLimit ?? 10));
  const waits = pods.map(pod => untilAvailable(pod, daemonSet.spec.minReadySeconds ?? 0, observed.now));
  const resting = pods.some(isTerminal) ? [restMs] : [];
  const wait = Math.min(...resting, ...waits.filter(time => time !== undefined));
  return wait === Infinity ? undefined : { requeueAfterMs: wait };
}

function claimPods({ ctx, pods }: Parts, daemonSet: DaemonSet): Promise<Pod[]> {
  const candidates = claimable(pods, daemonSet);
  const claim = planClaim(daemonSet, selectorFromObject(daemonSet.spec.selector), candidates);
  return carryOutClaim(ctx.client, daemonSet, resources.daemonsets, resources.pods, claim);
}

async function manage(
  { ctx, control }: Parts,
  key: string,
  observed: Parameters<typeof planDaemons>[0],
): Promise<unknown> {
  const { daemonSet, hash } = observed;
  const plan = planDaemons(observed);
  const events = ctx.recorder(component);
  for (const { metadata, status, spec } of plan.finished) {
    const pod = `${metadata.namespace}/${metadata.name} on node ${spec.nodeName}`;
    if (status?.phase === 'Failed') {
      events.record(daemonSet, 'Warning', 'FailedDaemonPod', `Found failed daemon pod ${pod}, will try to kill it`);
    } else {
      events.record(
        daemonSet,
        'Normal',
        'SucceededDaemonPod',
        `Found succeeded daemon pod ${pod}, will try to delete it`,
      );
    }
  }
  if (plan.remove.length > 0) return control.remove(daemonSet, key, plan.remove);
  if (plan.create.length === 0) return undefined;
  return control.create(daemonSet, key, plan.create.length, index => daemonPod(daemonSet, plan.create[index]!, hash));
}
