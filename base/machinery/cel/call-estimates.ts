/** What calls may cost (cel-go `checker/cost.go`, apiserver `cel/library/cost.go`, cel-go `ext`): the numbers are theirs. */
import { authorizationCheck, listCost, regexLength, structCost, traversal } from './charges.ts';
import type { Estimator, Sized } from './estimate.ts';
import { exactly, product, sum, times, union, unknown } from './ranges.ts';
import type { Range } from './ranges.ts';
import type { Call } from './syntax.ts';

export interface CallToEstimate {
  readonly expr: Call;
  readonly name: string;
  /** The overload's. */
  readonly id: string;
  readonly target: Sized | undefined;
  readonly args: readonly Sized[];
  /** Of the arguments. */
  readonly costs: readonly Range[];
}

interface Estimate {
  /** With the arguments' costs; without the target's. */
  readonly cost: Range;
  /** Of the result. */
  readonly size?: Range | undefined;
}

/** A rule's own part: without any arguments' costs. */
type Rule = (call: CallToEstimate, estimator: Estimator) => Estimate | undefined;

const sizeOf = (sized: Sized | undefined): Range => sized?.size ?? unknown;
const walk = (sized: Sized | undefined, factor = 1): Range => times(sizeOf(sized), traversal * factor);

/** Rules that have no say about the arguments. */
export function estimateCall(call: CallToEstimate, estimator: Estimator): Estimate {
  const special = whole(call, estimator);
  if (special) return special;
  const rule = overloadRules.get(call.id) ?? nameRules.get(call.name);
  const own = rule?.(call, estimator) ?? { cost: exactly(1) };
  return { cost: sum(own.cost, ...call.costs), size: own.size };
}

/** Operators whose arguments are not all evaluated. */
function whole({ id, expr, args, costs }: CallToEstimate, estimator: Estimator): Estimate | undefined {
  if (id === 'logical_or' || id === 'logical_and')
    return { cost: { min: costs[0]!.min, max: sum(costs[0]!, costs[1]!).max } };
  if (id !== 'conditional') return undefined;
  const [left, right] = [estimator.innerOf(args[1]!.expr), estimator.innerOf(args[2]!.expr)];
  if (left && right)
    estimator.setInner(expr, { ...left, key: union(left.key, right.key), value: union(left.value, right.value) });
  return { cost: sum(costs[0]!, union(costs[1]!, costs[2]!)), size: union(sizeOf(args[1]), sizeOf(args[2])) };
}

const fixed =
  (cost: number): Rule =>
  () => ({ cost: exactly(cost) });

/** The elements of a list, as far as their size is known. */
function elements(list: Sized, estimator: Estimator): { isText: boolean; size: Range } | undefined {
  const type = list.type.params[0];
  if (!type) return undefined;
  const size = (list.path && estimator.sizeOf([...list.path, '@items'])) ?? unknown;
  return { isText: type.kind === 'string' || type.kind === 'bytes', size };
}

const overElements: Rule = ({ target }, estimator) => {
  if (!target) return undefined;
  const inner = elements(target, estimator);
  if (!inner) return { cost: walk(target) };
  const each = inner.isText ? sum(exactly(1), times(inner.size, traversal)) : exactly(1);
  return { cost: product(sizeOf(target), each) };
};

const walkTarget: Rule = ({ target }) => target && { cost: walk(target), size: sizeOf(target) };
const walkFirst: Rule = ({ args }) => ({ cost: walk(args[0]) });

const regex: Rule = ({ target, args, name }) => {
  if (!target) return undefined;
  const cost = product(times(sum(sizeOf(target), exactly(1)), traversal), times(sizeOf(args[0]), regexLength));
  return name === 'matches' ? { cost } : { cost, size: { min: 0, max: sizeOf(target).max } };
};

