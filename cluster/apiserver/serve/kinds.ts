/** Bodies of kinds that are no resource of their own: Scale, Binding, Eviction, TokenRequest, reviews. */
import { catalogue, schemaOfType } from '@orrery/kinds';
import { apiVersionOf } from '@orrery/machinery/meta';
import type { GroupVersionKind, KubeObject } from '@orrery/machinery/meta';
import type { TokenRequest } from '@orrery/kinds/types';
import { decode } from '@orrery/machinery/schema';
import type { KindRules, ResourceInfo } from '../registry/resource.ts';

const nothing = (): readonly never[] => [];

/** The name of a kind's type in the catalogue, e.g. `policy.v1.Eviction`. */
export function typeNameOf(kind: GroupVersionKind): string {
  const known = catalogue.byKind(kind);
  if (known) return known.type;
  return `${kind.group === '' ? 'core' : kind.group.split('.')[0]}.${kind.version}.${kind.kind}`;
}

const rules = (kind: GroupVersionKind): KindRules => {
  const schema = schemaOfType(typeNameOf(kind));
  return {
    decode: value => decode(schema, value),
    setDefaults: object => {
      if (kind.kind === 'TokenRequest') (object as TokenRequest).spec.expirationSeconds ??= 3600;
    },
    emptyStatus: () => undefined,
    validateCreate: nothing,
    validateUpdate: nothing,
    validateStatusUpdate: nothing,
    patchSchema: undefined,
    schema,
  };
};

/** A resource as seen through a subresource whose body is of another kind: enough to read and answer it. */
export function bodyInfo(info: ResourceInfo, kind: GroupVersionKind): ResourceInfo {
  return {
    ...info,
    group: kind.group,
    version: kind.version,
    kind: kind.kind,
    conversion: undefined,
    rules: rules(kind),
  };
}

export const typed = (kind: GroupVersionKind, object: KubeObject): KubeObject => {
  const { kind: _kind, apiVersion: _version, ...rest } = object;
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), ...rest };
};
