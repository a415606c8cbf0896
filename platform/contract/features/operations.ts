/** What is done to workloads, Jobs and nodes beside editing them: all of it as the user, by native calls. */
import type { KubeObject } from '@orrery/machinery/meta';
import { done } from '../list.ts';
import { at, below, grant } from '../route.ts';
import { flag, integer, list, object, oneOf, optional, record, text } from '../schema.ts';

const route = below('operations', 'operations.orrery.io', ['v1alpha1']);
const kubeSphere = at('operations');
const any = object<KubeObject>('the object as it is now');
const named = { name: 'name' } as const;

/** One state that a template was in. */
const revision = record({
  revision: integer(),
  /** Of the ReplicaSet or ControllerRevision that keeps it. */
  name: text(),
  createTime: text(),
  current: flag('the template of today is this one'),
  images: list(text()),
  changeCause: optional(text('what the annotation kubernetes.io/change-cause says')),
  replicas: optional(integer()),
});

/** `before` or `after` is absent where something came or went; `path` is a JSON pointer. */
const change = record({
  path: text(),
  before: optional(object<unknown>('any value')),
  after: optional(object<unknown>('any value')),
});

type Workloads = 'deployments' | 'statefulsets' | 'daemonsets';

const revisions = <const K extends Workloads>(kind: K) =>
  route(
    `operations.${kind}.revisions`,
    'GET',
    `/namespaces/{namespace}/${kind}/{name}/revisions`,
    'The templates it had, the newest first',
    grant('project', 'get', 'apps', kind, named),
    { answer: record({ items: list(revision), totalItems: integer() }), errors: [404] },
  );

/** KubeSphere's path: a ReplicaSet or a ControllerRevision, as it is. */
const oneRevision = <const K extends Workloads>(kind: K) =>
  kubeSphere(
    `operations.${kind}.revision`,
    'GET',
    [`/kapis/resources.kubesphere.io/v1alpha2/namespaces/{namespace}/${kind}/{name}/revisions/{revision}`],
    'The object that keeps a revision',
    grant('project', 'get', 'apps', kind, named),
    { answer: any, errors: [404] },
  );

const diff = <const K extends Workloads>(kind: K) =>
  route(
    `operations.${kind}.diff`,
    'GET',
    `/namespaces/{namespace}/${kind}/{name}/revisions/{revision}/diff`,
    'From this revision to another, or to the template of today',
    grant('project', 'get', 'apps', kind, named),
    {
      query: record({ to: optional(integer(1)) }),
      answer: record({
        from: integer(),
        to: optional(integer()),
        before: object<unknown>('pod template'),
        after: object<unknown>('pod template'),
        changes: list(change),
      }),
      errors: [404],
    },
  );

const rollback = <const K extends Workloads>(kind: K) =>
  route(
    `operations.${kind}.rollback`,
    'POST',
    `/namespaces/{namespace}/${kind}/{name}/rollback`,
    'Back to an earlier template; to the one before today’s unless one is named',
    grant('project', 'patch', 'apps', kind, named),
    { body: record({ revision: optional(integer(0)) }), answer: any, errors: [404, 409] },
  );

const restart = <const K extends Workloads>(kind: K) =>
  route(
    `operations.${kind}.restart`,
    'POST',
    `/namespaces/{namespace}/${kind}/{name}/restart`,
    'New pods in place of all, by its own strategy',
    grant('project', 'patch', 'apps', kind, named),
    { answer: any, errors: [404, 409] },
  );

const scale = <const K extends 'deployments' | 'statefulsets' | 'replicasets'>(kind: K) =>
  route(
    `operations.${kind}.scale`,
    'PUT',
    `/namespaces/{namespace}/${kind}/{name}/scale`,
    'As many replicas as given',
    grant('project', 'patch', 'apps', `${kind}/scale`, named),
    { body: record({ replicas: integer(0) }), answer: any, errors: [404, 409] },
  );

const onNode = { name: 'node' } as const;
const changeNode = grant('platform', 'patch', '', 'nodes', onNode);

const podState = record({
  namespace: text(),
  name: text(),
  state: oneOf('Waiting', 'Evicting', 'Blocked', 'Gone', 'Failed'),
  message: optional(text()),
});

