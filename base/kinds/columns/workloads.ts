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
  MetricValueStatus,
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

/** An amount that a source reports; one that it leaves out is Go's `<nil>`, no source at all is unknown. */
const amountOf = (current: MetricValueStatus | undefined, name: 'value' | 'averageValue'): string =>
  current ? (current[name] ?? '<nil>') : unknown;

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
    case 'Object': {
      const source = spec.type === 'External' ? 'external' : 'object';
      const { target } = spec[source]!;
      const current = status?.[source]?.current;
      return target.averageValue !== undefined
        ? `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`
        : `${amountOf(current, 'value')}/${target.value ?? '<nil>'}`;
    }
    case 'Pods':
      return `${amountOf(status?.pods?.current, 'averageValue')}/${spec.pods!.target.averageValue ?? '<nil>'}`;
    case 'Resource':
    case 'ContainerResource': {
      const source = spec.type === 'Resource' ? 'resource' : 'containerResource';
      const { name, target } = spec[source]!;
      const current = status?.[source]?.current;
      if (target.averageValue !== undefined)
        return `${name}: ${amountOf(current, 'averageValue')}/${target.averageValue}`;
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
