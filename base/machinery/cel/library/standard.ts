/** The language's own functions and operators (cel-spec, "List of Standard Definitions"). */
import * as arithmetic from '../arithmetic.ts';
import * as convert from '../convert.ts';
import { overload } from '../environment.ts';
import type { Library, Meter, Overload } from '../environment.ts';
import { compare, equal } from '../equality.ts';
import { CelError, List, Mapping, sizeOf, TypeName, typeNameOf, fail } from '../values.ts';
import type { Value } from '../values.ts';
import { lengthOf } from './letters.ts';
import { matchesPattern } from './patterns.ts';

type Operation = (a: Value, b: Value, meter: Meter) => Value;

const binary = (operation: Operation, name: string, rows: readonly string[]): Overload[] =>
  rows.map(row => {
    const [id, left, right, result] = row.split(' ') as [string, string, string, string];
    return overload(id, `${name}(${left}, ${right}): ${result}`, ([a, b], meter) => operation(a!, b!, meter));
  });

const ordered = ['bool', 'int64', 'uint64', 'double', 'string', 'bytes', 'timestamp', 'duration'];
const crossed = ['int64_double', 'int64_uint64', 'uint64_double', 'uint64_int64', 'double_int64', 'double_uint64'];
const typeOf = (name: string): string => name.replace('64', '');

const order = (name: string, id: string, test: (order: number) => boolean): Overload[] => [
  ...[...ordered.map(type => [type, type] as const), ...crossed.map(pair => pair.split('_') as [string, string])].map(
    ([left, right]) =>
      overload(
        left === right ? `${id}_${left}` : `${id}_${left}_${right}`,
        `${name}(${typeOf(left)}, ${typeOf(right)}): bool`,
        ([a, b]) => {
          const result = compare(a!, b!);
          return result instanceof CelError ? result : test(result);
        },
      ),
  ),
];

function contains(list: List, value: Value, meter: Meter): Value {
  let problem: CelError | undefined;
  meter.work(list.size);
  for (let at = 0; at < list.size; at++) {
    const same = equal(list.at(at), value, meter);
    if (same === true) return true;
    if (same instanceof CelError) problem ??= same;
  }
  return problem ?? false;
}

const operators: Library = [
  overload('conditional', '_?_:_(bool, T, T): T'),
  overload('logical_and', '_&&_(bool, bool): bool'),
  overload('logical_or', '_||_(bool, bool): bool'),
  overload('logical_not', '!_(bool): bool', ([a]) => (typeof a === 'boolean' ? !a : fail('no such overload'))),
  overload('not_strictly_false', '@not_strictly_false(bool): bool'),
  overload('equals', '_==_(T, T): bool'),
  overload('not_equals', '_!=_(T, T): bool'),
  ...binary(arithmetic.add, '_+_', [
    'add_bytes bytes bytes bytes',
    'add_double double double double',
    'add_duration_duration duration duration duration',
    'add_duration_timestamp duration timestamp timestamp',
    'add_timestamp_duration timestamp duration timestamp',
    'add_int64 int int int',
    'add_list list(T) list(T) list(T)',
    'add_string string string string',
    'add_uint64 uint uint uint',
  ]),
  ...binary(arithmetic.subtract, '_-_', [
    'subtract_double double double double',
    'subtract_duration_duration duration duration duration',
    'subtract_int64 int int int',
    'subtract_timestamp_duration timestamp duration timestamp',
    'subtract_timestamp_timestamp timestamp timestamp duration',
    'subtract_uint64 uint uint uint',
  ]),
  ...binary(arithmetic.multiply, '_*_', [
    'multiply_double double double double',
    'multiply_int64 int int int',
    'multiply_uint64 uint uint uint',
  ]),
  ...binary(arithmetic.divide, '_/_', [
    'divide_double double double double',
    'divide_int64 int int int',
    'divide_uint64 uint uint uint',
  ]),
  ...binary(arithmetic.modulo, '_%_', ['modulo_int64 int int int', 'modulo_uint64 uint uint uint']),
  overload('negate_double', '-_(double): double', ([a]) => arithmetic.negate(a!)),
  overload('negate_int64', '-_(int): int', ([a]) => arithmetic.negate(a!)),
  ...order('_<_', 'less', result => result < 0),
  ...order('_<=_', 'less_equals', result => result <= 0),
  ...order('_>_', 'greater', result => result > 0),
  ...order('_>=_', 'greater_equals', result => result >= 0),
  overload('index_list', '_[_](list(A), int): A'),
  overload('index_map', '_[_](map(A, B), A): B'),
  overload('in_list', '@in(A, list(A)): bool', ([value, list], meter) => contains(list as List, value!, meter)),
  overload('in_map', '@in(A, map(A, B)): bool', ([key, map]) => (map as Mapping).find(key!) !== undefined),
];

const size = ([value]: readonly Value[]): Value => BigInt(typeof value === 'string' ? lengthOf(value) : sizeOf(value!));

const sizes: Library = ['bytes', 'list(A)', 'map(A, B)', 'string'].flatMap(type => {
  const name = type.replace(/\(.*/, '');
  return [overload(`size_${name}`, `size(${type}): int`, size), overload(`${name}_size`, `${type}.size(): int`, size)];
});

const conversion = (name: string, to: (value: Value) => Value, from: string): Overload[] =>
  from.split(' ').map(type => overload(`${type}_to_${name}`, `${name}(${type}): ${name}`, ([value]) => to(value!)));

const conversions: Library = [
  overload('type', 'type(A): type(A)', ([value]) => new TypeName(typeNameOf(value!))),
  overload('to_dyn', 'dyn(A): dyn', ([value]) => value!),
  ...conversion('bool', convert.toBool, 'bool string'),
  ...conversion('bytes', convert.toBytes, 'bytes string'),
  ...conversion('double', convert.toDouble, 'double int string uint'),
  ...conversion('duration', convert.toDuration, 'duration string'),
  ...conversion('int', convert.toInt, 'int double duration string timestamp uint'),
  ...conversion('string', convert.toText, 'string bool bytes double duration int timestamp uint'),
  ...conversion('timestamp', convert.toTimestamp, 'timestamp int string'),
  ...conversion('uint', convert.toUint, 'uint double int string'),
];

const texts: Library = [
  overload('contains_string', 'string.contains(string): bool', ([a, b]) => (a as string).includes(b as string)),
  overload('ends_with_string', 'string.endsWith(string): bool', ([a, b]) => (a as string).endsWith(b as string)),
  overload('starts_with_string', 'string.startsWith(string): bool', ([a, b]) => (a as string).startsWith(b as string)),
  overload('matches', 'matches(string, string): bool', ([a, b]) => matchesPattern(a as string, b as string)),
  overload('matches_string', 'string.matches(string): bool', ([a, b]) => matchesPattern(a as string, b as string)),
];

export const standard: Library = [...operators, ...sizes, ...conversions, ...texts];
