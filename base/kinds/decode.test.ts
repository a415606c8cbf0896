import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, decodeFailure, duplicateFields } from '@orrery/machinery/schema';
import { catalogue, schemaOf } from './index.ts';

const schema = (group: string, version: string, kind: string) => schemaOf(catalogue.byKind({ group, version, kind })!);
const pod = () => schema('', 'v1', 'Pod');
const deployment = () => schema('apps', 'v1', 'Deployment');
const configMap = () => schema('', 'v1', 'ConfigMap');

test('a wrong JSON type is told as Go tells it: the structure, the path of fields, the type', () => {
  const cases: [ReturnType<typeof pod>, unknown, string][] = [
    [
      deployment(),
      { spec: { replicas: 'two' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      configMap(),
      { data: { a: 1 } },
      'json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      configMap(),
      { metadata: { name: true } },
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.name of type string',
    ],
    [
      pod(),
      { spec: { containers: [{ name: 'c', command: 'sh' }] } },
      'json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string',
    ],
    [
      pod(),
      { spec: { containers: {} } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [pod(), { spec: [] }, 'json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec'],
    [
      pod(),
      { spec: { restartPolicy: 1 } },
      'json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
    ],
    [
      pod(),
      { spec: { priority: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.priority of type int32',
    ],
    [
      pod(),
      { spec: { containers: [{ resources: { limits: { cpu: '1x' } } }] } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [configMap(), { binaryData: { z: '!!' } }, 'illegal base64 data at input byte 0'],
    [
      schema('coordination.k8s.io', 'v1', 'Lease'),
      { spec: { renewTime: 'yesterday' } },
      'parsing time "yesterday" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "yesterday" as "2006"',
    ],
  ];
  for (const [kind, value, message] of cases) assert.equal(decode(kind, value).error, message);
});

test('unknown fields are told with their place and dropped', () => {
  const { value, unknown } = decode(pod(), {
    metadata: { name: 'x', foo: 1 },
    spec: { containers: [{ name: 'c', imag: 'i' }] },
    bogus: 1,
  });
  assert.deepEqual(unknown, ['metadata.foo', 'spec.containers[0].imag', 'bogus']);
  assert.deepEqual(value, {
    metadata: { name: 'x' },
    spec: { containers: [{ name: 'c', resources: {} }] },
    status: {},
  });
});

test('names of Object.prototype are ordinary unknown fields', () => {
  const { value, unknown } = decode(configMap(), JSON.parse('{"metadata":{},"__proto__":{"a":1},"constructor":1}'));
  assert.deepEqual(unknown, ['__proto__', 'constructor']);
  assert.deepEqual(Object.keys(value as object), ['metadata']);
});

test('empty values are written as Go writes them', () => {
  const cases: [string, unknown, unknown][] = [
    [
      'a false that is no pointer goes',
      { spec: { containers: [], hostNetwork: false } },
      { metadata: {}, spec: { containers: null }, status: {} },
    ],
    [
      'a false behind a pointer stays',
      { spec: { containers: [], enableServiceLinks: false } },
      { metadata: {}, spec: { containers: null, enableServiceLinks: false }, status: {} },
    ],
    [
      'a list without omitempty is null when absent',
      { spec: {} },
      { metadata: {}, spec: { containers: null }, status: {} },
    ],
    [
      'empty lists and maps go',
      { metadata: { labels: {}, finalizers: [] }, spec: { containers: [], volumes: [] } },
      { metadata: {}, spec: { containers: null }, status: {} },
    ],
    [
      'null is absent',
      { metadata: { creationTimestamp: null }, spec: { containers: null } },
      { metadata: {}, spec: { containers: null }, status: {} },
    ],
  ];
  for (const [name, value, expected] of cases) assert.deepEqual(decode(pod(), value).value, expected, name);
});

test('an empty text goes unless a pointer holds it, a zero likewise', () => {
  const given = { nodeName: '', hostname: '', runtimeClassName: '', terminationGracePeriodSeconds: 0, priority: 0 };
  const { value } = decode(pod(), { spec: { containers: [{ name: '', image: '' }], ...given } });
  assert.deepEqual(value, {
    metadata: {},
    spec: {
      containers: [{ name: '', resources: {} }],
      runtimeClassName: '',
      terminationGracePeriodSeconds: 0,
      priority: 0,
    },
    status: {},
  });
});

test('quantities and times take their canonical form', () => {
  const { value } = decode(pod(), {
    metadata: { creationTimestamp: '2024-01-02T03:04:05.678+01:00' },
    spec: { containers: [{ name: 'c', resources: { limits: { cpu: '1000m', memory: '1024Mi', 'a.b/c': 2 } } }] },
  });
  assert.deepEqual(value, {
    metadata: { creationTimestamp: '2024-01-02T02:04:05Z' },
    spec: { containers: [{ name: 'c', resources: { limits: { cpu: '1', memory: '1Gi', 'a.b/c': '2' } } }] },
    status: {},
  });
});

test('bytes that are null in a map are empty', () => {
  const { value } = decode(configMap(), { data: { a: null }, binaryData: { b: null } });
  assert.deepEqual(value, { metadata: {}, data: { a: '' }, binaryData: { b: '' } });
});

test('an object that needs no change is not copied', () => {
  const object = { metadata: { name: 'x' }, data: { a: 'b' } };
  assert.equal(decode(configMap(), object).value, object);
});

test('duplicate keys are told once each, with their place', () => {
  assert.deepEqual(duplicateFields('{"metadata":{"name":"x","name":"x"},"data":{"a":"1","a":"2"}}'), [
    'metadata.name',
    'data.a',
  ]);
  assert.deepEqual(duplicateFields('{"a":[{"b":1},{"b":"\\"b\\":","c":2,"\\u0062":3}]}'), ['a[1].b']);
  assert.deepEqual(duplicateFields('{"a":{"a":1},"b":{"a":1}}'), []);
});

test('the sentence of a refused body', () => {
  assert.equal(decodeFailure('Foo', 'v1', 'Bar', 'x'), 'Foo in version "v1" cannot be handled as a Bar: x');
});
