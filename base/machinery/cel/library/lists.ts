/** Lists: Kubernetes' own functions and cel-go's `ext/lists` (version 3), and two-variable macros' helper. */
import * as arithmetic from '../arithmetic.ts';
import { overload } from '../environment.ts';
import type { Library, Meter } from '../environment.ts';
import { compare, equal } from '../equality.ts';
import { ArrayList, CelError, Duration, EntryMap, fail, keyOf, List, Mapping, typeNameOf, Uint } from '../values.ts';
import type { Value } from '../values.ts';

const comparable = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];
const zeros: Readonly<Record<string, Value>> = {
  int: 0n,
  uint: new Uint(0n),
  double: 0,
  duration: new Duration(0n),
};

function isSorted([list]: readonly Value[]): Value {
  let before: Value | undefined;
  for (const item of list as List) {
    const order = before === undefined ? 0 : compare(before, item);
    if (order === 1) return false;
    before = item;
  }
  return true;
}

function sum(list: List, zero: Value, meter: Meter): Value {
  let total = zero;
  for (const item of list) {
    total = arithmetic.add(total, item, meter);
    if (total instanceof CelError) return total;
  }
  return total;
}

function extreme(name: string, worse: number): (args: readonly Value[]) => Value {
  return ([list]) => {
    let best: Value | undefined;
    for (const item of list as List) if (best === undefined || compare(best, item) === worse) best = item;
    return best ?? fail(`${name} called on empty list`);
  };
}

function placeIn([list, item]: readonly Value[], meter: Meter): Value {
  const { size } = list as List;
  for (let at = 0; at < size; at++) if (equal((list as List).at(at), item!, meter) === true) return BigInt(at);
  return -1n;
}

function lastPlaceIn([list, item]: readonly Value[], meter: Meter): Value {
  for (let at = (list as List).size - 1; at >= 0; at--)
    if (equal((list as List).at(at), item!, meter) === true) return BigInt(at);
  return -1n;
}

const kubernetes: Library = [
  ...comparable.flatMap(type => [
    overload(`list_${type}_is_sorted_bool`, `list(${type}).isSorted(): bool`, isSorted),
    overload(`list_${type}_max_${type}`, `list(${type}).max(): ${type}`, extreme('max', -1)),
    overload(`list_${type}_min_${type}`, `list(${type}).min(): ${type}`, extreme('min', 1)),
  ]),
  ...Object.entries(zeros).map(([type, zero]) =>
    overload(`list_${type}_sum_${type}`, `list(${type}).sum(): ${type}`, ([list], meter) =>
      sum(list as List, zero, meter),
    ),
  ),
  overload('list_a_index_of_int', 'list(T).indexOf(T): int', placeIn),
  overload('list_a_last_index_of_int', 'list(T).lastIndexOf(T): int', lastPlaceIn),
];

function slice([list, from, to]: readonly Value[]): Value {
  const [start, end] = [from as bigint, to as bigint];
  const head = `cannot slice(${start}, ${end}), `;
  if (start < 0n || end < 0n) return fail(`${head}negative indexes not supported`);
  if (start > end) return fail(`${head}start index must be less than or equal to end index`);
  const { size } = list as List;
  if (BigInt(size) < end) return fail(`${head}list is length ${size}`);
  const items: Value[] = [];
  for (let at = Number(start); at < Number(end); at++) items.push((list as List).at(at));
  return new ArrayList(items);
}

function flatten(list: List, depth: bigint, meter: Meter, into: Value[]): void {
  meter.work(list.size);
  for (const item of list) {
    if (item instanceof List && depth > 0n) flatten(item, depth - 1n, meter, into);
    else into.push(item);
  }
}

function flattened([list, depth]: readonly Value[], meter: Meter): Value {
  const levels = (depth as bigint | undefined) ?? 1n;
  if (levels < 0n) return fail('level must be non-negative');
  const items: Value[] = [];
  flatten(list as List, levels, meter, items);
  return new ArrayList(items);
}

