/** What calls cost when they are made (cel-go `interpreter/runtimecost.go`, apiserver `cel/library/cost.go`): the words below are theirs. */
import { CelError, List, Mapping, Opaque, sizeOf } from './values.ts';
import type { Value } from './values.ts';

export const selectCost = 1;
export const listCost = 10;
export const mapCost = 30;
export const structCost = 40;
/** Of walking over a text, per letter. */
export const traversal = 0.1;
/** Of a regular expression, per letter of it. */
export const regexLength = 0.25;
export const authorizationCheck = 350_000;

type Charge = (args: readonly Value[], result: Value) => number;

const size = (args: readonly Value[], at: number): number => (at < args.length ? sizeOf(args[at]!) : 1);
const walk = (letters: number, times = 1): number => Math.ceil(letters * times * traversal);
const one: Charge = () => 1;
const first: Charge = args => walk(size(args, 0));
const firstTwice: Charge = args => walk(size(args, 0), 2);
const smaller: Charge = args => walk(Math.min(size(args, 0), size(args, 1)));
const both: Charge = args => walk(size(args, 0) + size(args, 1));
const regex: Charge = args => walk(1 + size(args, 0)) * Math.ceil(size(args, 1) * regexLength);
const elements: Charge = args => traversalOf(args[0]!);
const parsedSelector: Charge = args => {
  const length = size(args, 1);
  return listCost + walk(length) + Math.ceil(Math.ceil(length * 0.5) * (listCost + structCost));
};
const equality: Charge = args => (args[0] instanceof Opaque ? 1 : smaller(args, null));
/** A list compared with itself. */
const selfCompare =
  (which: number): Charge =>
  args => {
    const list = args[which] as List;
    const element = list.size > 0 ? list.at(0) : null;
    const isText = typeof element === 'string' || element instanceof Uint8Array;
    return 1 + listCost + Math.ceil(list.size * list.size * (isText ? 2 + traversal : 2));
  };
const newList: Charge = (_args, result) => 1 + listCost + sizeOf(result);
const sets =
  (factor: number): Charge =>
  args =>
    1 + size(args, 0) * size(args, 1) * factor;

/** Walking over a value and all within it. */
function traversalOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return Math.floor(value.length * traversal);
  let sum = 0;
  if (value instanceof List) for (const item of value) sum += traversalOf(item);
  else if (value instanceof Mapping)
    for (const key of value.keys()) sum += traversalOf(key) + traversalOf(value.find(key) ?? null);
  else return 1;
  return sum;
}

const byName = (charge: Charge, names: string): [string, Charge][] => names.split(' ').map(name => [name, charge]);

/** By function. */
const functions: ReadonlyMap<string, Charge> = new Map([
  ...byName(() => authorizationCheck, 'check'),
  ...byName(parsedSelector, 'fieldSelector labelSelector'),
  ...byName(elements, 'isSorted sum max min indexOf lastIndexOf'),
  ...byName(
    first,
    'url lowerAscii upperAscii substring trim jsonpatch.escapeKey cidr isIP isCIDR ip quantity isQuantity',
  ),
  ...byName(first, 'semver isSemver startsWith endsWith strings.quote format'),
  ...byName(firstTwice, 'replace split ip.isCanonical'),
  ...byName((_args, result) => walk(sizeOf(result), 2), 'join'),
  ...byName(regex, 'find findAll matches'),
  ...byName(args => walk(1 + size(args, 1)) * Math.ceil(64 * regexLength), 'validate'),
  ...byName(smaller, '_!=_'),
  ...byName(equality, '_==_'),
  ...byName(args => walk(size(args, 0)) * walk(size(args, 1)), 'contains'),
]);

const orders = ['less', 'less_equals', 'greater', 'greater_equals'];

/** By overload, where functions have several that differ; looked up first. */
const overloads: ReadonlyMap<string, Charge> = new Map([
  ...byName(one, 'cidr_ip quantity_add'),
  ...byName(args => walk(2 * 16) + walk(size(args, 1)), 'cidr_contains_ip_string'),
  ...byName(() => walk(2 * 16), 'cidr_contains_ip_ip'),
  ...byName(args => walk(2 * 16) + walk(16) + 1 + walk(size(args, 1)), 'cidr_contains_cidr_string'),
  ...byName(() => walk(2 * 16) + walk(16) + 1, 'cidr_contains_cidr'),
  ...byName(first, 'string_to_bytes bytes_to_string'),
  ...byName(args => size(args, 1), 'in_list'),
  ...byName(both, 'add_string add_bytes'),
  ...orders.flatMap(order => byName(smaller, `${order}_string ${order}_bytes`)),
  ...byName(newList, 'list_slice lists_range list_reverse'),
  ...byName(
    args => 1 + listCost + size(args, 0) * (args.length > 1 ? Number(args[1] as bigint) : 1),
    'list_flatten list_flatten_int',
  ),
  ...byName(selfCompare(0), 'list_distinct list_sort'),
  ...byName(selfCompare(1), 'list_sortByAssociatedKeys'),
  ...byName(sets(1), 'list_sets_contains_list list_sets_intersects_list'),
  ...byName(sets(2), 'list_sets_equivalent_list'),
]);

/** The rule for a function's overload, chosen when a program is planned. */
export const chargeFor = (name: string, overload: string): Charge =>
  overloads.get(overload) ?? functions.get(name) ?? one;

/** A call that failed has done its walking as well. */
export const costOf = (charge: Charge, args: readonly Value[], result: Value): number =>
  result instanceof CelError && charge === newList ? 1 : charge(args, result);
