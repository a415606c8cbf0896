/** OpenAPI v3 documents as protobuf (gnostic's `openapi.v3.Document`). */
import { encode, message, repeated } from '@orrery/machinery/protobuf';
import type { AnyMessage } from '@orrery/machinery/protobuf';
import type { SchemaObject } from './document.ts';
import type { DocumentV3, OperationV3, ParameterV3, PathV3 } from './v3.ts';

/** A list of names with values: how gnostic writes maps. */
const named = (name: string, value: AnyMessage | (() => AnyMessage)): AnyMessage =>
  message(name, [
    [1, 'name', 'string'],
    [2, 'value', value],
  ]);
const entries = (name: string, entry: AnyMessage): AnyMessage => message(name, [[1, 'entries', repeated(entry)]]);

const Any = message('Any', [[2, 'yaml', 'string']]);
const NamedAny = named('NamedAny', Any);
const Reference = message('Reference', [[1, 'ref', 'string']]);
const SchemaOrReference: AnyMessage = message('SchemaOrReference', [
  [1, 'schema', () => Schema],
  [2, 'reference', Reference],
]);
const NamedSchema = named('NamedSchemaOrReference', SchemaOrReference);
const DefaultType = message('DefaultType', [
  [1, 'number', 'double'],
  [2, 'boolean', 'bool'],
  [3, 'string', 'string'],
]);
const Schema: AnyMessage = message('Schema', [
  [20, 'uniqueItems', 'bool'],
  [23, 'required', repeated('string')],
  [24, 'enum', repeated(Any)],
  [25, 'type', 'string'],
  [26, 'allOf', repeated(SchemaOrReference)],
  [27, 'oneOf', repeated(SchemaOrReference)],
  [30, 'items', message('ItemsItem', [[1, 'schema', repeated(SchemaOrReference)]])],
  [31, 'properties', entries('Properties', NamedSchema)],
  [32, 'additionalProperties', message('AdditionalPropertiesItem', [[1, 'schema', SchemaOrReference]])],
  [33, 'default', DefaultType],
  [34, 'description', 'string'],
  [35, 'format', 'string'],
  [36, 'extensions', repeated(NamedAny)],
]);
const MediaTypes = entries(
  'MediaTypes',
  named('NamedMediaType', message('MediaType', [[1, 'schema', SchemaOrReference]])),
);
const Parameter = message('Parameter', [
  [1, 'name', 'string'],
  [2, 'in', 'string'],
  [4, 'required', 'bool'],
  [10, 'schema', SchemaOrReference],
]);
const ParameterOrReference = message('ParameterOrReference', [[1, 'parameter', Parameter]]);
const RequestBody = message('RequestBody', [
  [2, 'content', MediaTypes],
  [3, 'required', 'bool'],
]);
const Response = message('Response', [
  [1, 'description', 'string'],
  [3, 'content', MediaTypes],
]);
const NamedResponse = named('NamedResponseOrReference', message('ResponseOrReference', [[1, 'response', Response]]));
const Operation = message('Operation', [
  [1, 'tags', repeated('string')],
  [5, 'operationId', 'string'],
  [6, 'parameters', repeated(ParameterOrReference)],
  [7, 'requestBody', message('RequestBodyOrReference', [[1, 'body', RequestBody]])],
  [8, 'responses', message('Responses', [[2, 'entries', repeated(NamedResponse)]])],
  [10, 'deprecated', 'bool'],
  [13, 'extensions', repeated(NamedAny)],
]);
const PathItem = message('PathItem', [
  [4, 'get', Operation],
  [5, 'put', Operation],
  [6, 'post', Operation],
  [7, 'delete', Operation],
  [8, 'options', Operation],
  [9, 'head', Operation],
  [10, 'patch', Operation],
  [13, 'parameters', repeated(ParameterOrReference)],
]);
const SecurityScheme = message('SecurityScheme', [
  [1, 'type', 'string'],
  [2, 'description', 'string'],
  [3, 'name', 'string'],
  [4, 'in', 'string'],
]);
const NamedScheme = named(
  'NamedSecuritySchemeOrReference',
  message('SecuritySchemeOrReference', [[1, 'scheme', SecurityScheme]]),
);
const Components = message('Components', [
  [1, 'schemas', entries('SchemasOrReferences', NamedSchema)],
  [7, 'securitySchemes', entries('SecuritySchemesOrReferences', NamedScheme)],
]);
const Document: AnyMessage = message('Document', [
  [1, 'openapi', 'string'],
  [
    2,
    'info',
    message('Info', [
      [1, 'title', 'string'],
      [6, 'version', 'string'],
    ]),
  ],
  [4, 'paths', entries('Paths', named('NamedPathItem', PathItem))],
  [5, 'components', Components],
]);

const any = (value: unknown) => ({ yaml: `${JSON.stringify(value)}\n` });
const listed = <T, U>(table: Readonly<Record<string, T>>, convert: (value: T) => U) => ({
  entries: Object.entries(table).map(([name, value]) => ({ name, value: convert(value) })),
});
const extensions = (object: object) =>
  Object.entries(object)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, value]) => ({ name, value: any(value) }));

/** Only scalars fit: the empty objects that JSON documents give as defaults are left out, as upstream's are. */
function defaultOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value === 'number') return { number: value };
  if (typeof value === 'boolean') return { boolean: value };
  return typeof value === 'string' ? { string: value } : undefined;
}

function schema(object: SchemaObject & { uniqueItems?: boolean }): Record<string, unknown> {
  if (object.$ref !== undefined) return { reference: { ref: object.$ref } };
  return {
    schema: {
      uniqueItems: object.uniqueItems,
      required: object.required,
      enum: object.enum?.map(any),
      type: object.type,
      allOf: object.allOf?.map(schema),
      oneOf: object.oneOf?.map(schema),
      items: object.items && { schema: [schema(object.items)] },
      properties: object.properties && listed(object.properties, schema),
      additionalProperties: object.additionalProperties && { schema: schema(object.additionalProperties) },
      default: defaultOf(object.default),
      description: object.description,
      format: object.format,
      extensions: extensions(object),
    },
  };
}

const parameter = ({ name, in: place, required, schema: shape }: ParameterV3) => ({
  parameter: { name, in: place, required, schema: schema(shape) },
});

function operation(object: OperationV3 | undefined): Record<string, unknown> | undefined {
  if (!object) return undefined;
  const content = (table: Record<string, { schema: SchemaObject }> | undefined) =>
    table && listed(table, media => ({ schema: schema(media.schema) }));
  const body = object.requestBody;
  return {
    tags: object.tags,
    operationId: object.operationId,
    parameters: object.parameters?.map(parameter),
    requestBody: body && { body: { content: content(body.content), required: body.required } },
    responses: listed(object.responses, answer => ({
      response: { description: answer.description, content: content(answer.content) },
    })),
    deprecated: object.deprecated,
    extensions: extensions(object),
  };
}

const pathItem = (item: PathV3): Record<string, unknown> => ({
  get: operation(item.get),
  put: operation(item.put),
  post: operation(item.post),
  delete: operation(item.delete),
  options: operation(item.options),
  head: operation(item.head),
  patch: operation(item.patch),
  parameters: item.parameters?.map(parameter),
});

/** Encodes a document of one group version. */
export const encodeV3 = (document: DocumentV3): Uint8Array<ArrayBuffer> =>
  encode(Document, {
    openapi: document.openapi,
    info: document.info,
    paths: listed(document.paths, pathItem),
    components: {
      schemas: listed(document.components.schemas, schema),
      securitySchemes: listed(document.components.securitySchemes, scheme => ({ scheme })),
    },
  });
