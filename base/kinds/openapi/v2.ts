/** The OpenAPI v2 document of all served groups. */
import { catalogue } from '../catalogue.ts';
import { Definitions, definitionNames } from './definitions.ts';
import type { Describe } from './definitions.ts';
import type { Extensions, Operation, Parameter, Path, SchemaObject } from './document.ts';
import { discoveryPath, pathsOf, tagOf } from './operations.ts';

export interface ParameterV2 {
  $ref?: string;
  name?: string;
  in?: string;
  type?: string;
  required?: boolean;
  uniqueItems?: boolean;
  schema?: SchemaObject;
}

export interface OperationV2 extends Extensions {
  operationId: string;
  tags: string[];
  schemes: string[];
  consumes: readonly string[];
  produces: readonly string[];
  parameters?: ParameterV2[];
  responses: Record<string, { description: string; schema?: SchemaObject }>;
  deprecated?: boolean;
}

export interface PathV2 {
  parameters?: ParameterV2[];
  get?: OperationV2;
  put?: OperationV2;
  post?: OperationV2;
  delete?: OperationV2;
  options?: OperationV2;
  head?: OperationV2;
  patch?: OperationV2;
}

export interface DocumentV2 {
  swagger: '2.0';
  info: { title: string; version: string };
  paths: Record<string, PathV2>;
  definitions: Record<string, SchemaObject>;
  parameters: Record<string, ParameterV2>;
  securityDefinitions: Record<string, { type: string; name: string; in: string; description: string }>;
  security: Record<string, string[]>[];
}

const ref = (definition: string): SchemaObject => ({ $ref: `#/definitions/${definition}` });

const parameterV2 = ({ name, in: place, type }: Parameter): ParameterV2 => ({
  uniqueItems: true,
  type,
  name,
  in: place,
  ...(place === 'path' && { required: true }),
});

/** Clients look for these two in the operation itself. */
const inline = new Set(['dryRun', 'fieldValidation']);

/** Shares a parameter that many operations have. */
function shared(parameter: Parameter, table: Record<string, ParameterV2>): ParameterV2 {
  if (inline.has(parameter.name) || (parameter.in === 'path' && parameter.name === 'name'))
    return parameterV2(parameter);
  const name = `${parameter.name}-${parameter.in}-${parameter.type}`;
  table[name] ??= parameterV2(parameter);
  return { $ref: `#/parameters/${name}` };
}

const answerWords: Record<number, string> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 401: 'Unauthorized' };

function operationV2(operation: Operation, tag: string, table: Record<string, ParameterV2>): OperationV2 {
  const answer = (code: number): { description: string; schema?: SchemaObject } => {
    const schema = code === 401 ? undefined : operation.answer ? ref(operation.answer) : { type: 'string' };
    return { description: answerWords[code]!, ...(schema && { schema }) };
  };
  const body: ParameterV2[] = operation.body
    ? [
        {
          name: 'body',
          in: 'body',
          ...(operation.body.required && { required: true }),
          schema: ref(operation.body.definition),
        },
      ]
    : [];
  const parameters = [...body, ...operation.parameters.map(parameter => shared(parameter, table))];
  return {
    consumes: operation.consumes,
    produces: operation.produces,
    schemes: ['https'],
    tags: [tag],
    operationId: operation.id,
    ...(parameters.length > 0 && { parameters }),
    responses: Object.fromEntries(operation.answers.map(code => [`${code}`, answer(code)])),
    ...(operation.deprecated && { deprecated: true }),
    ...(operation.action && { 'x-kubernetes-action': operation.action }),
    ...(operation.kind && { 'x-kubernetes-group-version-kind': operation.kind }),
  };
}

/** Writes paths into a document; also for resources that come and go while the server runs. */
export function addPathsV2(
  document: Pick<DocumentV2, 'paths' | 'parameters'>,
  paths: readonly Path[],
  tag: string,
): void {
  for (const { path, parameters, operations } of paths) {
    const item: PathV2 = {};
    for (const operation of operations) item[operation.method] = operationV2(operation, tag, document.parameters);
    if (parameters.length > 0) item.parameters = parameters.map(parameter => shared(parameter, document.parameters));
    document.paths[path] = item;
  }
}

/** Builds the document. `describe` gives the sentences of explanations, if there are any. */
export function openApiV2(describe?: Describe): DocumentV2 {
  const definitions = new Definitions(2, describe);
  const document: DocumentV2 = {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'v1.34.0' },
    paths: {},
    definitions: definitions.schemas,
    parameters: {},
    securityDefinitions: {
      BearerToken: { type: 'apiKey', name: 'authorization', in: 'header', description: 'Bearer Token authentication' },
    },
    security: [{ BearerToken: [] }],
  };
  for (const type of [
    'Status',
    'DeleteOptions',
    'Patch',
    'WatchEvent',
    'APIResourceList',
    'APIGroup',
    'APIGroupList',
    'APIVersions',
  ]) {
    if (catalogue.file.types[`meta.v1.${type}`]) definitions.refer(`meta.v1.${type}`);
  }
  for (const { name, versions } of catalogue.groups) {
    for (const version of versions)
      addPathsV2(document, [discoveryPath({ group: name, version })], tagOf({ group: name, version }));
  }
  for (const info of catalogue.kinds)
    addPathsV2(document, pathsOf(info, definitionNames(info, definitions)), tagOf(info));
  return document;
}
