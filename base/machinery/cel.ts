/**
 * The Common Expression Language as Kubernetes v1.34 speaks it: checked against schemas, estimated before it runs, counted while it runs.
 * See README.md of `cel/` for how its parts fit together.
 */
export { adapt, adaptDynamic } from './cel/adapt.ts';
export { declare, sizesOf, typeFor } from './cel/declared.ts';
export type { Declared, SchemaLike } from './cel/declared.ts';
export { Environment, overload } from './cel/environment.ts';
export type { EnvironmentParts, Library, Overload } from './cel/environment.ts';
export { escapeName } from './cel/escape.ts';
export type { SizeOf } from './cel/estimate.ts';
export type { Activation } from './cel/frame.ts';
export * as limits from './cel/limits.ts';
export { kubernetesEnvironment } from './cel/kubernetes.ts';
export { authorizerValue, resourceCheckValue } from './cel/library/authorizer.ts';
export type { Ask, AuthorizationAnswer, AuthorizationQuestion } from './cel/library/authorizer.ts';
export {
  composedType,
  makePatch,
  misnamedStructs,
  namespaceType,
  policyEnvironment,
  requestType,
  toJson,
} from './cel/policy.ts';
export type { PolicyVariables } from './cel/policy.ts';
export type { MakeStruct } from './cel/plan.ts';
export { compile, Program } from './cel/program.ts';
export type { Compiled, Outcome } from './cel/program.ts';
export { libraryTypes } from './cel/signature.ts';
export * as types from './cel/types.ts';
export { formatType } from './cel/types.ts';
export type { Type } from './cel/types.ts';
export * from './cel/values.ts';
