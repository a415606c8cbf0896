import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '@orrery/machinery/status';
import { complaintsOf, printYaml, readDocuments, segmentsOf } from './documents.ts';

const pod = `apiVersion: v1
kind: Pod
metadata:
  name: a
spec:
  containers:
    - name: x
      image: y
      ports:
        - containerPort: 80
`;

test('several documents are several objects; empty ones are none', () => {
  const { objects, marks } = readDocuments(`${pod}---\n# nothing\n---\n${pod.replace('name: a', 'name: b')}`);
  assert.deepEqual(marks, []);
  assert.deepEqual(
    objects.map(({ metadata }) => metadata.name),
    ['a', 'b'],
  );
});

test('a mistake in the writing is told at its line, and nothing is read', () => {
  const { objects, marks } = readDocuments(`${pod}  wrong: [1\n`);
  assert.deepEqual(objects, []);
  assert.ok(marks.length > 0 && marks[0]!.line >= 11, JSON.stringify(marks));
});

test('what every object needs is told before anybody is asked', () =>
  assert.deepEqual(readDocuments('kind: Pod\nmetadata: {name: a}').marks, [
    { line: 1, message: 'apiVersion: required' },
  ]));

test('a field is found at its line, else the nearest part of its way', () => {
  const { lineOf } = readDocuments(pod);
  const lines: readonly [string, number][] = [
    ['metadata.name', 4],
    ['spec.containers[0].image', 8],
    ['spec.containers[0].ports[0].containerPort', 10],
    ['spec.containers[0].imagePullPolicy', 7],
    ['spec.restartPolicy', 5],
    ['nowhere', 1],
  ];
  for (const [field, line] of lines) assert.equal(lineOf(0, field), line, field);
});

test('the second document counts on from the first', () =>
  assert.equal(readDocuments(`${pod}---\n${pod}`).lineOf(1, 'metadata.name'), 15));

test('keys with dots are one step', () => assert.deepEqual(segmentsOf('data[a.b].c'), ['data', 'a.b', 'c']));

test('a refusal names its fields: by causes, or by what it does not know', () => {
  const causes = [{ field: 'spec.replicas', message: 'Invalid value: -1' }];
  assert.deepEqual(complaintsOf(new StatusError(422, 'Invalid', 'no', { causes })), causes);
  const unknown = 'strict decoding error: unknown field "spec.foo", unknown field "spec.bar"';
  assert.deepEqual(
    complaintsOf(new StatusError(400, 'BadRequest', unknown)).map(({ field }) => field),
    ['spec.foo', 'spec.bar'],
  );
});

test('a value of the wrong type is told at its field', () => {
  const message = 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32';
  assert.deepEqual(complaintsOf(new StatusError(400, 'BadRequest', message)), [
    { field: 'spec.replicas', message: 'cannot unmarshal string into int32' },
  ]);
});

test('what is printed is read again as it was, also words that YAML takes for something else', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data: { a: 'yes', b: '010', c: 'x\ny\n' },
  };
  assert.deepEqual(readDocuments(printYaml(object)).objects, [object]);
});

test('who wrote which field is not printed unless asked for', () => {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', managedFields: [{ manager: 'x' }] } };
  assert.doesNotMatch(printYaml(object), /managedFields/);
  assert.match(printYaml(object, true), /managedFields/);
});
