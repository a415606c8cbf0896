/** Values that may be absent (cel-go `cel.OptionalTypes`). */
import { overload } from '../environment.ts';
import type { Library } from '../environment.ts';
import { ArrayList, Duration, fail, List, Mapping, none, Optional, sizeOf, Timestamp, Uint } from '../values.ts';
import type { Value } from '../values.ts';

/** Whether a value is its type's zero. */
function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof List || value instanceof Mapping || value instanceof Uint8Array) return sizeOf(value) === 0;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Timestamp) return false;
  return value instanceof Optional && value.value === undefined;
}

function unwrap([list]: readonly Value[]): Value {
  const present: Value[] = [];
  for (const item of list as List) {
    if (!(item instanceof Optional)) return fail(`value ${String(item)} is not optional`);
    if (item.value !== undefined) present.push(item.value);
  }
  return new ArrayList(present);
}

const element =
  (place: (size: number) => number) =>
  ([list]: readonly Value[]): Value => {
    const { size } = list as List;
    return size === 0 ? none : new Optional((list as List).at(place(size)));
  };

export const optionals: Library = [
  overload('optional_of', 'optional.of(V): optional(V)', ([value]) => new Optional(value)),
  overload('optional_ofNonZeroValue', 'optional.ofNonZeroValue(V): optional(V)', ([value]) =>
    isZero(value!) ? none : new Optional(value),
  ),
  overload('optional_none', 'optional.none(): optional(V)', () => none),
  overload('optional_value', 'optional(V).value(): V', ([optional]) => {
    const { value } = optional as Optional;
    return value === undefined ? fail('optional.none() dereference') : value;
  }),
  overload(
    'optional_hasValue',
    'optional(V).hasValue(): bool',
    ([optional]) => (optional as Optional).value !== undefined,
  ),
  overload('optional_or_optional', 'optional(V).or(optional(V)): optional(V)'),
  overload('optional_orValue_value', 'optional(V).orValue(V): V'),
  overload('select_optional_field', '_?._(dyn, string): optional(V)'),
  overload('list_optindex_optional_int', '_[?_](list(V), int): optional(V)'),
  overload('optional_list_optindex_optional_int', '_[?_](optional(list(V)), int): optional(V)'),
  overload('map_optindex_optional_value', '_[?_](map(K, V), K): optional(V)'),
  overload('optional_map_optindex_optional_value', '_[?_](optional(map(K, V)), K): optional(V)'),
  overload('optional_list_index_int', '_[_](optional(list(V)), int): optional(V)'),
  overload('optional_map_index_value', '_[_](optional(map(K, V)), K): optional(V)'),
  overload(
    'list_last',
    'list(V).last(): optional(V)',
    element(size => size - 1),
  ),
  overload(
    'list_first',
    'list(V).first(): optional(V)',
    element(() => 0),
  ),
  overload('optional_unwrap', 'optional.unwrap(list(optional(V))): list(V)', unwrap),
  overload('optional_unwrapOpt', 'list(optional(V)).unwrapOpt(): list(V)', unwrap),
];
