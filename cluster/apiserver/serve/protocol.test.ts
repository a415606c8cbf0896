/** What upstream's router and its negotiation answer before any object is touched, and in which words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromProtobuf } from '@orrery/kinds/protobuf';
import { readBody } from '@orrery/http';
import { startServer } from '../testing/server.ts';
import type { TestServer } from '../testing/server.ts';

const all = '/api/v1/namespaces/n/configmaps';
const one = `${all}/a`;
const custom = '/apis/example.com/v1/namespaces/n/shapes';
const protobuf = 'application/vnd.kubernetes.protobuf';
const objects = `application/json, application/yaml, ${protobuf}`;
const streams = `application/json;stream=watch, ${protobuf};stream=watch`;
const view = (kind: string, type = 'application/json'): string => `${type};as=${kind};v=v1;g=meta.k8s.io`;
const notRouted = (types: string): string => `406: Not Acceptable\n\nAvailable representations: ${types}`;
const notServed = (types: string): string => `only the following media types are accepted: ${types}`;
const noMethod = 'the server does not allow this method on the requested resource';
const unknown = 'the server could not find the requested resource';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'shapes.example.com' },
  spec: {
    group: 'example.com',
    names: { kind: 'Shape', plural: 'shapes', singular: 'shape', listKind: 'ShapeList' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

async function prepared(): Promise<TestServer> {
  const server = await startServer();
  await server.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  await server.create(all, { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, data: { k: 'v' } });
  for (let i = 0; (await server.get(custom)).status !== 200 && i < 500; i++) await new Promise(setImmediate);
  await server.create(custom, { kind: 'Shape', apiVersion: 'example.com/v1', metadata: { name: 's' } });
  return server;
}

type Row = [method: string, target: string, headers: Record<string, string>, status: number, message: string];

const accepts: [accept: string, target: string, status: number, message: string][] = [
  ['text/html', one, 406, notRouted(objects)],
  ['text/html', all, 406, notRouted(`${objects}, ${streams}`)],
  ['application/*', one, 406, notRouted(objects)],
  ['APPLICATION/JSON', one, 406, notRouted(objects)],
  ['text/html', custom, 406, notServed(objects)],
  ['application/*', custom, 200, ''],
  [view('Table').replace('v1', 'v2'), one, 406, notServed(objects)],
  [view('Other'), one, 406, notServed(objects)],
  ['application/json;g=meta.k8s.io', one, 406, notServed(objects)],
  [view('Table', protobuf), all, 406, notServed(objects)],
  ['application/yaml;stream=watch', one, 406, notServed(objects)],
  ['application/json;stream=other', one, 406, notServed(objects)],
  ['application/yaml,application/json;q=0.5', `${all}?watch=1`, 406, ''],
  ['application/json;q=0', one, 200, ''],
  [
    view('PartialObjectMetadata'),
    all,
    406,
    'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)',
  ],
  [
    view('PartialObjectMetadata'),
    custom,
    406,
    'you requested PartialObjectMetadata, but the requested object is a list (*unstructured.UnstructuredList)',
  ],
  [
    view('PartialObjectMetadataList'),
    `${custom}/s`,
    406,
    'you requested PartialObjectMetadataList, but the requested object is not a list (*unstructured.Unstructured)',
  ],
  [protobuf, custom, 406, ''],
  ['text/html', '/api', 406, notRouted(objects)],
  ['text/html', '/apis', 406, notServed(objects)],
  ['text/html', '/apis/apps', 406, notServed(objects)],
  ['text/html', '/apis/apps/v1', 406, notRouted(objects)],
  ['text/html', '/apis/example.com/v1', 406, notServed(objects)],
  ['text/html', `${all}?limit=x`, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
];

const token = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
const v1 = 'meta.k8s.io/v1';
/** Tokens that nobody gave out, and why they are refused. */
const continued: [token: string, why: string][] = [
  ['abc', `: invalid character 'i' looking for beginning of value`],
  ['a.b', ': illegal base64 data at input byte 1'],
  ['abcde', ': illegal base64 data at input byte 4'],
  [token({}), ': server does not recognize this encoded version '],
  [
    token({ v: 'meta.k8s.io/v2', rv: 1, start: 'a' }),
    ': server does not recognize this encoded version meta.k8s.io/v2',
  ],
  [token({ v: v1, start: 'a' }), ': incorrect encoded start resourceVersion (version meta.k8s.io/v1)'],
  [token({ v: v1, rv: 1 }), ': encoded start key empty (version meta.k8s.io/v1)'],
  [token({ v: v1, rv: 1, start: '../a' }), ': ../a'],
  [token({ v: v1, rv: 'a' }), ': json: cannot unmarshal string into Go struct field continueToken.rv of type int64'],
  [token(1), ': json: cannot unmarshal number into Go value of type storage.continueToken'],
];

const type = (name: string): Record<string, string> => ({ 'content-type': name });
const shapes = { group: 'example.com', resource: 'shapes' };

