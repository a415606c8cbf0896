/** OpenAPI v3: one document per group version. */
import { catalogue } from '../catalogue.ts';
import { Definitions, definitionNames } from './definitions.ts';
import type { Describe } from './definitions.ts';
import type { Extensions, Operation, Parameter, Path, SchemaObject } from './document.ts';
import { discoveryPath, pathsOf, prefixOf, tagOf } from './operations.ts';

export interface ParameterV3 {
  name: string;
  in: string;
  required?: boolean;
  schema: SchemaObject & { uniqueItems?: boolean };
}

type Content = Record<string, { schema: SchemaObject }>;

export interface OperationV3 extends Extensions {
  operationId: string;
  tags: string[];
  parameters?: ParameterV3[];
  requestBody?: { content: Content; required?: boolean };
  responses: Record<string, { description: string; content?: Content }>;
  deprecated?: boolean;
}

export type PathV3 = Partial<Record<Operation['method'], OperationV3>> & { parameters?: ParameterV3[] };

export interface DocumentV3 {
  openapi: '3.0.0';
  info: { title: string; version: string };
  paths: Record<string, PathV3>;
  components: {
    schemas: Record<string, SchemaObject>;
    securitySchemes: Record<string, SchemaObject & { in: string; name: string }>;
  };
}

const ref = (definition: string): SchemaObject => ({ $ref: `#/components/schemas/${definition}` });

const parameterV3 = ({ name, in: place, type }: Parameter): ParameterV3 => ({
  name,
  in: place,
  ...(place === 'path' && { required: true }),
  schema: { type, uniqueItems: true },
});

const content = (mediaTypes: readonly string[], schema: SchemaObject): Content =>
  Object.fromEntries(mediaTypes.map(mediaType => [mediaType, { schema }]));

const answerWords: Record<number, string> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 401: 'Unauthorized' };

function operationV3(operation: Operation, tag: string): OperationV3 {
  const answer = (code: number): { description: string; content?: Content } => ({
    description: answerWords[code]!,
    ...(code !== 401 && {
      content: content(operation.produces, operation.answer ? ref(operation.answer) : { type: 'string' }),
    }),
  });
  return {
    tags: [tag],
    operationId: operation.id,
    ...(operation.parameters.length > 0 && { parameters: operation.parameters.map(parameterV3) }),
    ...(operation.body && {
      requestBody: {
        content: content(operation.consumes, ref(operation.body.definition)),
        ...(operation.body.required && { required: true }),
      },
    }),
    responses: Object.fromEntries(operation.answers.map(code => [`${code}`, answer(code)])),
    ...(operation.deprecated && { deprecated: true }),
    ...(operation.action && { 'x-kubernetes-action': operation.action }),
    ...(operation.kind && { 'x-kubernetes-group-version-kind': operation.kind }),
  };
}

/** Writes paths in v3's form; also for custom resources. */
export function pathsV3(paths: readonly Path[], tag: string): Record<string, PathV3> {
  const table: Record<string, PathV3> = {};
  for (const { path, parameters, operations } of paths) {
    const item: PathV3 = {};
    for (const operation of operations) item[operation.method] = operationV3(operation, tag);
    if (parameters.length > 0) item.parameters = parameters.map(parameterV3);
    table[path] = item;
  }
  return table;
}

/** A document around paths and schemas. */
export const documentV3 = (paths: Record<string, PathV3>, schemas: Record<string, SchemaObject>): DocumentV3 => ({
  openapi: '3.0.0',
  info: { title: 'Kubernetes', version: 'v1.34.0' },
  paths,
  components: {
    schemas,
    securitySchemes: {
      BearerToken: { type: 'apiKey', name: 'authorization', in: 'header', description: 'Bearer Token authentication' },
    },
  },
});

/** The documents of all served group versions, by the name they have in the index: `api/v1`, `apis/apps/v1`. */
export function openApiV3(describe?: Describe): Map<string, DocumentV3> {
  const documents = new Map<string, DocumentV3>();
  for (const { name, versions } of catalogue.groups) {
    for (const version of versions) {
      const gv = { group: name, version };
      const definitions = new Definitions(3, describe);
      for (const type of ['Status', 'DeleteOptions', 'Patch', 'WatchEvent', 'APIResourceList']) {
        if (catalogue.file.types[`meta.v1.${type}`]) definitions.refer(`meta.v1.${type}`);
      }
      const kinds = catalogue.kinds.filter(kind => kind.group === name && kind.version === version);
      const paths = [discoveryPath(gv), ...kinds.flatMap(kind => pathsOf(kind, definitionNames(kind, definitions)))];
      documents.set(prefixOf(gv).slice(1), documentV3(pathsV3(paths, tagOf(gv)), definitions.schemas));
    }
  }
  return documents;
}
