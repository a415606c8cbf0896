/** What must be true when nothing has failed for a while: everything is as it was asked for, and nothing is left over. */
import type { CronJob, DaemonSet, Deployment, Job, Node, Pod, ReplicaSet, StatefulSet } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { isHealthy } from './budgets.ts';
import type { SimulatedCluster } from './cluster.ts';
import { fitsSomewhere } from './fits.ts';
import { nameOf } from './ledger.ts';
import { leftovers } from './leftovers.ts';
import { neverReady } from './manifests.ts';
import { isOver } from './safety.ts';
import { networkProblems } from './network.ts';
import { statusProblems } from './statuses.ts';

/** What is in the store, by kind. */
export interface State {
  readonly cluster: SimulatedCluster;
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  /** Pods by the uid of their controller. */
  readonly podsOf: (owner: KubeObject) => readonly Pod[];
  readonly all: <T extends KubeObject>(group: string, resource: string) => readonly T[];
}

export const controllerUid = ({ metadata }: KubeObject): string | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller)?.uid;

export function stateOf(cluster: SimulatedCluster): State {
  const all = <T extends KubeObject>(group: string, resource: string) =>
    cluster.ledger.objects<T>(`/registry/${group ? `${group}/` : ''}${resource}/`);
  const pods = all<Pod>('', 'pods');
  const owned = Map.groupBy(pods, controllerUid);
  return { cluster, pods, nodes: all<Node>('', 'nodes'), podsOf: owner => owned.get(owner.metadata.uid) ?? [], all };
}

/** One sentence each; none when all is well. */
export async function problems(state: State, goneNamespaces: readonly string[]): Promise<string[]> {
  return [
    ...nodeProblems(state),
    ...podProblems(state),
    ...state.all<ReplicaSet>('apps', 'replicasets').flatMap(set => replicaSetProblems(state, set)),
    ...state.all<Deployment>('apps', 'deployments').flatMap(each => deploymentProblems(state, each)),
    ...state.all<StatefulSet>('apps', 'statefulsets').flatMap(set => statefulSetProblems(state, set)),
    ...state.all<DaemonSet>('apps', 'daemonsets').flatMap(set => daemonSetProblems(state, set)),
    ...state.all<Job>('batch', 'jobs').flatMap(job => jobProblems(state, job)),
    ...state.all<CronJob>('batch', 'cronjobs').flatMap(each => cronJobProblems(state, each)),
    ...networkProblems(state),
    ...statusProblems(state),
    ...(await leftovers(state, goneNamespaces)),
  ];
}

const when = (isWrong: boolean, what: string): string[] => (isWrong ? [what] : []);

function nodeProblems({ cluster, nodes }: State): string[] {
  const expected = cluster.places.filter(({ isLost }) => !isLost).map(({ name }) => name);
  const found = nodes.map(({ metadata }) => metadata.name!);
  const isReady = (node: Node) =>
    node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return [
    ...when(expected.toSorted().join() !== found.toSorted().join(), `the nodes are ${found.join(' ')}`),
    ...nodes.flatMap(node => [
      ...when(!isReady(node), `${nameOf(node)} is not ready`),
      ...when((node.spec?.taints?.length ?? 0) > 0, `${nameOf(node)} is tainted: ${JSON.stringify(node.spec?.taints)}`),
      ...when((node.spec?.podCIDRs?.length ?? 0) === 0, `${nameOf(node)} has no range for its pods`),
    ]),
  ];
}

/** A pod that waits for room. */
export const isWaiting = ({ spec, metadata }: Pod): boolean =>
  !spec.nodeName && metadata.deletionTimestamp === undefined;

function podProblems(state: State): string[] {
  return state.pods.flatMap(pod => {
    if (isOver(pod)) return [];
    if (isWaiting(pod)) {
      const room = fitsSomewhere(pod, state);
      return when(room !== undefined, `${nameOf(pod)} waits, and would fit on ${room}`);
    }
    // Pods that end by themselves are on their way at any time.
    const isWork = pod.spec.restartPolicy !== 'Always' || pod.metadata.labels?.[neverReady] !== undefined;
    return when(
      !isWork && !isHealthy(pod),
      `${nameOf(pod)} on ${pod.spec.nodeName} is ${pod.status?.phase} and not ready`,
    );
  });
}

const present = (pods: readonly Pod[]): readonly Pod[] =>
  pods.filter(pod => pod.metadata.deletionTimestamp === undefined && !isOver(pod));

function replicaSetProblems(state: State, set: ReplicaSet): string[] {
  const pods = present(state.podsOf(set));
  const wanted = set.spec?.replicas ?? 1;
  return [
    ...when(pods.length !== wanted, `${nameOf(set)} has ${pods.length} pods and wants ${wanted}`),
    ...when(
      (set.status?.replicas ?? 0) !== pods.length,
      `${nameOf(set)} says that it has ${set.status?.replicas} of ${pods.length} pods`,
    ),
  ];
}