/** How far a drain is. `Interrupted`: the platform that did it is gone; it can be started anew. */
const drain = record({
  node: text(),
  user: text(),
  state: oneOf('Running', 'Done', 'Failed', 'Cancelled', 'Interrupted'),
  startTime: text(),
  endTime: optional(text()),
  message: optional(text()),
  pods: list(podState),
  /** Pods that stay: of DaemonSets, and static ones. */
  skipped: integer(),
});

export const operations = {
  deploymentRevisions: revisions('deployments'),
  statefulSetRevisions: revisions('statefulsets'),
  daemonSetRevisions: revisions('daemonsets'),
  deploymentRevision: oneRevision('deployments'),
  statefulSetRevision: oneRevision('statefulsets'),
  daemonSetRevision: oneRevision('daemonsets'),
  deploymentDiff: diff('deployments'),
  statefulSetDiff: diff('statefulsets'),
  daemonSetDiff: diff('daemonsets'),
  rollBackDeployment: rollback('deployments'),
  rollBackStatefulSet: rollback('statefulsets'),
  rollBackDaemonSet: rollback('daemonsets'),
  restartDeployment: restart('deployments'),
  restartStatefulSet: restart('statefulsets'),
  restartDaemonSet: restart('daemonsets'),
  scaleDeployment: scale('deployments'),
  scaleStatefulSet: scale('statefulsets'),
  scaleReplicaSet: scale('replicasets'),
  rerunJob: kubeSphere(
    'operations.jobs.rerun',
    'POST',
    ['/kapis/operations.kubesphere.io/v1alpha2/namespaces/{namespace}/jobs/{name}'],
    'The Job once more: it is made anew, and remembers its earlier runs',
    grant('project', 'create', 'batch', 'jobs'),
    {
      query: record({ action: text('rerun'), resourceVersion: optional(text('of the Job that was looked at')) }),
      answer: done,
      errors: [404, 409],
    },
  ),
  suspendCronJob: route(
    'operations.cronjobs.suspend',
    'PUT',
    '/namespaces/{namespace}/cronjobs/{name}/suspend',
    'Pauses a CronJob, or lets it go on',
    grant('project', 'patch', 'batch', 'cronjobs', named),
    { body: record({ suspend: flag() }), answer: any, errors: [404, 409] },
  ),
  runCronJob: route(
    'operations.cronjobs.run',
    'POST',
    '/namespaces/{namespace}/cronjobs/{name}/run',
    'A Job from its template, now',
    grant('project', 'create', 'batch', 'jobs'),
    { answer: any, errors: [404, 409] },
  ),
  cordonNode: route(
    'operations.nodes.cordon',
    'PUT',
    '/nodes/{node}/cordon',
    'Takes a node out of scheduling, or back in',
    changeNode,
    { body: record({ cordoned: flag() }), answer: any, errors: [404, 409] },
  ),
  drainNode: route(
    'operations.nodes.drain',
    'POST',
    '/nodes/{node}/drain',
    'Evicts the pods of a node, as far as their budgets let it; the node takes no new ones',
    changeNode,
    {
      body: record({
        /** Also pods that nobody makes anew. */
        force: optional(flag()),
        /** Also pods whose emptyDir volumes go with them. */
        deleteEmptyDirData: optional(flag()),
        gracePeriodSeconds: optional(integer(0)),
        /** After which what is left is given up; an hour unless given. */
        timeoutSeconds: optional(integer(1)),
      }),
      answer: drain,
      status: 202,
      errors: [404, 409, 422],
    },
  ),
  drainProgress: route(
    'operations.nodes.drainProgress',
    'GET',
    '/nodes/{node}/drain',
    'How far the last drain of a node is',
    grant('platform', 'get', '', 'nodes', onNode),
    { answer: drain, errors: [404] },
  ),
  cancelDrain: route(
    'operations.nodes.cancelDrain',
    'DELETE',
    '/nodes/{node}/drain',
    'Stops evicting; pods that are gone are gone, the node stays as it is',
    changeNode,
    { answer: drain, errors: [404, 409] },
  ),
};
