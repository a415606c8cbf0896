/** Which overload fits values whose types were not known before. */
import type { Overload } from './environment.ts';
import type { Type } from './types.ts';
import { Duration, List, Mapping, Opaque, Optional, Timestamp, TypeName, typeNameOf, Uint } from './values.ts';
import type { Value } from './values.ts';

function isOf(type: Type, value: Value): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'param':
    case 'error':
      return true;
    case 'null':
      return value === null;
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return typeof value === 'bigint';
    case 'double':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'uint':
      return value instanceof Uint;
    case 'bytes':
      return value instanceof Uint8Array;
    case 'timestamp':
      return value instanceof Timestamp;
    case 'duration':
      return value instanceof Duration;
    case 'list':
      return value instanceof List && (value.size === 0 || isOf(type.params[0]!, value.at(0)));
    case 'map':
      return value instanceof Mapping;
    case 'type':
      return value instanceof TypeName;
    default:
      if (type.name === 'optional_type') return value instanceof Optional;
      return value instanceof Opaque && value.typeName === type.name;
  }
}

export const matchesAtRunTime = ({ params }: Overload, args: readonly Value[]): boolean =>
  params.length === args.length && params.every((param, at) => isOf(param, args[at]!));

/** `size(int)` */
export const signatureOf = (name: string, args: readonly Value[]): string =>
  `${name}(${args.map(typeNameOf).join(', ')})`;