function deploymentProblems(state: State, deployment: Deployment): string[] {
  const { spec, status, metadata } = deployment;
  const sets = state.all<ReplicaSet>('apps', 'replicasets').filter(set => controllerUid(set) === metadata.uid);
  const pods = sets.flatMap(set => present(state.podsOf(set)));
  const old = sets.filter(set => (set.spec?.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0);
  const wanted = spec?.replicas ?? 1;
  const name = nameOf(deployment);
  // A roll-out that cannot go on stops where it is.
  if (pods.some(isWaiting) || spec?.template.metadata?.labels?.[neverReady]) return [];
  const counts = [status?.replicas ?? 0, status?.updatedReplicas ?? 0, status?.availableReplicas ?? 0];
  return [
    ...when(status?.observedGeneration !== metadata.generation, `${name} was changed and not looked at`),
    ...when(pods.length !== wanted, `${name} has ${pods.length} pods and wants ${wanted}`),
    ...when(
      counts.some(count => count !== wanted),
      `${name} says ${counts.join(', ')} of ${wanted} pods are there, new, available`,
    ),
    // The newest set is no history, even at no replicas.
    ...when(old.length > (spec?.revisionHistoryLimit ?? 10) + 1, `${name} keeps ${old.length} old ReplicaSets`),
  ];
}

function statefulSetProblems(state: State, set: StatefulSet): string[] {
  const pods = present(state.podsOf(set));
  const wanted = set.spec?.replicas ?? 1;
  const expected = Array.from({ length: wanted }, (_, ordinal) => `${set.metadata.name}-${ordinal}`);
  const found = pods.map(({ metadata }) => metadata.name!).toSorted();
  if (pods.some(isWaiting)) return [];
  const { status } = set;
  const counts = [status?.replicas ?? 0, status?.readyReplicas ?? 0, status?.updatedReplicas ?? 0];
  return [
    ...when(
      found.join() !== expected.toSorted().join(),
      `${nameOf(set)} has the pods ${found.join(' ')} and wants ${wanted}`,
    ),
    ...when(
      counts.some(count => count !== wanted),
      `${nameOf(set)} says ${counts.join(', ')} of ${wanted} pods are there, ready, new`,
    ),
  ];
}

function daemonSetProblems(state: State, set: DaemonSet): string[] {
  const pods = present(state.podsOf(set));
  const { nodeSelector = {} } = set.spec?.template.spec ?? {};
  const targets = state.nodes.filter(({ metadata }) =>
    Object.entries(nodeSelector).every(([key, value]) => metadata.labels?.[key] === value),
  );
  if (pods.some(isWaiting)) return [];
  const expected = targets.map(({ metadata }) => metadata.name!).toSorted();
  const found = pods.map(({ spec }) => spec.nodeName!).toSorted();
  return when(
    found.join() !== expected.join(),
    `${nameOf(set)} runs on ${found.join(' ')} and shall on ${expected.join(' ')}`,
  );
}

const has = (job: Job, condition: string): boolean =>
  job.status?.conditions?.some(({ type, status }) => type === condition && status === 'True') ?? false;

function jobProblems(state: State, job: Job): string[] {
  const { spec, status } = job;
  const pods = state.podsOf(job);
  const active = present(pods);
  const name = nameOf(job);
  const wanted = spec?.completions ?? 1;
  const isFinished = has(job, 'Complete') || has(job, 'Failed');
  const command = spec?.template.spec?.containers[0]?.command?.join(' ') ?? '';
  const tracked = pods.filter(({ metadata }) => metadata.finalizers?.includes('batch.kubernetes.io/job-tracking'));
  // One that fails now and then rests in between; one of a CronJob may have begun a moment ago; one may wait for room.
  const mayTakeLong = command.endsWith('flaky') || controllerUid(job) !== undefined || active.some(isWaiting);
  return [
    ...when(
      has(job, 'Complete') && status?.succeeded !== wanted,
      `${name} is complete with ${status?.succeeded} of ${wanted}`,
    ),
    ...when((status?.succeeded ?? 0) > wanted, `${name} counts ${status?.succeeded} successes and wants ${wanted}`),
    ...when(has(job, 'Complete') && has(job, 'Failed'), `${name} is both complete and failed`),
    ...when(isFinished && active.length > 0, `${name} is finished and has ${active.length} active pods`),
    ...when(isFinished && tracked.length > 0, `${name} is finished and holds ${tracked.length} pods back`),
    ...when(!isFinished && !mayTakeLong, `${name} never finished: ${JSON.stringify(status)}`),
  ];
}

function cronJobProblems(state: State, cronJob: CronJob): string[] {
  const jobs = state.all<Job>('batch', 'jobs').filter(job => controllerUid(job) === cronJob.metadata.uid);
  const finished = jobs.filter(job => has(job, 'Complete') || has(job, 'Failed'));
  const limit = (cronJob.spec?.successfulJobsHistoryLimit ?? 3) + (cronJob.spec?.failedJobsHistoryLimit ?? 1);
  // At rest they are suspended: one that came late may never have had its turn.
  const age = state.cluster.time.now() - Date.parse(cronJob.metadata.creationTimestamp ?? '');
  const isOld = age > 400_000;
  const isOnlyOne = cronJob.spec?.concurrencyPolicy !== 'Allow';
  return [
    // One more may have finished since the controller looked.
    ...when(finished.length > limit + 1, `${nameOf(cronJob)} keeps ${finished.length} finished jobs`),
    ...when(
      isOnlyOne && jobs.length - finished.length > 1,
      `${nameOf(cronJob)} runs ${jobs.length - finished.length} jobs at once`,
    ),
    ...when(isOld && cronJob.status?.lastScheduleTime === undefined, `${nameOf(cronJob)} never ran`),
  ];
}
