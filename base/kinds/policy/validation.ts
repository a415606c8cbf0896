/** Validation of policy/v1, autoscaling/v2, scheduling.k8s.io/v1, coordination.k8s.io/v1 and node.k8s.io/v1. */
import { child, forbidden, index, invalid, invalidShown, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validatePathSegmentName } from '@orrery/machinery/names';
import { compareQuantities, parseQuantity, zeroQuantity } from '@orrery/machinery/quantity';
import { each } from '../fill.ts';
import { immutable, sameJson } from '../meta.ts';
import { atMostAll, countOrPercent, label, labelSelector, nonNegative, oneOfIfSet, positive, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  HorizontalPodAutoscaler,
  HPAScalingRules,
  Lease,
  MetricSpec,
  MetricTarget,
  PodDisruptionBudget,
  PriorityClass,
  RuntimeClass,
} from '../types.data.ts';

export function validateDisruptionBudget({ spec }: PodDisruptionBudget): FieldError[] {
  const errors: Errors = [];
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = JSON.stringify({
      MinAvailable: minAvailable,
      Selector: selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: policy ?? null,
    });
    errors.push(invalidShown('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const name of ['minAvailable', 'maxUnavailable'] as const) {
    if (spec[name] === undefined) continue;
    countOrPercent(errors, spec[name], `spec.${name}`);
    atMostAll(errors, spec[name], `spec.${name}`);
  }
  labelSelector(errors, selector, 'spec.selector');
  oneOfIfSet(errors, policy, ['AlwaysAllow', 'IfHealthyBudget'], 'spec.unhealthyPodEvictionPolicy');
  return errors;
}

export function validateDisruptionBudgetStatus({ status }: PodDisruptionBudget): FieldError[] {
  const errors: Errors = [];
  for (const name of ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const)
    nonNegative(errors, status?.[name], `status.${name}`);
  return errors;
}

const metricSources = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;

function validateTarget(errors: Errors, target: MetricTarget | undefined, path: FieldPath): void {
  if (!target) return;
  if (!target.type) errors.push(required(child(path, 'type'), 'must specify a metric target type'));
  else oneOfIfSet(errors, target.type, ['AverageValue', 'Utilization', 'Value'], child(path, 'type'));
  for (const name of ['value', 'averageValue'] as const) {
    const amount = target[name];
    if (amount !== undefined && compareQuantities(parseQuantity(amount), zeroQuantity) <= 0)
      errors.push(invalid(child(path, name), amount, 'must be positive'));
  }
  positive(errors, target.averageUtilization, child(path, 'averageUtilization'));
}

function validateResourceTarget(errors: Errors, target: MetricTarget | undefined, path: FieldPath): void {
  validateTarget(errors, target, path);
  if (!target) return;
  if (target.averageUtilization === undefined && target.averageValue === undefined) {
    errors.push(
      required(child(path, 'averageUtilization'), 'must set either a target raw value or a target utilization'),
    );
  }
  if (target.averageUtilization !== undefined && target.averageValue !== undefined) {
    errors.push(forbidden(child(path, 'averageValue'), 'may not set both a target raw value and a target utilization'));
  }
}

function validateMetric(errors: Errors, metric: MetricSpec, path: FieldPath): void {
  if (!metric.type) return void errors.push(required(child(path, 'type'), 'must specify a metric source type'));
  if (!(metric.type in metricSources)) {
    const unknown = notSupported(child(path, 'type'), metric.type, Object.keys(metricSources));
    return void errors.push(unknown, unknown); // upstream tells it once for the type and once for the missing source
  }
  const name = metricSources[metric.type as keyof typeof metricSources];
  const at = child(path, name);
  if (!metric[name]) return void errors.push(required(at, 'must populate information for the given metric source'));
  for (const other of Object.values(metricSources)) {
    if (other !== name && metric[other])
      errors.push(forbidden(child(path, other), 'must populate the given metric source only'));
  }
  if (metric.resource && name === 'resource') {
    if (!metric.resource.name) errors.push(required(child(at, 'name'), 'must specify a resource name'));
    validateResourceTarget(errors, metric.resource.target, child(at, 'target'));
  } else if (metric.containerResource && name === 'containerResource') {
    if (!metric.containerResource.name) errors.push(required(child(at, 'name'), 'must specify a resource name'));
    if (!metric.containerResource.container) errors.push(required(child(at, 'container'), 'must specify a container'));
    validateResourceTarget(errors, metric.containerResource.target, child(at, 'target'));
  } else validateTarget(errors, metric[name]!.target, child(at, 'target'));
}

function validateRules(errors: Errors, rules: HPAScalingRules | undefined, path: FieldPath): void {
  if (!rules) return;
  nonNegative(errors, rules.stabilizationWindowSeconds, child(path, 'stabilizationWindowSeconds'));
  if ((rules.stabilizationWindowSeconds ?? 0) > 3600) {
    errors.push(
      invalid(
        child(path, 'stabilizationWindowSeconds'),
        rules.stabilizationWindowSeconds,
        'must be less than or equal to 3600',
      ),
    );
  }
  oneOfIfSet(errors, rules.selectPolicy, ['Disabled', 'Max', 'Min'], child(path, 'selectPolicy'));
  const policies = each(rules.policies);
  if (policies.length === 0) errors.push(required(child(path, 'policies'), 'must specify at least one Policy'));
  policies.forEach(({ type, value, periodSeconds }, at) => {
    const here = index(child(path, 'policies'), at);
    if (!['Percent', 'Pods'].includes(type)) errors.push(notSupported(child(here, 'type'), type, ['Percent', 'Pods']));
    if (value <= 0) errors.push(invalid(child(here, 'value'), value, 'must be greater than zero'));
    if (periodSeconds <= 0)
      errors.push(invalid(child(here, 'periodSeconds'), periodSeconds, 'must be greater than zero'));
    if (periodSeconds > 1800)
      errors.push(invalid(child(here, 'periodSeconds'), periodSeconds, 'must be less than or equal to 1800'));
  });
}

/** Of autoscaling/v2; objects of v1 are converted first. */
export function validateAutoscaler({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const errors: Errors = [];
  if (spec.minReplicas !== undefined && spec.minReplicas < 1)
    errors.push(invalid('spec.minReplicas', spec.minReplicas, 'must be greater than or equal to 1'));
  if (spec.maxReplicas < 1) errors.push(invalid('spec.maxReplicas', spec.maxReplicas, 'must be greater than 0'));
  if (spec.minReplicas !== undefined && spec.maxReplicas < spec.minReplicas) {
    errors.push(invalid('spec.maxReplicas', spec.maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  const target = spec.scaleTargetRef;
  for (const name of ['kind', 'name'] as const) {
    const value = target?.[name];
    if (!value) errors.push(required(`spec.scaleTargetRef.${name}`));
    else tell(errors, `spec.scaleTargetRef.${name}`, value, validatePathSegmentName(value));
  }
  if (!target?.apiVersion && target?.kind !== 'ReplicationController') {
    errors.push(
      invalid('spec.scaleTargetRef.apiVersion', target?.apiVersion ?? '', 'apiVersion must specify API group'),
    );
  }
  each(spec.metrics).forEach((metric, at) => validateMetric(errors, metric, index('spec.metrics', at)));
  validateRules(errors, spec.behavior?.scaleUp, 'spec.behavior.scaleUp');
  validateRules(errors, spec.behavior?.scaleDown, 'spec.behavior.scaleDown');
  return errors;
}

const systemClasses: Readonly<Record<string, number>> = {
  'system-node-critical': 2000001000,
  'system-cluster-critical': 2000000000,
};

export function validatePriorityClass({
  metadata,
  value,
  globalDefault,
  preemptionPolicy,
}: PriorityClass): FieldError[] {
  const errors: Errors = [];
  const name = metadata.name ?? '';
  if (name.startsWith('system-')) {
    const known = systemClasses[name];
    const reserved = "priority class names with 'system-' prefix are reserved for system use only. error: ";
    if (known === undefined)
      errors.push(forbidden('metadata.name', `${reserved}${name} is not a known system priority class`));
    else if (value !== known)
      errors.push(forbidden('metadata.name', `${reserved}value of ${name} PriorityClass must be ${known}`));
    else if (globalDefault)
      errors.push(forbidden('metadata.name', `${reserved}globalDefault of ${name} PriorityClass must be false`));
  } else if (value > 1000000000)
    errors.push(forbidden('value', 'maximum allowed value of a user defined priority is 1000000000'));
  oneOfIfSet(errors, preemptionPolicy, ['Never', 'PreemptLowerPriority'], 'preemptionPolicy');
  return errors;
}

export function validatePriorityClassUpdate(now: PriorityClass, old: PriorityClass): FieldError[] {
  const errors: Errors = [];
  if (now.value !== old.value) errors.push(forbidden('value', 'may not be changed in an update.'));
  errors.push(...immutable(now.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'));
  return errors;
}

export function validateLease({ spec }: Lease): FieldError[] {
  const errors: Errors = [];
  if (!spec) return errors;
  if (spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0'));
  }
  nonNegative(errors, spec.leaseTransitions, 'spec.leaseTransitions');
  return errors;
}

export function validateRuntimeClass({ handler }: RuntimeClass): FieldError[] {
  const errors: Errors = [];
  if (!handler) errors.push(required('handler'));
  else label(errors, handler, 'handler');
  return errors;
}

export const validateRuntimeClassUpdate = (now: RuntimeClass, old: RuntimeClass): FieldError[] => [
  ...validateRuntimeClass(now),
  ...(sameJson(now.handler, old.handler) ? [] : immutable(now.handler, old.handler, 'handler')),
];
