/** The kinds of mutating policies as resources of the registry: for servers that are asked to serve them. */
import { cellsOf, columnsOf } from '@orrery/kinds/columns';
import type {
  CustomResourceDefinition,
  JSONSchemaProps,
  MatchCondition,
  MatchResources,
  ParamKind,
  ParamRef,
  Variable,
} from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { resourcesOf } from '../../crd/resource.ts';
import type { ResourceInfo } from '../../registry/resource.ts';
import type { Strategy, WriteHooks } from '../../types.ts';
import { bindingSpec, policySpec } from './mutating-kinds.data.ts';

export interface Mutation {
  readonly patchType: 'ApplyConfiguration' | 'JSONPatch';
  readonly applyConfiguration?: { readonly expression?: string };
  readonly jsonPatch?: { readonly expression?: string };
}

export interface MutatingPolicy extends KubeObject {
  readonly spec: {
    readonly failurePolicy?: 'Fail' | 'Ignore';
    readonly matchConditions?: readonly MatchCondition[];
    readonly matchConstraints?: MatchResources;
    readonly mutations?: readonly Mutation[];
    readonly paramKind?: ParamKind;
    readonly reinvocationPolicy?: 'Never' | 'IfNeeded';
    readonly variables?: readonly Variable[];
  };
}

export interface MutatingBinding extends KubeObject {
  readonly spec: {
    readonly policyName?: string;
    readonly paramRef?: ParamRef;
    readonly matchResources?: MatchResources;
  };
}

const group = 'admissionregistration.k8s.io';
export const mutatingVersion = { group, version: 'v1beta1' } as const;

function definitionOf(plural: string, kind: string, spec: JSONSchemaProps): CustomResourceDefinition {
  const openAPIV3Schema: JSONSchemaProps = { type: 'object', properties: { spec } };
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [{ name: mutatingVersion.version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  } as CustomResourceDefinition;
}

const judge: NonNullable<Strategy['judge']> = async (object, old) => {
  const { checkMutatingPolicy } = await import('./check-mutating.ts');
  return checkMutatingPolicy((object as MutatingPolicy).spec ?? {}, (old as MutatingPolicy | undefined)?.spec);
};
const judgeBinding: NonNullable<Strategy['judge']> = async object => {
  const { checkMutatingBinding } = await import('./check-mutating.ts');
  return checkMutatingBinding((object as MutatingBinding).spec ?? {});
};

/** @param asking what custom resources with a converter need; these have none */
export function mutatingResources(
  asking: Parameters<typeof resourcesOf>[2],
  hooks: Readonly<Record<string, WriteHooks>>,
): ResourceInfo[] {
  const made = (plural: string, kind: string, spec: JSONSchemaProps, check: NonNullable<Strategy['judge']>) =>
    resourcesOf(definitionOf(plural, kind, spec), false, asking).map(info => ({
      ...info,
      hooks: hooks[`${group}/${plural}`],
      table: {
        columns: columnsOf({ group, plural }),
        cells: (object: KubeObject, nowMs: number) => cellsOf({ group, plural }, object, nowMs),
      },
      strategy: { ...info.strategy, judge: check, allowUnconditionalUpdate: false },
    }));
  return [
    ...made('mutatingadmissionpolicies', 'MutatingAdmissionPolicy', policySpec, judge),
    ...made('mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding', bindingSpec, judgeBinding),
  ];
}
