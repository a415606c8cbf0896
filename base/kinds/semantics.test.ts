import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe as sentence } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { decode } from '@orrery/machinery/schema';
import { catalogue, schemaOf } from './index.ts';
import { semanticsOf } from './semantics.ts';

type Json = Record<string, unknown>;

const kindOf = (name: string) => {
  const [resource, ...group] = name.split('.');
  return catalogue.kinds.find(kind => kind.plural === resource && kind.group === group.join('.'))!;
};

/** An object as it is after decoding and defaulting. */
function stored(name: string, given: Json): KubeObject {
  const kind = kindOf(name);
  const { value, error } = decode(schemaOf(kind), structuredClone(given));
  assert.equal(error, undefined);
  const object = structuredClone(value) as KubeObject;
  semanticsOf({ group: kind.group, version: kind.version, resource: kind.plural })!.defaults?.(object);
  return object;
}

const semantics = (name: string) => {
  const { group, version, plural } = kindOf(name);
  return semanticsOf({ group, version, resource: plural })!;
};

const meta = { name: 'x', namespace: 'n', resourceVersion: '1' };
const container = { name: 'c', image: 'nginx:1' };
const pod = (spec: Json = {}): Json => ({ metadata: meta, spec: { containers: [container], ...spec } });
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } };
const deployment = (spec: Json = {}): Json => ({
  metadata: meta,
  spec: { selector: { matchLabels: { a: 'b' } }, template, ...spec },
});
const service = (spec: Json = {}): Json => ({ metadata: meta, spec: { ports: [{ port: 80 }], ...spec } });