const replace: Rule = ({ target, args }) => {
  const [whole_, old, by] = [sizeOf(target), sizeOf(args[0]), sizeOf(args[1])];
  let [max, kept] = [0, 0];
  if (old.min === 0) [max, kept] = [whole_.max + 1, whole_.max];
  else if (by.max <= old.min) kept = whole_.max;
  else max = Math.ceil(whole_.max / old.min);
  let [min, left] = [0, 0];
  if (old.max === 0) [min, left] = [whole_.min + 1, whole_.min];
  else if (old.max <= by.min) left = whole_.min;
  else min = Math.ceil(whole_.min / old.max);
  const size = sum(product({ min, max }, by), { min: left, max: kept });
  return { cost: times(whole_, 2 * traversal), size };
};

const split: Rule = ({ target, args }) => {
  const size = sizeOf(target);
  const limit = args[1]?.expr;
  const max = limit?.kind === 'literal' && typeof limit.value === 'bigint' ? Number(limit.value) : size.max;
  return { cost: times(size, 2 * traversal), size: { min: 0, max: max < 0 ? unknown.max : max } };
};

const join: Rule = ({ target, args }, estimator) => {
  const count = sizeOf(target);
  const inner = target && elements(target, estimator);
  let size = inner ? product(count, inner.size) : exactly(0);
  if (args[0])
    size = sum(size, product(sizeOf(args[0]), { min: Math.max(0, count.min - 1), max: Math.max(0, count.max - 1) }));
  return { cost: times(size, traversal), size };
};

const selector: Rule = ({ args }) => {
  const size = sizeOf(args[0]);
  return { cost: sum(exactly(listCost), times(size, traversal), times(times(size, 0.5), listCost + structCost)) };
};

const addressBytes: Range = { min: 4, max: 16 };
const twoAddresses = times(sum(addressBytes, addressBytes), traversal);
const withinNetwork = sum(twoAddresses, times(addressBytes, traversal), exactly(1));

/** `==` of values whose comparison costs the same always. */
const constantEquality = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  'kubernetes.authorization.Authorizer',
  'kubernetes.authorization.PathCheck',
  'kubernetes.authorization.GroupCheck',
  'kubernetes.authorization.ResourceCheck',
  'kubernetes.authorization.Decision',
]);

const smaller: Rule = ({ name, args }) => {
  const [left, right] = [args[0]!, args[1]!];
  if (name === '_==_' && left.type.name === right.type.name) {
    if (constantEquality.has(left.type.name)) return { cost: exactly(1) };
    if (left.type.name === 'kubernetes.NamedFormat') return { cost: times({ min: 1, max: 64 }, traversal) };
    if (left.type.name === 'kubernetes.URL') return { cost: times({ min: 1, max: right.size?.max ?? 1 }, traversal) };
  }
  const max = Math.min(sizeOf(left).max, sizeOf(right).max);
  return { cost: times({ min: max > 0 ? 1 : 0, max }, traversal) };
};

const add: Rule = ({ id, expr, args }, estimator) => {
  const size = sum(sizeOf(args[0]), sizeOf(args[1]));
  const [left, right] = [estimator.innerOf(args[0]!.expr), estimator.innerOf(args[1]!.expr)];
  if (left && right)
    estimator.setInner(expr, { ...left, key: union(left.key, right.key), value: union(left.value, right.value) });
  return { cost: id === 'add_list' ? exactly(1) : times(size, traversal), size };
};

const literalOr = (sized: Sized | undefined, otherwise: number): number =>
  sized?.expr.kind === 'literal' && typeof sized.expr.value === 'bigint' && sized.expr.value >= 0n
    ? Number(sized.expr.value)
    : otherwise;

/** A call that makes a list of a size. */
const allocating = (factor: number, size: Range): Estimate => ({
  cost: sum(times(size, factor), exactly(1 + listCost)),
  size,
});

const sorting = (list: Sized | undefined): Estimate => {
  const kind = list?.type.params[0]?.kind;
  const size = sizeOf(list);
  return allocating(kind === 'string' || kind === 'bytes' ? 2 + traversal : 2, product(size, size));
};

const sets =
  (factor: number): Rule =>
  ({ args }) => ({ cost: sum(times(product(sizeOf(args[0]), sizeOf(args[1])), factor), exactly(1)) });

