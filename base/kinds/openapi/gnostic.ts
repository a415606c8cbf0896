/** The OpenAPI v2 document as protobuf (gnostic's `openapi.v2.Document`): what kubectl asks for. */
import { encode, message, repeated } from '@orrery/machinery/protobuf';
import type { AnyMessage } from '@orrery/machinery/protobuf';
import type { SchemaObject } from './document.ts';
import type { DocumentV2, OperationV2, ParameterV2, PathV2 } from './v2.ts';

/** Free values travel as YAML text; JSON is YAML. */
const Any = message('Any', [[2, 'yaml', 'string']]);
const NamedAny = message('NamedAny', [
  [1, 'name', 'string'],
  [2, 'value', Any],
]);
const TypeItem = message('TypeItem', [[1, 'value', repeated('string')]]);
const NamedSchema: AnyMessage = message('NamedSchema', [
  [1, 'name', 'string'],
  [2, 'value', () => Schema],
]);
const Properties = message('Properties', [[1, 'entries', repeated(NamedSchema)]]);
const AdditionalProperties = message('AdditionalPropertiesItem', [[1, 'schema', () => Schema]]);
const Items = message('ItemsItem', [[1, 'schema', repeated(() => Schema)]]);
const Schema: AnyMessage = message('Schema', [
  [1, 'ref', 'string'],
  [2, 'format', 'string'],
  [4, 'description', 'string'],
  [5, 'default', Any],
  [19, 'required', repeated('string')],
  [20, 'enum', repeated(Any)],
  [21, 'additionalProperties', AdditionalProperties],
  [22, 'type', TypeItem],
  [23, 'items', Items],
  [25, 'properties', Properties],
  [31, 'extensions', repeated(NamedAny)],
]);
const BodyParameter = message('BodyParameter', [
  [2, 'name', 'string'],
  [3, 'in', 'string'],
  [4, 'required', 'bool'],
  [5, 'schema', Schema],
]);
const QueryParameter = message('QueryParameterSubSchema', [
  [2, 'in', 'string'],
  [4, 'name', 'string'],
  [6, 'type', 'string'],
  [20, 'uniqueItems', 'bool'],
]);
const PathParameter = message('PathParameterSubSchema', [
  [1, 'required', 'bool'],
  [2, 'in', 'string'],
  [4, 'name', 'string'],
  [5, 'type', 'string'],
  [19, 'uniqueItems', 'bool'],
]);
const NonBodyParameter = message('NonBodyParameter', [
  [3, 'query', QueryParameter],
  [4, 'path', PathParameter],
]);
const Parameter = message('Parameter', [
  [1, 'body', BodyParameter],
  [2, 'other', NonBodyParameter],
]);
const Reference = message('JsonReference', [[1, 'ref', 'string']]);
const ParametersItem = message('ParametersItem', [
  [1, 'parameter', Parameter],
  [2, 'reference', Reference],
]);
const NamedParameter = message('NamedParameter', [
  [1, 'name', 'string'],
  [2, 'value', Parameter],
]);
const SchemaItem = message('SchemaItem', [[1, 'schema', Schema]]);
const Response = message('Response', [
  [1, 'description', 'string'],
  [2, 'schema', SchemaItem],
]);
const ResponseValue = message('ResponseValue', [[1, 'response', Response]]);
const NamedResponseValue = message('NamedResponseValue', [
  [1, 'name', 'string'],
  [2, 'value', ResponseValue],
]);
const Responses = message('Responses', [[1, 'codes', repeated(NamedResponseValue)]]);
const Operation = message('Operation', [
  [1, 'tags', repeated('string')],
  [5, 'operationId', 'string'],
  [6, 'produces', repeated('string')],
  [7, 'consumes', repeated('string')],
  [8, 'parameters', repeated(ParametersItem)],
  [9, 'responses', Responses],
  [10, 'schemes', repeated('string')],
  [11, 'deprecated', 'bool'],
  [13, 'extensions', repeated(NamedAny)],
]);
const PathItem = message('PathItem', [
  [2, 'get', Operation],
  [3, 'put', Operation],
  [4, 'post', Operation],
  [5, 'delete', Operation],
  [6, 'options', Operation],
  [7, 'head', Operation],
  [8, 'patch', Operation],
  [9, 'parameters', repeated(ParametersItem)],
]);
const NamedPathItem = message('NamedPathItem', [
  [1, 'name', 'string'],
  [2, 'value', PathItem],
]);
const Info = message('Info', [
  [1, 'title', 'string'],
  [2, 'version', 'string'],
]);
const StringArray = message('StringArray', [[1, 'value', repeated('string')]]);
const NamedStringArray = message('NamedStringArray', [
  [1, 'name', 'string'],
  [2, 'value', StringArray],
]);
const SecurityRequirement = message('SecurityRequirement', [[1, 'entries', repeated(NamedStringArray)]]);
const ApiKeySecurity = message('ApiKeySecurity', [
  [1, 'type', 'string'],
  [2, 'name', 'string'],
  [3, 'in', 'string'],
  [4, 'description', 'string'],
]);
const SecurityItem = message('SecurityDefinitionsItem', [[2, 'apiKey', ApiKeySecurity]]);
const NamedSecurityItem = message('NamedSecurityDefinitionsItem', [
  [1, 'name', 'string'],
  [2, 'value', SecurityItem],
]);
const Document: AnyMessage = message('Document', [
  [1, 'swagger', 'string'],
  [2, 'info', Info],
  [8, 'paths', message('Paths', [[2, 'entries', repeated(NamedPathItem)]])],
  [9, 'definitions', message('Definitions', [[1, 'entries', repeated(NamedSchema)]])],
  [10, 'parameters', message('ParameterDefinitions', [[1, 'entries', repeated(NamedParameter)]])],
  [12, 'security', repeated(SecurityRequirement)],
  [13, 'securityDefinitions', message('SecurityDefinitions', [[1, 'entries', repeated(NamedSecurityItem)]])],
]);

