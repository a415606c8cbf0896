/** The types of literals. */
import * as types from './types.ts';
import type { Type } from './types.ts';
import { Uint } from './values.ts';
import type { Value } from './values.ts';

export function typeOfLiteral(value: Value): Type {
  if (value === null) return types.nullType;
  switch (typeof value) {
    case 'boolean':
      return types.boolType;
    case 'string':
      return types.stringType;
    case 'bigint':
      return types.intType;
    case 'number':
      return types.doubleType;
  }
  return value instanceof Uint ? types.uintType : types.bytesType;
}
