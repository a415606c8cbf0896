/** The parts of OpenAPI documents that are produced here. */

export interface Extensions {
  'x-kubernetes-group-version-kind'?: GroupVersionKindExtension | GroupVersionKindExtension[];
  'x-kubernetes-action'?: string;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
}

export interface GroupVersionKindExtension {
  group: string;
  version: string;
  kind: string;
}

/** A schema of either version: v2 writes `$ref` alone, v3 puts it into `allOf` where something stands beside it. */
export interface SchemaObject extends Extensions {
  $ref?: string;
  allOf?: SchemaObject[];
  oneOf?: SchemaObject[];
  type?: string;
  format?: string;
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  required?: readonly string[];
  properties?: Record<string, SchemaObject>;
  items?: SchemaObject;
  additionalProperties?: SchemaObject;
}

/** A parameter before it is written for one version of OpenAPI. */
export interface Parameter {
  name: string;
  in: 'query' | 'path';
  type: 'string' | 'integer' | 'boolean';
}

/** One operation, told apart from how a document writes it. */
export interface Operation {
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch';
  readonly id: string;
  /** Discovery's action; absent for paths that are no resource. */
  readonly action?: string;
  readonly kind?: GroupVersionKindExtension;
  /** Definition names; absent where the body is free or none. */
  readonly body?: { readonly definition: string; readonly required: boolean };
  readonly parameters: readonly Parameter[];
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly answers: readonly number[];
  /** The definition of a good answer; absent means plain text. */
  readonly answer?: string;
  readonly deprecated?: boolean;
}

export interface Path {
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly operations: readonly Operation[];
}