const any = (value: unknown) => ({ yaml: `${JSON.stringify(value)}\n` });

const extensions = (object: object) =>
  Object.entries(object)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, value]) => ({ name, value: any(value) }));

const named = <T, U>(table: Readonly<Record<string, T>>, convert: (value: T) => U) =>
  Object.entries(table).map(([name, value]) => ({ name, value: convert(value) }));

function schema(object: SchemaObject): Record<string, unknown> {
  return {
    ref: object.$ref,
    format: object.format,
    description: object.description,
    default: object.default === undefined ? undefined : any(object.default),
    required: object.required,
    enum: object.enum?.map(any),
    additionalProperties: object.additionalProperties && { schema: schema(object.additionalProperties) },
    type: object.type === undefined ? undefined : { value: [object.type] },
    items: object.items && { schema: [schema(object.items)] },
    properties: object.properties && { entries: named(object.properties, schema) },
    extensions: extensions(object),
  };
}

function parameter(object: ParameterV2): Record<string, unknown> {
  const { name, in: place, type, required, uniqueItems, schema: body } = object;
  if (place === 'body') return { body: { name, in: place, required, schema: schema(body!) } };
  if (place === 'path') return { other: { path: { required, in: place, name, type, uniqueItems } } };
  return { other: { query: { in: place, name, type, uniqueItems } } };
}

const parameters = (list: readonly ParameterV2[] | undefined) =>
  list?.map(entry => (entry.$ref ? { reference: { ref: entry.$ref } } : { parameter: parameter(entry) }));

function operation(object: OperationV2 | undefined): Record<string, unknown> | undefined {
  if (!object) return undefined;
  return {
    tags: object.tags,
    operationId: object.operationId,
    produces: object.produces,
    consumes: object.consumes,
    parameters: parameters(object.parameters),
    responses: {
      codes: named(object.responses, answer => ({
        response: { description: answer.description, schema: answer.schema && { schema: schema(answer.schema) } },
      })),
    },
    schemes: object.schemes,
    deprecated: object.deprecated,
    extensions: extensions(object),
  };
}

const pathItem = (item: PathV2): Record<string, unknown> => ({
  get: operation(item.get),
  put: operation(item.put),
  post: operation(item.post),
  delete: operation(item.delete),
  options: operation(item.options),
  head: operation(item.head),
  patch: operation(item.patch),
  parameters: parameters(item.parameters),
});

/**
 * Encodes a document, or a part of one: the bytes of two documents one behind the other are their union, which is how paths and
 * definitions of custom resources are added.
 */
export const encodeV2 = (document: Partial<DocumentV2>): Uint8Array<ArrayBuffer> =>
  encode(Document, {
    swagger: document.swagger,
    info: document.info,
    paths: document.paths && { entries: named(document.paths, pathItem) },
    definitions: document.definitions && { entries: named(document.definitions, schema) },
    parameters: document.parameters && { entries: named(document.parameters, parameter) },
    security: document.security?.map(entry => ({ entries: named(entry, value => ({ value })) })),
    securityDefinitions: document.securityDefinitions && {
      entries: named(document.securityDefinitions, apiKey => ({ apiKey })),
    },
  });
