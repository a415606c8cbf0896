/**
 * What expressions of admission policies and match conditions may name (apiserver `admission/plugin/cel`), and the values that mutating
 * policies make (`cel/mutation`): `Object{spec: Object.spec{...}}` and `JSONPatch{op: ..}`.
 */
import type { Environment } from './environment.ts';
import { kubernetesEnvironment } from './kubernetes.ts';
import { jsonPatches } from './library/encoders.ts';
import type { MakeStruct } from './plan.ts';
import { libraryTypes } from './signature.ts';
import * as types from './types.ts';
import type { Type } from './types.ts';
import { List, Mapping, Opaque, Struct, typeNameOf, Uint } from './values.ts';
import type { Value } from './values.ts';

const { boolType, dynType, intType, stringType, timestampType } = types;
const texts = types.listType(stringType);

const struct = (name: string, fields: Readonly<Record<string, Type>>): Type =>
  types.structType(name, new Map(Object.entries(fields)));

const kindType = struct('kubernetes.GroupVersionKind', { group: stringType, version: stringType, kind: stringType });
const resourceType = struct('kubernetes.GroupVersionResource', {
  group: stringType,
  version: stringType,
  resource: stringType,
});
const userType = struct('kubernetes.UserInfo', {
  username: stringType,
  uid: stringType,
  groups: texts,
  extra: types.mapType(stringType, texts),
});

/** The variable `request`: an AdmissionRequest without its objects. */
export const requestType = struct('kubernetes.AdmissionRequest', {
  kind: kindType,
  resource: resourceType,
  subResource: stringType,
  requestKind: kindType,
  requestResource: resourceType,
  requestSubResource: stringType,
  name: stringType,
  namespace: stringType,
  operation: stringType,
  userInfo: userType,
  dryRun: boolType,
  options: dynType,
});

const conditionType = struct('kubernetes.NamespaceCondition', {
  status: stringType,
  type: stringType,
  lastTransitionTime: timestampType,
  message: stringType,
  reason: stringType,
});
const metadataType = struct('kubernetes.NamespaceMetadata', {
  name: stringType,
  generateName: stringType,
  namespace: stringType,
  labels: types.mapType(stringType, stringType),
  annotations: types.mapType(stringType, stringType),
  UID: stringType,
  creationTimestamp: timestampType,
  deletionGracePeriodSeconds: intType,
  deletionTimestamp: timestampType,
  generation: intType,
  resourceVersion: stringType,
  finalizers: texts,
});

/** The variable `namespaceObject`. */
export const namespaceType = struct('kubernetes.Namespace', {
  metadata: metadataType,
  spec: struct('kubernetes.NamespaceSpec', { finalizers: texts }),
  status: struct('kubernetes.NamespaceStatus', { conditions: types.listType(conditionType), phase: stringType }),
});

const patchType = struct('JSONPatch', { op: stringType, path: stringType, from: stringType, value: dynType });

/** Structs called `Object` and `Object.spec.containers`: any field, of any type. */
function objectStruct(name: string): Type | undefined {
  if (name === 'JSONPatch') return patchType;
  if (name !== 'Object' && !name.startsWith('Object.')) return undefined;
  return { ...types.structType(name), fields: { get: () => dynType } };
}

export interface PolicyVariables {
  readonly hasParams?: boolean;
  /** `authorizer` and `authorizer.requestResource`. */
  readonly hasAuthorizer?: boolean;
  /** `Object{}`, `JSONPatch{}` and `jsonpatch.escapeKey`: compile with {@link makePatch}. */
  readonly hasPatches?: boolean;
  /** Types of `variables.name`, in the order of their declaration: add each to the map once it is compiled. Absent: no `variables`. */
  readonly composed?: ReadonlyMap<string, Type>;
  /** Of `object` and `oldObject`, and of `params`; anything unless given. */
  readonly object?: Type;
  readonly params?: Type;
}

/** The environment of a policy's expressions. Objects are given as `adaptDynamic(object)`, whatever is known of their types. */
export function policyEnvironment(variables: PolicyVariables = {}): Environment {
  const { hasParams, hasAuthorizer, hasPatches, composed } = variables;
  return kubernetesEnvironment().extend({
    variables: {
      object: variables.object ?? dynType,
      oldObject: variables.object ?? dynType,
      request: requestType,
      namespaceObject: namespaceType,
      ...(hasParams && { params: variables.params ?? dynType }),
      ...(hasAuthorizer && {
        authorizer: libraryTypes.Authorizer,
        'authorizer.requestResource': libraryTypes.ResourceCheck,
      }),
      ...(composed && { variables: { ...types.structType('kubernetes.variables'), fields: composed } }),
    },
    ...(hasPatches && { structOf: objectStruct, libraries: [jsonPatches] }),
  });
}

/** What is known of a variable's type where it is used: structures are looked into without one. */
export function composedType(type: Type = dynType): Type {
  switch (type.kind) {
    case 'list':
      return types.listType(composedType(type.params[0]));
    case 'map':
      return types.mapType(composedType(type.params[0]), composedType(type.params[1]));
    case 'error':
    case 'struct':
    case 'opaque':
    case 'type':
    case 'param':
      return dynType;
    default:
      return type;
  }
}

/** For `compile`: structs of mutating policies. */
export const makePatch: MakeStruct = (name, fields) => new Struct(name, fields);

/** A value as JSON; an error for what JSON cannot hold. */
export function toJson(value: Value): { readonly json: unknown } | { readonly problem: string } {
  try {
    return { json: jsonOf(value) };
  } catch (error) {
    if (error instanceof NoJson) return { problem: error.message };
    throw error;
  }
}

class NoJson extends Error {}

function jsonOf(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof List) return [...value].map(jsonOf);
  if (value instanceof Mapping) {
    const entries = [...value.keys()].map(key => {
      if (typeof key !== 'string') throw new NoJson(`map key ${String(key)} is of type ${typeNameOf(key)}, not string`);
      return [key, jsonOf(value.find(key)!)] as const;
    });
    return Object.fromEntries(entries);
  }
  if (value instanceof Opaque) return String(value);
  throw new NoJson(`a value of type ${typeNameOf(value)} is no JSON`);
}

/** Whether names of structs follow the fields they stand in: `Object{spec: Object.spec{}}`. @returns what is wrong */
export function misnamedStructs(value: Value, expected = 'Object'): string[] {
  if (value instanceof List) return [...value].flatMap(item => misnamedStructs(item, expected));
  if (!(value instanceof Mapping)) return [];
  if (!(value instanceof Struct)) return [...value.keys()].flatMap(key => misnamedStructs(value.find(key)!, expected));
  const here =
    value.name === expected
      ? []
      : [
          `unexpected type name ${JSON.stringify(value.name)}, expected ${JSON.stringify(expected)}, which matches field name path from root Object type`,
        ];
  return [...here, ...[...value.fields].flatMap(([name, field]) => misnamedStructs(field, `${expected}.${name}`))];
}