function sortBy([list, keys]: readonly Value[], meter: Meter): Value {
  const size = (list as List).size;
  const sorting = [...(keys as List)];
  if (size === 0) return list!;
  if (sorting.some(key => typeNameOf(key) !== typeNameOf(sorting[0]!)))
    return fail('list elements must have the same type');
  if (sorting[0] instanceof List || sorting[0] instanceof Mapping) return fail('list elements must be comparable');
  meter.work(size * Math.ceil(Math.log2(size + 1)));
  const places = sorting.map((_key, at) => at);
  places.sort((a, b) => {
    const order = compare(sorting[a]!, sorting[b]!);
    return typeof order === 'number' ? order : 0;
  });
  return new ArrayList(places.map(at => (list as List).at(at)));
}

function distinct([list]: readonly Value[], meter: Meter): Value {
  const seen = new Set<string>();
  const others: Value[] = [];
  const items: Value[] = [];
  for (const item of list as List) {
    const key = keyOf(item);
    if (key === undefined) {
      meter.work(others.length);
      if (others.some(other => equal(other, item, meter) === true)) continue;
      others.push(item);
    } else if (seen.has(key)) continue;
    else seen.add(key);
    items.push(item);
  }
  return new ArrayList(items);
}

function range([count]: readonly Value[], meter: Meter): Value {
  const size = Number(count as bigint);
  meter.work(Math.max(0, size));
  return new ArrayList(Array.from({ length: Math.max(0, size) }, (_none, at) => BigInt(at)));
}

const extended: Library = [
  overload('list_slice', 'list(T).slice(int, int): list(T)', slice),
  overload('list_flatten', 'list(list(T)).flatten(): list(T)', flattened),
  overload('list_flatten_int', 'list(dyn).flatten(int): list(dyn)', flattened),
  ...comparable.flatMap(type => [
    overload('list_sort', `list(${type}).sort(): list(${type})`, ([list], meter) => sortBy([list!, list!], meter)),
    overload('list_sortByAssociatedKeys', `list(T).@sortByAssociatedKeys(list(${type})): list(T)`, sortBy),
  ]),
  overload('lists_range', 'lists.range(int): list(int)', range),
  overload('list_reverse', 'list(T).reverse(): list(T)', ([list]) => new ArrayList([...(list as List)].reverse())),
  overload('list_distinct', 'list(T).distinct(): list(T)', distinct),
];

/** Adds to the map that a macro is making: it has no other name. */
function insert(map: EntryMap, key: Value, value: Value): CelError | undefined {
  const text = keyOf(key);
  if (text === undefined) return fail('no such overload');
  if (map.entries.has(text)) return fail(`insert failed: key ${String(key)} already exists`);
  map.entries.set(text, [key, value]);
  return undefined;
}

const insertion: Library = [
  overload(
    '@mapInsert_map_key_value',
    'cel.@mapInsert(map(K, V), K, V): map(K, V)',
    ([map, key, value]) => insert(map as EntryMap, key!, value!) ?? map!,
  ),
  overload('@mapInsert_map_map', 'cel.@mapInsert(map(K, V), map(K, V)): map(K, V)', ([map, added]) => {
    for (const key of (added as Mapping).keys()) {
      const problem = insert(map as EntryMap, key, (added as Mapping).find(key)!);
      if (problem) return problem;
    }
    return map!;
  }),
];

/** Whether every one of `some` is in `all`. */
function containsAll(all: List, some: List, meter: Meter): boolean {
  meter.work(all.size + some.size);
  const keys = new Set<string>();
  for (const item of all) {
    const key = keyOf(item);
    if (key !== undefined) keys.add(key);
  }
  for (const item of some) {
    const key = keyOf(item);
    if (key === undefined ? placeIn([all, item], meter) === -1n : !keys.has(key)) return false;
  }
  return true;
}

const sets: Library = [
  overload('list_sets_contains_list', 'sets.contains(list(T), list(T)): bool', ([list, part], meter) =>
    containsAll(list as List, part as List, meter),
  ),
  overload(
    'list_sets_equivalent_list',
    'sets.equivalent(list(T), list(T)): bool',
    ([a, b], meter) => containsAll(a as List, b as List, meter) && containsAll(b as List, a as List, meter),
  ),
  overload('list_sets_intersects_list', 'sets.intersects(list(T), list(T)): bool', ([a, b], meter) => {
    meter.work((a as List).size + (b as List).size);
    for (const item of a as List) if (placeIn([b!, item], meter) !== -1n) return true;
    return false;
  }),
];

export const lists: Library = [...kubernetes, ...extended, ...insertion, ...sets];
