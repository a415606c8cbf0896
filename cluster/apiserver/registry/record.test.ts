import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEntry } from './objects.ts';
import { fieldValue, headOf, identityOf, spliceAt, valueOf } from './record.ts';

const object = {
  kind: 'ConfigMap',
  apiVersion: 'v1',
  data: { ключ: '値 "quoted"' },
  metadata: { resourceVersion: '9', labels: { a: 'b' }, name: 'x', uid: 'u', custom: 1, deletionTimestamp: 't' },
};

test('stored bytes begin with the metadata and carry neither kind nor version', () => {
  const text = Buffer.from(valueOf(object)).toString();
  assert.ok(text.startsWith('{"metadata":{"name":"x"'), text);
  assert.equal(text.slice(0, spliceAt), '{"metadata":{');
  assert.deepEqual(JSON.parse(text), {
    metadata: { name: 'x', uid: 'u', deletionTimestamp: 't', labels: { a: 'b' }, custom: 1 },
    data: object.data,
  });
});

test('what was stored comes back with the revision it was read at', () => {
  const back = parseEntry({ value: valueOf(object) }, 42);
  assert.equal(back.metadata.resourceVersion, '42');
  assert.deepEqual((back as unknown as typeof object).data, object.data);
});

test('the head tells identity and fields without parsing', () => {
  const head = headOf(object, { 'spec.nodeName': 'n1', 'status.phase': '' });
  assert.deepEqual(identityOf(head), { uid: 'u', deletionTimestamp: 't' });
  assert.equal(fieldValue(head, 'spec.nodeName'), 'n1');
  assert.equal(fieldValue(head, 'status.phase'), '');
  assert.equal(fieldValue(head, 'spec.other'), undefined);
});
