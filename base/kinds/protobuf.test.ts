import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogue } from './index.ts';
import { fromProtobuf, toProtobuf, watchFrame } from './protobuf.ts';
import { readTarGz, referenceTest } from './testing/reference.ts';

const groupOf = (group: string): string => (group === '' ? 'core' : group);

/** Zero values are not told apart from absent ones by protobuf: both forms are compared without them. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value)
    .map(([key, each]) => [key, withoutZeros(each)] as const)
    .filter(([, each]) => each !== undefined && each !== null && each !== '' && each !== 0 && each !== false);
  return Object.fromEntries(
    kept.filter(([, each]) => !(typeof each === 'object' && Object.keys(each as object).length === 0)),
  );
}

referenceTest(
  'every kind reads its golden protobuf as its golden JSON, and writes it back',
  'api-golden-v1.34.tar.gz',
  path => {
    const files = readTarGz(path);
    let compared = 0;
    for (const kind of catalogue.kinds) {
      const stem = `HEAD/${groupOf(kind.group)}.${kind.version}.${kind.kind}`;
      const binary = files.get(`${stem}.pb`);
      if (!binary) continue;
      const expected = withoutZeros(JSON.parse(new TextDecoder().decode(files.get(`${stem}.json`)!)));
      const read = fromProtobuf(binary);
      assert.deepEqual(withoutZeros(read), expected, stem);
      assert.deepEqual(withoutZeros(fromProtobuf(toProtobuf(read)!)), expected, `${stem} written and read`);
      compared++;
    }
    assert.ok(compared > 60, `${compared} kinds compared`);
  },
);

test('bytes without the prefix are refused', () => {
  assert.throws(() => fromProtobuf(new TextEncoder().encode('{}')), /does not appear to be a protobuf message/);
});

test('a kind without a protobuf form has none', () => {
  assert.equal(toProtobuf({ apiVersion: 'example.org/v1', kind: 'Thing' }), undefined);
});

test('secrets carry bytes, not base64', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { key: btoa('hidden') } };
  const bytes = toProtobuf(secret)!;
  assert.ok(Buffer.from(bytes).includes('hidden'));
  assert.deepEqual(fromProtobuf(bytes), secret);
});

test('a time without a value is null, as Go writes it; one that is not there is absent', () => {
  const read = (creationTimestamp: string | null) =>
    fromProtobuf(toProtobuf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', creationTimestamp } } as never)!)
      .metadata;
  assert.deepEqual(read(''), { name: 'p', creationTimestamp: null });
  assert.deepEqual(read(null), { name: 'p' });
  assert.deepEqual(read('2025-06-01T12:00:00Z'), { name: 'p', creationTimestamp: '2025-06-01T12:00:00Z' });
});

test('a frame of a watch begins with its length', () => {
  const frame = watchFrame('ADDED', toProtobuf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } } as never)!);
  assert.equal(new DataView(frame.buffer).getUint32(0), frame.length - 4);
});
