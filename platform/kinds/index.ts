export { customResourceDefinition, schemaOf, type CustomResourceDefinition } from './crd.ts';
export { covers, ensureKinds, type EnsureOptions } from './ensure.ts';
export {
  annotations,
  groups,
  isKeptName,
  labels,
  systemNamespace,
  systemNamespaces,
  systemWorkspace,
} from './names.ts';
export { platformResources, type PlatformResource } from './resources.ts';
export { kinds, type Check, type Field, type KindFacts } from './tables.data.ts';
export type * from './types.ts';