const rows: Row[] = [
  ...accepts.map(([accept, target, status, message]): Row => ['GET', target, { accept }, status, message]),
  ['PATCH', one, type('text/plain'), 415, '415: Unsupported Media Type'],
  ['PATCH', one, {}, 415, '415: Unsupported Media Type'],
  [
    'PATCH',
    `${custom}/s`,
    type('application/strategic-merge-patch+json'),
    415,
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
  ],
  ...continued.map(([token, why]): Row => [
    'GET',
    `${all}?limit=1&continue=${token}`,
    {},
    400,
    `invalid continue token: continue key is not valid${why}`,
  ]),
  ['HEAD', one, {}, 405, noMethod],
  ['HEAD', all, {}, 405, noMethod],
  ['PUT', all, {}, 405, noMethod],
  ['POST', one, {}, 405, noMethod],
  ['POST', '/api/v1/configmaps', {}, 405, noMethod],
  ['GET', '/api/v1/configmaps/a', {}, 404, unknown],
  ['PUT', custom, {}, 400, 'name must be provided'],
  [
    'DELETE',
    `${custom}/s/status`,
    {},
    405,
    `delete is not supported on resources of kind "${shapes.resource}.${shapes.group}"`,
  ],
  ['GET', '/apis/example.com/v1/shapes/s', {}, 404, '404 page not found\n'],
  ['GET', '/apis/example.com/v9/shapes', {}, 404, '404 page not found\n'],
  ['GET', '/apis/example.com/v9', {}, 404, '404 page not found\n'],
  ['GET', '/apis/absent.example.com', {}, 404, '404 page not found\n'],
  ['GET', '/apis/apps/v9/deployments', {}, 404, unknown],
  ['GET', '/apis/apps/v9', {}, 404, unknown],
  ['GET', '/api/v9', {}, 404, unknown],
  ['GET', `${all}?limit=`, {}, 400, 'strconv.ParseInt: parsing "": invalid syntax'],
  ['DELETE', `${one}?gracePeriodSeconds=x`, {}, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
  [
    'DELETE',
    `${one}?propagationPolicy=None&dryRun=Some`,
    {},
    422,
    'DeleteOptions.meta.k8s.io "" is invalid: [propagationPolicy: Unsupported value: "None": supported values: "Foreground", "Background", "Orphan", "nil", dryRun: Unsupported value: ["Some"]: supported values: "All"]',
  ],
  [
    'POST',
    `${all}?fieldManager=a%09%C3%A9%C2%A0`,
    {},
    422,
    'CreateOptions.meta.k8s.io "" is invalid: [fieldManager: Invalid value: "a\\té\\u00a0": invalid character U+0009 (at position 1), fieldManager: Invalid value: "a\\té\\u00a0": invalid character U+00A0 (at position 4)]',
  ],
  [
    'GET',
    `${all}?resourceVersionMatch=Exact&sendInitialEvents=`,
    {},
    422,
    'ListOptions.meta.k8s.io "" is invalid: [resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list]',
  ],
];

test('requests that come no further than the router, negotiation and options', async t => {
  const server = await prepared();
  t.after(server.close);
  for (const [method, target, headers, status, message] of rows) {
    await t.test(`${method} ${target} ${JSON.stringify(headers)}`, async () => {
      const answer = await server.call(method, target, { headers });
      assert.equal(answer.status, status, answer.text);
      if (message !== '') assert.equal(answer.body.message ?? answer.text, message);
    });
  }
});

test('a version that is yet to come times out, and only who asks for it exactly is not told to come again', async t => {
  const server = await prepared();
  t.after(server.close);
  const { resourceVersion } = (await server.get(all)).body.metadata as { resourceVersion: string };
  const future = 'resourceVersion=99999999';
  for (const [target, again] of [
    [`${one}?${future}`, '1'],
    [`${all}?${future}`, '1'],
    [`${all}?${future}&resourceVersionMatch=NotOlderThan&limit=1`, '1'],
    [`${all}?${future}&resourceVersionMatch=Exact`, undefined],
    [`${all}?${future}&limit=1`, undefined],
  ] as const) {
    const { status, body, headers } = await server.get(target);
    assert.equal(status, 504, target);
    assert.equal(body.message, `Timeout: Too large resource version: 99999999, current: ${resourceVersion}`);
    assert.equal(headers['retry-after'], again, target);
    assert.deepEqual((body.details as { causes: unknown }).causes, [
      { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' },
    ]);
  }
});

test('errors are told in the form that is accepted', async t => {
  const server = await prepared();
  t.after(server.close);
  const yaml = await server.get(`${all}/none`, { accept: 'application/yaml' });
  assert.match(yaml.text, /^apiVersion: v1\ncode: 404\n/);
  const response = await server.server.handler({
    method: 'GET',
    target: `${all}/none`,
    headers: { accept: protobuf },
    body: new Uint8Array(),
    signal: new AbortController().signal,
    user: { name: 'admin', groups: ['system:masters'] },
  });
  assert.equal(response.headers['content-type'], protobuf);
  const status = fromProtobuf(await readBody(response.body));
  assert.deepEqual([status.kind, status.code], ['Status', 404]);
  const human = await server.get(`${all}/none`, { 'user-agent': 'curl/8.5.0' });
  assert.match(human.text, /^\{\n {2}"kind": "Status",\n/);
});

test('a watch in protobuf is frames, and only the first table of a watch names its columns', async t => {
  const server = await prepared();
  t.after(server.close);
  await server.create(all, { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'b' } });
  const watch = server.watch(`${all}?watch=1&resourceVersion=0`, { accept: view('Table') });
  const columns: unknown[] = [];
  for await (const { object } of watch) {
    columns.push(object.columnDefinitions);
    if (columns.length === 2) break;
  }
  assert.deepEqual([Array.isArray(columns[0]), columns[1]], [true, null]);
  const stop = new AbortController();
  const stream = await server.server.handler({
    method: 'GET',
    target: `${all}?watch=1&resourceVersion=0&timeoutSeconds=1`,
    headers: { accept: protobuf },
    body: new Uint8Array(),
    signal: stop.signal,
    user: { name: 'admin', groups: ['system:masters'] },
  });
  assert.equal(stream.headers['content-type'], `${protobuf};stream=watch`);
  const bytes = Buffer.from(await readBody(stream.body));
  assert.equal(bytes.subarray(4 + bytes.readUInt32BE(0)).length > 0, true, 'a second frame follows the first');
});

test('the older option’s no is accepted, not done, while finalizers hold an object', async t => {
  const server = await prepared();
  t.after(server.close);
  const metadata = { name: 'held', finalizers: ['example.com/held'] };
  await server.create(all, { kind: 'ConfigMap', apiVersion: 'v1', metadata });
  assert.equal((await server.call('DELETE', `${all}/held?orphanDependents=false`)).status, 202);
  assert.equal((await server.call('DELETE', `${one}?uid=other`)).status, 409);
});

const map = (more: object = {}): object => ({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'm' }, ...more });
const shape = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const unread = (why: string, shown: string): string =>
  `the object provided is unrecognized (must be of type ConfigMap): ${why} (${shown})`;
const parseError = `couldn't get version/kind; json parse error: json: cannot unmarshal`;

const bodies: [method: string, target: string, type: string, body: unknown, status: number, message: string][] = [
  [
    'POST',
    all,
    protobuf,
    'abc',
    400,
    unread('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]', '616263'),
  ],
  ['POST', all, 'application/yaml', '- a', 400, unread(`${parseError} array into Go value of type ${shape}`, '2d2061')],
  [
    'POST',
    all,
    'application/json',
    '{"kind":5}',
    400,
    unread(`${parseError} number into Go struct field .kind of type string`, '{"kind":5}'),
  ],
  [
    'POST',
    all,
    'application/json',
    '{"apiVersion":"a/b/c"}',
    400,
    unread('unexpected GroupVersion string: a/b/c', '{"apiVersion":"a/b/c"}'),
  ],
  [
    'POST',
    all,
    'application/json',
    'null',
    422,
    'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  ],
  ['DELETE', one, 'application/json', '[]', 500, `${parseError} array into Go value of type ${shape}`],
  [
    'DELETE',
    one,
    'application/json',
    '{"gracePeriodSeconds":"x"}',
    500,
    'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
  ],
  [
    'PUT',
    one,
    'application/json',
    map({ metadata: {} }),
    400,
    'the name of the object (a based on URL) was undeterminable: name must be provided',
  ],
];

test('bodies that are no objects of the kind', async t => {
  const server = await prepared();
  t.after(server.close);
  for (const [method, target, type, body, status, message] of bodies) {
    await t.test(`${method} ${JSON.stringify(body)}`, async () => {
      const answer = await server.call(method, target, { body, headers: { 'content-type': type } });
      assert.deepEqual([answer.status, answer.body.message], [status, message]);
    });
  }
});

test('each owner stands once, whoever says it again, and what only the server says is nobody’s field', async t => {
  const server = await prepared();
  t.after(server.close);
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' };
  const metadata = { name: 'owned', ownerReferences: [owner, owner], deletionTimestamp: '2020-01-01T00:00:00Z' };
  const made = await server.call('POST', all, { body: map({ metadata }) });
  const { ownerReferences, managedFields } = made.body.metadata as {
    ownerReferences: unknown[];
    managedFields: unknown;
  };
  assert.deepEqual(ownerReferences, [owner]);
  assert.doesNotMatch(JSON.stringify(managedFields), /deletionTimestamp/);
  assert.match(String(made.headers.warning), /contains duplicate entries; API server dedups .* observed: u"$/);
  const headers = { 'content-type': 'application/merge-patch+json' };
  const patched = await server.call('PATCH', `${all}/owned`, {
    body: { metadata: { ownerReferences: [owner, owner] } },
    headers,
  });
  assert.match(String(patched.headers.warning), /duplicate entries after mutating admission happens; /);
});
