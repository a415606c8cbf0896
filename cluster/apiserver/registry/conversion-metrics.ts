/** Metrics of autoscalers in the words of `autoscaling/v1`, as its annotations carry them (upstream `apis/autoscaling/v1/conversion.go`). */
interface Amounts {
  type?: string;
  value?: string;
  averageValue?: string;
  averageUtilization?: number;
}

interface Source {
  describedObject?: unknown;
  metric?: { name?: string; selector?: unknown };
  name?: string;
  container?: string;
  target?: Amounts;
  current?: Amounts;
}

/** A metric of v2: its type, and the one member that holds it. */
export type Metric = { type: string } & Partial<Record<string, Source>>;

interface OldSource {
  target?: unknown;
  metricName?: string;
  selector?: unknown;
  metricSelector?: unknown;
  name?: string;
  container?: string;
  averageValue?: string;
  targetValue?: string;
  targetAverageValue?: string;
  targetAverageUtilization?: number;
  currentValue?: string;
  currentAverageValue?: string;
  currentAverageUtilization?: number;
}

/** A metric of v1. */
export type OldMetric = { type: string } & Partial<Record<string, OldSource>>;

const members: Readonly<Record<string, string>> = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
};

/** Amounts v1 has no word for the absence of. */
const amount = (value: string | undefined): string => value ?? '0';

function oldTarget(type: string, { describedObject, metric, name, container, target = {} }: Source): OldSource {
  const { value, averageValue, averageUtilization } = target;
  const [metricName, selector] = [metric?.name ?? '', metric?.selector];
  if (type === 'Object')
    return { target: describedObject, metricName, targetValue: amount(value), selector, averageValue } as OldSource;
  if (type === 'Pods') return { metricName, targetAverageValue: amount(averageValue), selector };
  const average = { targetAverageValue: averageValue } as OldSource;
  if (type === 'External') return { metricName, metricSelector: selector, targetValue: value, ...average } as OldSource;
  return { name, targetAverageUtilization: averageUtilization, ...average, container } as OldSource;
}

function oldCurrent(type: string, { describedObject, metric, name, container, current = {} }: Source): OldSource {
  const { value, averageValue, averageUtilization } = current;
  const [metricName, selector] = [metric?.name ?? '', metric?.selector];
  if (type === 'Object')
    return { target: describedObject, metricName, currentValue: amount(value), selector, averageValue } as OldSource;
  if (type === 'Pods') return { metricName, currentAverageValue: amount(averageValue), selector };
  if (type === 'External') {
    const seen = { currentValue: amount(value), currentAverageValue: averageValue };
    return { metricName, metricSelector: selector, ...seen } as OldSource;
  }
  const seen = { currentAverageUtilization: averageUtilization, currentAverageValue: amount(averageValue) };
  return { name, ...seen, container } as OldSource;
}

/** What the old words say of the wanted amounts. Nothing is wanted of the value beside an average. */
function newTarget(type: string, old: OldSource): Amounts {
  if (type === 'Object') {
    if (old.averageValue === undefined) return { type: 'Value', value: amount(old.targetValue) };
    return { type: 'AverageValue', averageValue: old.averageValue };
  }
  if (type === 'Pods') return { type: 'AverageValue', averageValue: amount(old.targetAverageValue) };
  const { targetAverageValue: averageValue, targetAverageUtilization: averageUtilization, targetValue: value } = old;
  const average = averageValue === undefined ? {} : { averageValue };
  if (type === 'External')
    return value === undefined ? { type: 'AverageValue', ...average } : { type: 'Value', value, ...average };
  if (averageUtilization === undefined) return { type: 'AverageValue', ...average };
  return { type: 'Utilization', averageUtilization, ...average };
}

function newCurrent(type: string, old: OldSource): Amounts {
  const average = type === 'Object' ? old.averageValue : old.currentAverageValue;
  const { currentAverageUtilization: averageUtilization } = old;
  return {
    ...((type === 'Object' || type === 'External') && { value: amount(old.currentValue) }),
    ...(average !== undefined && { averageValue: average }),
    ...(averageUtilization !== undefined && { averageUtilization }),
  };
}

const memberOf = (type: string): string => members[type] ?? '';

export function oldMetric(metric: Metric, amounts: 'target' | 'current'): OldMetric {
  const { type } = metric;
  const source = metric[memberOf(type)] as Source | undefined;
  if (!source) return { type } as OldMetric;
  return { type, [memberOf(type)]: (amounts === 'target' ? oldTarget : oldCurrent)(type, source) } as OldMetric;
}

/** The metric of v2, and of an annotation that holds one already that one. */
export function newMetric(metric: OldMetric, amounts: 'target' | 'current'): Metric {
  const { type } = metric;
  const old = metric[memberOf(type)] as OldSource | undefined;
  if (!old) return { type } as Metric;
  const selector = old.selector ?? old.metricSelector;
  const named = { metric: { name: old.metricName ?? '', ...(selector !== undefined && { selector }) } };
  const plain = { name: old.name ?? '', ...(type === 'ContainerResource' && { container: old.container ?? '' }) };
  const source = {
    ...(type === 'Object' && { describedObject: old.target }),
    ...(type.endsWith('Resource') ? plain : named),
    [amounts]: (amounts === 'target' ? newTarget : newCurrent)(type, old),
  };
  return { type, [memberOf(type)]: source } as Metric;
}

const ruleNames = ['stabilizationWindowSeconds', 'selectPolicy', 'policies', 'tolerance'] as const;
const policyNames = ['type', 'value', 'periodSeconds'] as const;

type Fields = Readonly<Record<string, unknown>>;
const upper = (name: string): string => name[0]!.toUpperCase() + name.slice(1);

/** All fields under their names inside the server, with null for those that are absent. */
const named = (object: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.map(name => [upper(name), object[name] ?? null]));

/** Behaviour travels as the server holds it, not as any version writes it. */
export function innerBehavior(behavior: Fields): Fields {
  const rules = (given: unknown): unknown => {
    if (!given) return null;
    const policies = (given as { policies?: Fields[] }).policies?.map(policy => named(policy, policyNames));
    return named({ ...given, policies }, ruleNames);
  };
  return { ScaleUp: rules(behavior['scaleUp']), ScaleDown: rules(behavior['scaleDown']) };
}

/** Fields under the names of v2, whichever letters they begin with; without those that are null. */
export function outerBehavior(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(outerBehavior);
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(
    known.map(([name, field]) => [name[0]!.toLowerCase() + name.slice(1), outerBehavior(field)]),
  );
}
