/** How a record names what was made, whatever form the answer has. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import { toProtobuf } from '@orrery/kinds/protobuf';
import { answered, wishedName } from './created.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-x7', labels: { a: 'b' } }, spec: {} };
const status = { apiVersion: 'v1', kind: 'Status', metadata: {}, message: 'made', details: { name: 'web' } };
const table = { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: {}, rows: [{ cells: [], object: pod }] };
const json = (object: object) => new TextEncoder().encode(JSON.stringify(object));
const half = (bytes: Uint8Array) => bytes.subarray(0, 30);

const answers: [string, Parameters<typeof answered>[0], string | undefined][] = [
  ['an object that the server has at hand', { status: 201, headers: {}, object: pod }, 'web-x7'],
  ['JSON', { status: 201, headers: {}, body: json(pod) }, 'web-x7'],
  ['JSON in pieces', { status: 201, headers: {}, body: [half(json(pod)), json(pod).subarray(30)] }, 'web-x7'],
  ['a table of JSON', { status: 201, headers: {}, body: json(table) }, 'web-x7'],
  ['a table at hand', { status: 201, headers: {}, object: table }, 'web-x7'],
  ['protobuf', { status: 201, headers: {}, body: toProtobuf(pod)! }, 'web-x7'],
  ['a status in protobuf', { status: 201, headers: {}, body: toProtobuf(status)! }, undefined],
  ['half of an object', { status: 201, headers: {}, body: half(json(pod)) }, undefined],
  ['half of an object in protobuf', { status: 201, headers: {}, body: toProtobuf(pod)!.subarray(0, 20) }, undefined],
  [
    'what is compressed',
    { status: 201, headers: { 'content-encoding': 'gzip' }, body: gzipSync(json(pod)) },
    undefined,
  ],
  ['a stream', { status: 201, headers: {}, body: { start: () => assert.fail('it is left alone') } }, undefined],
  ['nothing', { status: 201, headers: {} }, undefined],
];
for (const [what, response, name] of answers)
  test(`an answer that is ${what} names ${name ?? 'nothing'}`, () =>
    assert.equal(answered(response).metadata?.name, name));

test('labels are read in either form: they tell the workspace', () => {
  for (const body of [json(pod), toProtobuf(pod)!])
    assert.deepEqual(answered({ status: 201, headers: {}, body }).metadata?.labels, { a: 'b' });
});

const requests: [string, Uint8Array, string | undefined][] = [
  ['a name', json(pod), 'web-x7'],
  ['a name in protobuf', toProtobuf(pod)!, 'web-x7'],
  ['a beginning alone', json({ metadata: { generateName: 'web-' } }), undefined],
  ['a text that is no name', json({ metadata: { name: 'my password is <b>' } }), undefined],
  ['an endless one', json({ metadata: { name: 'a'.repeat(300) } }), undefined],
  ['a list of members', json([{ username: 'ann' }]), undefined],
  ['YAML', new TextEncoder().encode('metadata: {name: web}'), undefined],
];
for (const [what, body, name] of requests)
  test(`a request with ${what} wishes for ${name ?? 'nothing'}`, () => {
    const request = { method: 'POST', target: '/x', headers: {}, body, signal: new AbortController().signal };
    assert.equal(wishedName(request), name);
  });
