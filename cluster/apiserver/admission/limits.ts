/** What a LimitRange demands of pods and claims (upstream `plugin/pkg/admission/limitranger`). Pure; pods are changed in place. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Quantity } from '@orrery/machinery/quantity';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  ratioOf,
} from '@orrery/machinery/quantity';
import type { Container, Pod } from '../authorization/pod-references.ts';

export type Amounts = Readonly<Record<string, string | number>>;

export interface LimitRangeItem {
  readonly type: string;
  readonly max?: Amounts;
  readonly min?: Amounts;
  readonly default?: Amounts;
  readonly defaultRequest?: Amounts;
  readonly maxLimitRequestRatio?: Amounts;
}

export interface LimitRange extends KubeObject {
  spec?: { limits?: readonly LimitRangeItem[] };
}

const annotation = 'kubernetes.io/limit-ranger';

function fill(container: Container, kind: string, defaults: LimitRangeItem): string[] {
  const resources = (container.resources ??= {});
  const notes: string[] = [];
  const each = (field: 'requests' | 'limits', amounts: Amounts | undefined, word: string) => {
    const missing = Object.keys(amounts ?? {})
      .filter(name => resources[field]?.[name] === undefined)
      .toSorted();
    if (missing.length === 0) return;
    resources[field] = { ...resources[field], ...Object.fromEntries(missing.map(name => [name, amounts![name]!])) };
    notes.push(`${missing.join(', ')} ${word} for ${kind} ${container.name}`);
  };
  each('requests', defaults.defaultRequest, 'request');
  each('limits', defaults.default, 'limit');
  return notes;
}

/** Gives containers the requests and limits that they leave open, and notes on the pod what was set. */
export function applyDefaults(pod: Pod, { spec }: LimitRange): void {
  const notes: string[] = [];
  for (const item of spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    for (const container of pod.spec.containers ?? []) notes.push(...fill(container, 'container', item));
    for (const container of pod.spec.initContainers ?? []) notes.push(...fill(container, 'init container', item));
  }
  if (notes.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${notes.join('; ')}`,
  };
}

interface Usage {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

const amount = (amounts: Amounts, name: string): Quantity | undefined =>
  amounts[name] === undefined ? undefined : parseQuantity(amounts[name]);
const over = (a: Quantity, b: Quantity): boolean => compareQuantities(a, b) > 0;

function belowMinimum(
  type: string,
  name: string,
  wanted: string | number,
  { requests, limits }: Usage,
): string | undefined {
  const [minimum, request, limit] = [parseQuantity(wanted), amount(requests, name), amount(limits, name)];
  const text = `minimum ${name} usage per ${type} is ${canonicalQuantity(wanted)}`;
  if (!request) return `${text}.  No request is specified`;
  if (over(minimum, request)) return `${text}, but request is ${formatQuantity(request)}`;
  return limit && over(minimum, limit) ? `${text}, but limit is ${formatQuantity(limit)}` : undefined;
}

function aboveMaximum(
  type: string,
  name: string,
  wanted: string | number,
  { requests, limits }: Usage,
): string | undefined {
  const [maximum, request, limit] = [parseQuantity(wanted), amount(requests, name), amount(limits, name)];
  const text = `maximum ${name} usage per ${type} is ${canonicalQuantity(wanted)}`;
  if (!limit) return `${text}.  No limit is specified`;
  if (over(limit, maximum)) return `${text}, but limit is ${formatQuantity(limit)}`;
  return request && over(request, maximum) ? `${text}, but request is ${formatQuantity(request)}` : undefined;
}

function aboveRatio(
  type: string,
  name: string,
  wanted: string | number,
  { requests, limits }: Usage,
): string | undefined {
  const [request, limit] = [amount(requests, name), amount(limits, name)];
  const text = `${name} max limit to request ratio per ${type} is ${canonicalQuantity(wanted)}`;
  if (!request || request.nano === 0n) return `${text}, but no request is specified or request is 0`;
  if (!limit || limit.nano === 0n) return `${text}, but no limit is specified or limit is 0`;
  const ratio = ratioOf(limit, request, wanted);
  return ratio > ratioOf(wanted, 1) ? `${text}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

const check = (
  amounts: Amounts | undefined,
  test: (name: string, wanted: string | number) => string | undefined,
): string[] =>
  Object.keys(amounts ?? {})
    .toSorted()
    .flatMap(name => test(name, amounts![name]!) ?? []);

const usageProblems = (item: LimitRangeItem, usage: Usage): string[] => [
  ...check(item.min, (name, wanted) => belowMinimum(item.type, name, wanted, usage)),
  ...check(item.max, (name, wanted) => aboveMaximum(item.type, name, wanted, usage)),
  ...check(item.maxLimitRequestRatio, (name, wanted) => aboveRatio(item.type, name, wanted, usage)),
];

const usageOf = ({ resources }: Container): Usage => ({
  requests: resources?.requests ?? {},
  limits: resources?.limits ?? {},
});

function combine(a: Amounts, b: Amounts, join: (x: Quantity, y: Quantity) => Quantity): Amounts {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  const entries = [...names].map(name => {
    const [x, y] = [amount(a, name), amount(b, name)];
    return [name, x && y ? formatQuantity(join(x, y)) : (a[name] ?? b[name]!)] as const;
  });
  return Object.fromEntries(entries);
}

const larger = (a: Quantity, b: Quantity): Quantity => (over(b, a) ? b : a);
const restarts = (container: Container & { restartPolicy?: string }): boolean => container.restartPolicy === 'Always';

/** What a whole pod uses: all containers together with its sidecars, or what its init containers need at most before. */
export function podUsage({ spec }: Pod): Usage {
  const total = (field: 'requests' | 'limits'): Amounts => {
    const add = (sum: Amounts, container: Container) => combine(sum, container.resources?.[field] ?? {}, addQuantities);
    let sidecars: Amounts = {};
    let peak: Amounts = {};
    for (const container of spec.initContainers ?? []) {
      const during = add(sidecars, container);
      if (restarts(container)) sidecars = during;
      peak = combine(peak, during, larger);
    }
    return combine((spec.containers ?? []).reduce(add, sidecars), peak, larger);
  };
  const { requests, limits } = spec.resources ?? {};
  return { requests: { ...total('requests'), ...requests }, limits: { ...total('limits'), ...limits } };
}

/** What a pod breaks, in upstream's words. */
export function podProblems(pod: Pod, { spec }: LimitRange): string[] {
  const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
  return (spec?.limits ?? []).flatMap(item => {
    if (item.type === 'Container') return containers.flatMap(container => usageProblems(item, usageOf(container)));
    return item.type === 'Pod' ? usageProblems(item, podUsage(pod)) : [];
  });
}

/** What a claim breaks: it has requests only. */
export function claimProblems(requests: Amounts, { spec }: LimitRange): string[] {
  const most = (item: LimitRangeItem) => (name: string, wanted: string | number) => {
    const request = amount(requests, name);
    const text = `maximum ${name} usage per ${item.type} is ${canonicalQuantity(wanted)}`;
    if (!request) return `${text}.  No request is specified`;
    return over(request, parseQuantity(wanted)) ? `${text}, but request is ${formatQuantity(request)}` : undefined;
  };
  return (spec?.limits ?? [])
    .filter(item => item.type === 'PersistentVolumeClaim')
    .flatMap(item => [
      ...check(item.min, (name, wanted) => belowMinimum(item.type, name, wanted, { requests, limits: {} })),
      ...check(item.max, most(item)),
    ]);
}
