import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { catalogue } from './index.ts';
import { encodeV2 } from './openapi/gnostic.ts';
import { encodeV3 } from './openapi/gnostic-v3.ts';
import { openApiV2 } from './openapi/v2.ts';
import { openApiV3 } from './openapi/v3.ts';
import type { DocumentV2, OperationV2, ParameterV2, PathV2 } from './openapi/v2.ts';
import type { SchemaObject } from './openapi/document.ts';
import { referenceTest } from './testing/reference.ts';

const read = (path: string): DocumentV2 => JSON.parse(gunzipSync(readFileSync(path)).toString()) as DocumentV2;

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;

const prefixes = () =>
  catalogue.groups.flatMap(({ name, versions }) =>
    versions.map(version => (name === '' ? `/api/${version}/` : `/apis/${name}/${version}/`)),
  );

/** `name/in/type` of parameters, references followed, body apart. */
function parameterNames(document: DocumentV2, parameters: ParameterV2[] | undefined): string[] {
  return (parameters ?? [])
    .map(parameter => (parameter.$ref ? document.parameters[parameter.$ref.slice('#/parameters/'.length)]! : parameter))
    .map(({ name, in: place, type, schema }) =>
      place === 'body' ? `body ${schema?.$ref ?? ''}` : `${name} ${place} ${type}`,
    )
    .sort();
}

function summary(document: DocumentV2, item: PathV2, operation: OperationV2) {
  return {
    id: operation.operationId,
    action: operation['x-kubernetes-action'],
    kind: operation['x-kubernetes-group-version-kind'],
    parameters: parameterNames(document, [...(item.parameters ?? []), ...(operation.parameters ?? [])]),
    consumes: operation.consumes,
    produces: operation.produces,
    answers: Object.entries(operation.responses).map(
      ([code, { schema }]) => `${code} ${schema?.$ref ?? schema?.type ?? ''}`,
    ),
    tags: operation.tags,
  };
}

referenceTest('every path and operation is that of upstream’s document', 'swagger-v1.34.json.gz', path => {
  const upstream = read(path);
  const ours = openApiV2();
  const mine = prefixes();
  const expected = Object.keys(upstream.paths).filter(name => mine.some(prefix => name.startsWith(prefix)));
  assert.deepEqual(Object.keys(ours.paths).sort(), expected.sort());
  for (const name of expected) {
    for (const method of methods) {
      const theirs = upstream.paths[name]![method];
      const own = ours.paths[name]![method];
      assert.equal(Boolean(own), Boolean(theirs), `${method} ${name}`);
      if (!own || !theirs) continue;
      assert.deepEqual(
        summary(ours, ours.paths[name]!, own),
        summary(upstream, upstream.paths[name]!, theirs),
        `${method} ${name}`,
      );
    }
  }
});

/** Without sentences and enumerations, which the reference document leaves out. */
function bare(schema: SchemaObject | undefined): unknown {
  if (!schema) return undefined;
  const { description: _description, enum: _enum, properties, items, additionalProperties, required, ...rest } = schema;
  delete rest['x-kubernetes-group-version-kind'];
  delete (rest as Record<string, unknown>)['x-kubernetes-unions'];
  return {
    ...rest,
    ...(required && { required: [...required].sort() }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, bare(value)])),
    }),
    ...(items && { items: bare(items) }),
    ...(additionalProperties && { additionalProperties: bare(additionalProperties) }),
  };
}

referenceTest('every definition has upstream’s fields, types and extensions', 'swagger-v1.34.json.gz', path => {
  const upstream = read(path);
  const ours = openApiV2();
  const wrong: string[] = [];
  for (const name of Object.keys(ours.definitions).sort()) {
    const theirs = upstream.definitions[name];
    if (!theirs) {
      wrong.push(`${name} is not upstream’s`);
      continue;
    }
    try {
      assert.deepEqual(bare(ours.definitions[name]), bare(theirs), name);
    } catch (error) {
      wrong.push((error as Error).message);
    }
  }
  assert.equal(wrong.join('\n'), '');
});

test('a document in protobuf is told apart from, and may be continued by, a second one', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  assert.equal(hex(encodeV2({ swagger: '2.0' })), '0a03322e30');
  const definition = (name: string) => encodeV2({ definitions: { [name]: { type: 'object' } } });
  assert.equal(hex(definition('A')), '4a120a100a0141120bb201080a066f626a656374');
});

test('a v3 document is written by gnostic’s numbers', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const empty = encodeV3({
    openapi: '3.0.0',
    info: { title: '', version: '' },
    paths: {},
    components: { schemas: {}, securitySchemes: {} },
  });
  assert.ok(hex(empty).startsWith('0a05332e302e30'));
  const documents = openApiV3();
  assert.ok(encodeV3(documents.get('apis/apps/v1')!).length > 50_000);
});

test('clients find dryRun and fieldValidation in the patch operation itself', () => {
  const patch = openApiV2().paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']!.patch!;
  const names = patch.parameters!.map(parameter => parameter.name);
  assert.ok(names.includes('dryRun') && names.includes('fieldValidation'));
});

test('v3 has a document per group version; nothing stands beside a reference', () => {
  const documents = openApiV3();
  assert.deepEqual(documents.size, catalogue.groups.flatMap(group => group.versions).length);
  const check = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('$ref' in value && typeof value.$ref === 'string') assert.deepEqual(Object.keys(value), ['$ref']);
    else Object.values(value).forEach(check);
  };
  for (const { components, paths } of documents.values()) {
    check([components, paths]);
    const text = JSON.stringify([components, paths]);
    for (const [, name] of text.matchAll(/#\/components\/schemas\/([^"]+)/g))
      assert.ok(components.schemas[name!], name);
  }
  const { spec } = documents.get('apis/apps/v1')!.components.schemas['io.k8s.api.apps.v1.Deployment']!.properties!;
  assert.deepEqual(spec, { allOf: [{ $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec' }], default: {} });
});

test('every definition of v2 that is referred to is there', () => {
  const { definitions, paths } = openApiV2();
  for (const [, name] of JSON.stringify([definitions, paths]).matchAll(/#\/definitions\/([^"]+)/g))
    assert.ok(definitions[name!], name);
});
