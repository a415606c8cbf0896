/** Rows of apps, batch, autoscaling and policy. */
import { humanDuration } from '@orrery/machinery/duration';
import { controllerOf, parseApiVersion } from '@orrery/machinery/meta';
import { each } from '../fill.ts';
import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  MetricSpec,
  MetricStatus,
  PodDisruptionBudget,
  ReplicaSet,
  StatefulSet,
} from '../types.data.ts';
import { age, containers, labels, nameOf, none, selector, since, unknown, unset, upTo, yesNo } from './format.ts';
import type { Cells } from './format.ts';

export const deploymentCells: Cells<Deployment> = (object, nowMs) => [
  nameOf(object),
  `${object.status?.readyReplicas ?? 0}/${object.spec.replicas ?? 0}`,
  object.status?.updatedReplicas ?? 0,
  object.status?.availableReplicas ?? 0,
  age(object, nowMs),
  ...containers(object.spec.template?.spec),
  selector(object.spec.selector),
];

export const replicaSetCells: Cells<ReplicaSet> = (object, nowMs) => [
  nameOf(object),
  object.spec.replicas ?? 0,
  object.status?.replicas ?? 0,
  object.status?.readyReplicas ?? 0,
  age(object, nowMs),
  ...containers(object.spec.template?.spec),
  selector(object.spec.selector),
];

export const statefulSetCells: Cells<StatefulSet> = (object, nowMs) => [
  nameOf(object),
  `${object.status?.readyReplicas ?? 0}/${object.spec.replicas ?? 0}`,
  age(object, nowMs),
  ...containers(object.spec.template?.spec),
];

export const daemonSetCells: Cells<DaemonSet> = (object, nowMs) => [
  nameOf(object),
  object.status?.desiredNumberScheduled ?? 0,
  object.status?.currentNumberScheduled ?? 0,
  object.status?.numberReady ?? 0,
  object.status?.updatedNumberScheduled ?? 0,
  object.status?.numberAvailable ?? 0,
  labels(object.spec.template?.spec?.nodeSelector),
  age(object, nowMs),
  ...containers(object.spec.template?.spec),
  selector(object.spec.selector),
];

export const controllerRevisionCells: Cells<ControllerRevision> = (object, nowMs) => {
  const owner = controllerOf(object);
  const group = owner ? parseApiVersion(owner.apiVersion).group : '';
  const kind = owner ? owner.kind.toLowerCase() + (group === '' ? '' : `.${group}`) : '';
  return [nameOf(object), owner ? `${kind}/${owner.name}` : none, object.revision, age(object, nowMs)];
};

function jobStatus({ status, metadata }: Job): string {
  const holds = (type: string): boolean =>
    each(status?.conditions).some(condition => condition.type === type && condition.status === 'True');
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(holds) ?? 'Running';
}

function jobCompletions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status }: Job, nowMs: number): string {
  if (!status?.startTime) return '';
  const end = status.completionTime ? Date.parse(status.completionTime) : nowMs;
  return humanDuration(end - Date.parse(status.startTime));
}

export const jobCells: Cells<Job> = (object, nowMs) => [
  nameOf(object),
  jobStatus(object),
  jobCompletions(object),
  jobDuration(object, nowMs),
  age(object, nowMs),
  ...containers(object.spec.template?.spec),
  selector(object.spec.selector),
];

export const cronJobCells: Cells<CronJob> = (object, nowMs) => [
  nameOf(object),
  object.spec.schedule,
  object.spec.timeZone ?? none,
  yesNo(object.spec.suspend),
  each(object.status?.active).length,
  object.status?.lastScheduleTime ? since(object.status.lastScheduleTime, nowMs) : none,
  age(object, nowMs),
  ...containers(object.spec.jobTemplate?.spec?.template?.spec),
  selector(object.spec.jobTemplate?.spec?.selector),
];

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
    case 'Object': {
      const target = (spec.external ?? spec.object)!.target;
      const current = (status?.external ?? status?.object)?.current;
      return target.averageValue !== undefined
        ? `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`
        : `${current?.value ?? unknown}/${target.value}`;
    }
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? unknown}/${spec.pods!.target.averageValue}`;
    case 'Resource':
    case 'ContainerResource': {
      const { name, target } = (spec.resource ?? spec.containerResource)!;
      const current = (status?.resource ?? status?.containerResource)?.current;
      if (target.averageValue !== undefined)
        return `${name}: ${current?.averageValue ?? unknown}/${target.averageValue}`;
      const now = current?.averageUtilization === undefined ? unknown : `${current.averageUtilization}%`;
      return `${name}: ${now}/${target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`;
    }
    default:
      return '<unknown type>';
  }
}

export const autoscalerCells: Cells<HorizontalPodAutoscaler> = (object, nowMs) => {
  const { spec, status } = object;
  const metrics = each(spec.metrics).map((metric, at) => metricText(metric, status?.currentMetrics?.[at]));
  return [
    nameOf(object),
    `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
    upTo(2, metrics, ', ') || none,
    spec.minReplicas === undefined ? unset : `${spec.minReplicas}`,
    spec.maxReplicas,
    status?.currentReplicas ?? 0,
    age(object, nowMs),
  ];
};

export const disruptionBudgetCells: Cells<PodDisruptionBudget> = (object, nowMs) => [
  nameOf(object),
  object.spec.minAvailable === undefined ? 'N/A' : `${object.spec.minAvailable}`,
  object.spec.maxUnavailable === undefined ? 'N/A' : `${object.spec.maxUnavailable}`,
  object.status?.disruptionsAllowed ?? 0,
  age(object, nowMs),
];
