/** Validation of HorizontalPodAutoscaler (autoscaling/validation), in the form of autoscaling/v2. */
import { child, forbidden, index, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validatePathSegmentName } from '@orrery/machinery/names';
import { compareQuantities, parseQuantity, zeroQuantity } from '@orrery/machinery/quantity';
import { each } from '../fill.ts';
import { nonNegative, oneOfIfSet, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from '../types.data.ts';

const sources = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;
/** The order in which upstream looks for them; only the first that is there is looked into. */
const searched = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;

/** A name that stands in a URL. */
function segment(errors: Errors, value: string | undefined, path: FieldPath, why = ''): void {
  if (!value) errors.push(required(path, why));
  else tell(errors, path, value, validatePathSegmentName(value));
}

function validateReference(
  errors: Errors,
  target: CrossVersionObjectReference | undefined,
  path: FieldPath,
  anyGroup: boolean,
): void {
  const { kind, name, apiVersion = '' } = target ?? {};
  segment(errors, kind, child(path, 'kind'));
  segment(errors, name, child(path, 'name'));
  const parts = apiVersion.split('/');
  const at = child(path, 'apiVersion');
  if (parts.length > 2) errors.push(invalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else if (!anyGroup && (parts.length < 2 || parts[0] === '') && kind !== 'ReplicationController')
    errors.push(invalid(at, apiVersion, 'apiVersion must specify API group'));
}

function validateTarget(errors: Errors, target: MetricTarget, path: FieldPath): void {
  const { type = '', value, averageValue, averageUtilization } = target;
  if (type === '') errors.push(required(child(path, 'type'), 'must specify a metric target type'));
  if (!['Utilization', 'Value', 'AverageValue'].includes(type))
    errors.push(invalid(child(path, 'type'), type, 'must be either Utilization, Value, or AverageValue'));
  for (const [name, amount] of Object.entries({ value, averageValue })) {
    if (amount !== undefined && compareQuantities(parseQuantity(amount), zeroQuantity) <= 0)
      errors.push(invalid(child(path, name), amount, 'must be positive'));
  }
  if (averageUtilization !== undefined && averageUtilization < 1)
    errors.push(invalid(child(path, 'averageUtilization'), averageUtilization, 'must be greater than 0'));
}

const metricName = (errors: Errors, metric: MetricIdentifier | undefined, path: FieldPath): void =>
  segment(errors, metric?.name, child(path, 'metric', 'name'), 'must specify a metric name');

function validateAmounts(
  errors: Errors,
  source: (typeof searched)[number],
  target: MetricTarget,
  path: FieldPath,
): void {
  const { value, averageValue, averageUtilization } = target;
  const average = child(path, 'averageValue');
  if (source === 'resource' || source === 'containerResource') {
    if (averageUtilization === undefined && averageValue === undefined) {
      const why = 'must set either a target raw value or a target utilization';
      errors.push(required(child(path, 'averageUtilization'), why));
    }
    if (averageUtilization !== undefined && averageValue !== undefined)
      errors.push(forbidden(average, 'may not set both a target raw value and a target utilization'));
  } else if (source === 'pods') {
    if (averageValue === undefined) errors.push(required(average, 'must specify a positive target averageValue'));
  } else if (value === undefined && averageValue === undefined) {
    const perPod = 'must set either a target value for metric or a per-pod target';
    errors.push(required(average, source === 'object' ? 'must set either a target value or averageValue' : perPod));
  } else if (source === 'external' && value !== undefined && averageValue !== undefined) {
    const why = 'may not set both a target value for metric and a per-pod target';
    errors.push(forbidden(child(path, 'value'), why));
  }
}

function validateSource(errors: Errors, spec: MetricSpec, source: (typeof searched)[number], path: FieldPath): void {
  const at = child(path, source);
  if (source === 'object') validateReference(errors, spec.object!.describedObject, child(at, 'describedObject'), true);
  if (source === 'resource' || source === 'containerResource') {
    const { name } = spec[source]!;
    if (!name) errors.push(required(child(at, 'name'), 'must specify a resource name'));
    if (source === 'containerResource' && !spec.containerResource!.container)
      errors.push(required(child(at, 'container'), 'must specify a container'));
  } else metricName(errors, spec[source]!.metric, at);
  const target = spec[source]!.target ?? ({ type: '' } as unknown as MetricTarget);
  validateTarget(errors, target, child(at, 'target'));
  validateAmounts(errors, source, target, child(at, 'target'));
}

function validateMetric(errors: Errors, spec: MetricSpec, path: FieldPath): void {
  const type = spec.type ?? '';
  const kinds = Object.keys(sources);
  const unknown = notSupported(child(path, 'type'), type, kinds);
  if (type === '') errors.push(required(child(path, 'type'), 'must specify a metric source type'));
  if (!(type in sources)) errors.push(unknown);
  const present = searched.filter(name => spec[name]);
  if (present[0]) validateSource(errors, spec, present[0], path);
  const wanted = type in sources ? sources[type as keyof typeof sources] : undefined;
  if (!wanted)
    errors.push(unknown); // upstream tells it once for the type and once for the missing source
  else if (!spec[wanted])
    errors.push(required(child(path, wanted), 'must populate information for the given metric source'));
  if (present.length === 1) return;
  for (const other of present)
    if (other !== wanted) errors.push(forbidden(child(path, other), 'must populate the given metric source only'));
}

const windowMax = 3600;
const periodMax = 1800;

function validateRules(errors: Errors, rules: HPAScalingRules | undefined, path: FieldPath): void {
  if (!rules) return;
  const window = rules.stabilizationWindowSeconds ?? 0;
  const at = child(path, 'stabilizationWindowSeconds');
  if (window < 0) errors.push(invalid(at, window, 'must be greater than or equal to zero'));
  if (window > windowMax) errors.push(invalid(at, window, `must be less than or equal to ${windowMax}`));
  oneOfIfSet(errors, rules.selectPolicy, ['Disabled', 'Max', 'Min'], child(path, 'selectPolicy'));
  const policies = each(rules.policies);
  if (policies.length === 0) errors.push(required(child(path, 'policies'), 'must specify at least one Policy'));
  policies.forEach(({ type = '', value = 0, periodSeconds: period = 0 }, place) => {
    const here = index(child(path, 'policies'), place);
    if (!['Percent', 'Pods'].includes(type)) errors.push(notSupported(child(here, 'type'), type, ['Percent', 'Pods']));
    if (value <= 0) errors.push(invalid(child(here, 'value'), value, 'must be greater than zero'));
    if (period <= 0) errors.push(invalid(child(here, 'periodSeconds'), period, 'must be greater than zero'));
    if (period > periodMax)
      errors.push(invalid(child(here, 'periodSeconds'), period, `must be less than or equal to ${periodMax}`));
  });
}

export function validateAutoscaler({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const errors: Errors = [];
  const { minReplicas: min, maxReplicas: max = 0 } = spec;
  if (min !== undefined && min < 1) errors.push(invalid('spec.minReplicas', min, 'must be greater than or equal to 1'));
  if (max < 1) errors.push(invalid('spec.maxReplicas', max, 'must be greater than 0'));
  if (min !== undefined && max < min)
    errors.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  validateReference(errors, spec.scaleTargetRef, 'spec.scaleTargetRef', false);
  each(spec.metrics).forEach((metric, at) => validateMetric(errors, metric, index('spec.metrics', at)));
  validateRules(errors, spec.behavior?.scaleUp, 'spec.behavior.scaleUp');
  validateRules(errors, spec.behavior?.scaleDown, 'spec.behavior.scaleDown');
  return errors;
}

export function validateAutoscalerStatus({ status }: HorizontalPodAutoscaler): FieldError[] {
  const errors: Errors = [];
  nonNegative(errors, status?.currentReplicas, 'status.currentReplicas');
  nonNegative(errors, status?.desiredReplicas, 'status.desiredReplicas');
  return errors;
}
