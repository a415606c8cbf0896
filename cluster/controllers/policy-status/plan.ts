/** Type checking of admission policies against the kinds they match (apiserver `policy/validating/typechecking.go`). */
import type { ExpressionWarning, ParamKind, ValidatingAdmissionPolicy } from '@orrery/kinds/types';
import { compile, composedType, declare, policyEnvironment, typeFor } from '@orrery/machinery/cel';
import type { SchemaLike, Type } from '@orrery/machinery/cel';
import type { GroupVersionResource } from '@orrery/machinery/meta';
import type { Kind } from './schemas.ts';

const mostTypes = 10;

export interface KnownKind {
  readonly kind: Kind;
  readonly schema: SchemaLike;
}

/** The resources whose kinds are to be looked at; rules with wildcards name none. */
export function resourcesToCheck({ spec }: ValidatingAdmissionPolicy): GroupVersionResource[] {
  const found = new Map<string, GroupVersionResource>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of spec.matchConstraints?.resourceRules ?? []) {
    if (apiGroups.includes('*') || apiVersions.includes('*')) continue;
    for (const group of [...apiGroups].sort())
      for (const version of [...apiVersions].sort())
        for (const resource of resources.filter(name => !/[*/]/.test(name)).sort())
          found.set(`${group}/${version}/${resource}`, { group, version, resource });
  }
  return [...found.values()].slice(0, mostTypes);
}

export function kindOfParams({ apiVersion = '', kind = '' }: ParamKind): Kind {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(0, slash)), version: apiVersion.slice(slash + 1), kind };
}

/** @param params undefined when its schema is not known */
export function typeWarnings(
  { spec }: ValidatingAdmissionPolicy,
  kinds: readonly KnownKind[],
  params?: KnownKind,
): ExpressionWarning[] {
  const sorted = [...kinds].sort((a, b) => (orderOf(a.kind) < orderOf(b.kind) ? -1 : 1));
  const warnings: ExpressionWarning[] = [];
  const checkAll = (fieldRef: string, expression: string): void => {
    const found = sorted.flatMap(known => {
      const problem = problemOf(spec, expression, known, params);
      return problem === undefined ? [] : [`${shownKind(known.kind)}: ${problem}\n`];
    });
    if (found.length > 0) warnings.push({ fieldRef, warning: found.join('\n') });
  };
  for (const [at, { expression, messageExpression }] of (spec.validations ?? []).entries()) {
    checkAll(`spec.validations[${at}].expression`, expression);
    if (messageExpression) checkAll(`spec.validations[${at}].messageExpression`, messageExpression);
  }
  return warnings;
}

const orderOf = ({ group, version, kind }: Kind): string => `${group}\0${version}\0${kind}`;
const shownKind = ({ group, version, kind }: Kind): string => `${group}/${version}, Kind=${kind}`;

const typeOf = (known: KnownKind | undefined): Type | undefined => {
  const declared = known && declare(known.schema, false);
  return declared && typeFor(declared, known.kind.kind);
};

function problemOf(
  { variables = [], paramKind }: ValidatingAdmissionPolicy['spec'],
  expression: string,
  known: KnownKind,
  params: KnownKind | undefined,
): string | undefined {
  const composed = new Map<string, Type>();
  const [object, paramType] = [typeOf(known), typeOf(params)];
  const environment = policyEnvironment({
    ...{ hasAuthorizer: true, hasParams: paramKind !== undefined, composed },
    ...(object && { object }),
    ...(paramType && { params: paramType }),
  });
  for (const variable of variables)
    composed.set(variable.name, composedType(compile(variable.expression, environment).program?.type));
  const { program, text } = compile(expression, environment);
  return program ? undefined : text;
}