const rows = (rule: Rule, names: string): [string, Rule][] => names.split(' ').map(name => [name, rule]);

const nameRules: ReadonlyMap<string, Rule> = new Map([
  ...rows(fixed(authorizationCheck), 'check'),
  ...rows(selector, 'fieldSelector labelSelector'),
  ...rows(overElements, 'isSorted sum max min indexOf lastIndexOf'),
  ...rows(({ args }) => ({ cost: walk(args[0]), size: sizeOf(args[0]) }), 'url jsonpatch.escapeKey'),
  ...rows(walkTarget, 'lowerAscii upperAscii substring trim'),
  ...rows(replace, 'replace'),
  ...rows(split, 'split'),
  ...rows(join, 'join'),
  ...rows(regex, 'find findAll matches'),
  ...rows(walkFirst, 'cidr isIP isCIDR ip quantity isQuantity semver isSemver startsWith endsWith'),
  ...rows(({ args }) => ({ cost: walk(args[0], 2) }), 'ip.isCanonical'),
  ...rows(({ args }) => ({ cost: times(walk(args[0]), 128 * regexLength) }), 'validate'),
  ...rows(({ target }) => target && { cost: walk(target) }, 'format'),
  ...rows(
    ({ args }) => ({ cost: walk(args[0]), size: { min: sizeOf(args[0]).min + 2, max: sizeOf(args[0]).max * 2 + 2 } }),
    'strings.quote',
  ),
  ...rows(({ target, args }) => target && { cost: product(walk(target), walk(args[0])) }, 'contains'),
  ...rows(smaller, '_==_ _!=_'),
]);

const orders = ['less', 'greater', 'less_equals', 'greater_equals'];

const overloadRules: ReadonlyMap<string, Rule> = new Map([
  ...rows(fixed(1), 'cidr_ip'),
  ...rows(({ args }) => ({ cost: sum(twoAddresses, walk(args[0])) }), 'cidr_contains_ip_string'),
  ...rows(() => ({ cost: twoAddresses }), 'cidr_contains_ip_ip'),
  ...rows(({ args }) => ({ cost: sum(withinNetwork, walk(args[0])) }), 'cidr_contains_cidr_string'),
  ...rows(() => ({ cost: withinNetwork }), 'cidr_contains_cidr'),
  ...rows(
    ({ args }) => ({ cost: walk(args[0]), size: { min: sizeOf(args[0]).min, max: sizeOf(args[0]).max * 4 } }),
    'string_to_bytes',
  ),
  ...rows(
    ({ args }) => ({
      cost: walk(args[0]),
      size: { min: Math.floor(sizeOf(args[0]).min / 4), max: sizeOf(args[0]).max },
    }),
    'bytes_to_string',
  ),
  ...rows(({ args }) => ({ cost: sizeOf(args[1]) }), 'in_list'),
  ...rows(add, 'add_string add_bytes add_list'),
  ...orders.flatMap(order => rows(smaller, `${order}_string ${order}_bytes`)),
  ...rows(
    ({ target, args }) =>
      allocating(1, exactly(Math.max(0, literalOr(args[1], sizeOf(target).max) - literalOr(args[0], 0)))),
    'list_slice',
  ),
  ...rows(({ args }) => allocating(1, exactly(literalOr(args[0], unknown.max))), 'lists_range'),
  ...rows(({ target }) => allocating(1, sizeOf(target)), 'list_reverse'),
  ...rows(({ target }) => allocating(1, sizeOf(target)), 'list_flatten'),
  ...rows(({ target, args }) => allocating(literalOr(args[0], unknown.max), sizeOf(target)), 'list_flatten_int'),
  ...rows(({ target }) => allocating(2, product(sizeOf(target), sizeOf(target))), 'list_distinct'),
  ...rows(({ target }) => sorting(target), 'list_sort'),
  ...rows(({ args }) => sorting(args[0]), 'list_sortByAssociatedKeys'),
  ...rows(sets(1), 'list_sets_contains_list list_sets_intersects_list'),
  ...rows(sets(2), 'list_sets_equivalent_list'),
]);