test('a container without a word of its own gets these', () => {
  assert.deepEqual((stored('pods', pod()) as unknown as { spec: Json }).spec, {
    containers: [
      {
        ...container,
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'IfNotPresent',
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
  });
});

test('an image is pulled always when its tag is latest or absent', () => {
  const policy = (image: string): unknown =>
    (stored('pods', pod({ containers: [{ name: 'c', image }] })) as unknown as { spec: { containers: Json[] } }).spec
      .containers[0]!['imagePullPolicy'];
  const cases = [
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['localhost:5000/nginx', 'Always'],
    ['localhost:5000/nginx:1', 'IfNotPresent'],
    [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
  ] as const;
  for (const [image, expected] of cases) assert.equal(policy(image), expected, image);
});

test('limits of a pod’s containers become requests, those of a template do not', () => {
  const limited = { ...container, resources: { limits: { cpu: '1' } } };
  const inPod = stored('pods', pod({ containers: [limited] })) as unknown as { spec: { containers: Json[] } };
  assert.deepEqual(inPod.spec.containers[0]!['resources'], { limits: { cpu: '1' }, requests: { cpu: '1' } });
  const spec = { containers: [limited] };
  const inTemplate = stored('deployments.apps', deployment({ template: { ...template, spec } })) as unknown as {
    spec: { template: { spec: { containers: Json[] } } };
  };
  assert.deepEqual(inTemplate.spec.template.spec.containers[0]!['resources'], { limits: { cpu: '1' } });
});

test('a deployment rolls by quarters, a service is a cluster address, a secret’s texts are encoded', () => {
  const { spec } = stored('deployments.apps', deployment()) as unknown as { spec: Json };
  assert.equal(spec['replicas'], 1);
  assert.deepEqual(spec['strategy'], {
    type: 'RollingUpdate',
    rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
  });
  assert.deepEqual((stored('services', service()) as unknown as { spec: Json }).spec, {
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    sessionAffinity: 'None',
    type: 'ClusterIP',
    internalTrafficPolicy: 'Cluster',
  });
  const secret = stored('secrets', { metadata: meta, stringData: { a: 'é' } }) as unknown as Json;
  assert.deepEqual([secret['type'], secret['data'], secret['stringData']], ['Opaque', { a: 'w6k=' }, undefined]);
});

test('defaulting twice changes nothing', () => {
  for (const [name, given] of [
    ['pods', pod()],
    ['deployments.apps', deployment()],
    ['services', service()],
  ] as const) {
    const once = stored(name, given);
    const again = structuredClone(once);
    semantics(name).defaults!(again);
    assert.deepEqual(again, once);
  }
});

test('what is wrong with a new object is told in upstream’s words', () => {
  const cases: [string, Json, string[]][] = [
    ['pods', pod(), []],
    ['pods', pod({ containers: [] }), ['spec.containers: Required value']],
    ['pods', pod({ containers: [container, container] }), ['spec.containers[1].name: Duplicate value: "c"']],
    [
      'pods',
      pod({ restartPolicy: 'Sometimes' }),
      ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
    ],
    [
      'pods',
      pod({ containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }),
      ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
    ],
    [
      'pods',
      pod({ hostNetwork: true, containers: [{ ...container, ports: [{ containerPort: 1, hostPort: 2 }] }] }),
      ['spec.containers[0].ports[0].hostPort: Invalid value: 2: must match `containerPort` when `hostNetwork` is true'],
    ],
    [
      'pods',
      { ...pod(), metadata: { namespace: 'n' } },
      ['metadata.name: Required value: name or generateName is required'],
    ],
    ['pods', { ...pod(), metadata: { name: 'x' } }, ['metadata.namespace: Required value']],
    [
      'deployments.apps',
      deployment({ selector: { matchLabels: { a: 'c' } } }),
      ['spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`'],
    ],
    [
      'deployments.apps',
      deployment({ replicas: -1 }),
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'services',
      service({ ports: [{ port: 0 }] }),
      [
        'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      ],
    ],
    ['services', service({ ports: [] }), ['spec.ports: Required value']],
    ['services', service({ ports: [], clusterIP: 'None', clusterIPs: ['None'] }), []],
    [
      'configmaps',
      { metadata: meta, data: { 'a/b': '' } },
      [
        "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
    [
      'roles.rbac.authorization.k8s.io',
      { metadata: meta, rules: [{ apiGroups: [''], resources: ['pods'] }] },
      ['rules[0].verbs: Required value: verbs must contain at least one value'],
    ],
    ['namespaces', { metadata: { name: 'a.b' } }, ['metadata.name: Invalid value: "a.b": must not contain dots']],
    [
      'cronjobs.batch',
      {
        metadata: meta,
        spec: {
          schedule: '60 * * * *',
          jobTemplate: { spec: { template: { spec: { containers: [container], restartPolicy: 'Never' } } } },
        },
      },
      ['spec.schedule: Invalid value: "60 * * * *": end of range (60) above maximum (59): 60'],
    ],
  ];
  for (const [name, given, expected] of cases) {
    assert.deepEqual(
      semantics(name).validateCreate(stored(name, given)).map(sentence),
      expected,
      JSON.stringify(given),
    );
  }
});

test('what may not change is told on update', () => {
  const cases: [string, Json, Json, string[]][] = [
    ['pods', pod(), pod({ containers: [{ ...container, image: 'nginx:2' }] }), []],
    [
      'pods',
      pod(),
      pod({ containers: [container, { ...container, name: 'd' }] }),
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    ],
    ['deployments.apps', deployment(), deployment({ replicas: 3 }), []],
    [
      'deployments.apps',
      deployment(),
      deployment({
        selector: { matchLabels: { z: 'z' } },
        template: { ...template, metadata: { labels: { z: 'z' } } },
      }),
      ['spec.selector: Invalid value: {"matchLabels":{"z":"z"}}: field is immutable'],
    ],
    [
      'configmaps',
      { metadata: meta, data: { a: '1' }, immutable: true },
      { metadata: meta, data: { a: '2' }, immutable: true },
      ['data: Forbidden: field is immutable when `immutable` is set'],
    ],
    [
      'configmaps',
      { metadata: meta },
      { metadata: { ...meta, uid: 'u' } },
      ['metadata.uid: Invalid value: "u": field is immutable'],
    ],
  ];
  for (const [name, before, after, expected] of cases) {
    assert.deepEqual(
      semantics(name).validateUpdate(stored(name, after), stored(name, before)).map(sentence),
      expected,
      JSON.stringify(after),
    );
  }
});

test('kinds without rules of their own are checked by their shape', () => {
  // Nothing that is kept is left without; this one only passes through.
  const name = 'subjectaccessreviews.authorization.k8s.io';
  const given = {
    metadata: { name: 'x' },
    spec: { resourceAttributes: { fieldSelector: { requirements: [{ operator: 'In' }] } } },
  };
  assert.equal(semantics(name).isSemantic, false);
  assert.deepEqual(semantics(name).validateCreate(stored(name, given)).map(sentence), [
    'spec.resourceAttributes.fieldSelector.requirements[0].key: Required value',
  ]);
});

test('what is accepted may still deserve a word', () => {
  const cases: [string, Json, string[]][] = [
    ['pods', pod(), []],
    [
      'pods',
      pod({ volumes: [{ name: 'v', rbd: { monitors: ['m'], image: 'i' } }] }),
      ['spec.volumes[0].rbd: deprecated in v1.28, non-functional in v1.31+'],
    ],
    [
      'pods',
      pod({ nodeSelector: { 'beta.kubernetes.io/os': 'linux' } }),
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    [
      'pods',
      { ...pod(), metadata: { ...meta, name: 'a.b' } },
      [
        "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      ],
    ],
    [
      'pods',
      pod({
        containers: [
          {
            ...container,
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '$(A)/2' },
              { name: 'A', value: '3' },
            ],
          },
          { ...container, name: 'd', ports: [{ containerPort: 80 }, { containerPort: 80, hostPort: 80 }] },
        ],
      }),
      [
        'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
        'spec.containers[1].ports[1]: overlapping port definition with spec.containers[1].ports[0]',
      ],
    ],
    [
      'deployments.apps',
      deployment({
        template: {
          ...template,
          spec: {
            containers: [container],
            topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'k', whenUnsatisfiable: 'DoNotSchedule' }],
          },
        },
      }),
      [
        'spec.template.spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod',
      ],
    ],
  ];
  for (const [name, given, expected] of cases)
    assert.deepEqual(semantics(name).warnings(stored(name, given)), expected, JSON.stringify(given));
});

test('validation changes nothing', () => {
  for (const [name, given] of [
    ['pods', pod({ replicas: 1 })],
    ['deployments.apps', deployment()],
    ['services', service()],
  ] as const) {
    const object = stored(name, given);
    const copy = structuredClone(object);
    semantics(name).validateCreate(object);
    semantics(name).validateUpdate(object, copy);
    assert.deepEqual(object, copy);
  }
});
