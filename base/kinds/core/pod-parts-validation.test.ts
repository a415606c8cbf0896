/** What subresources of pods refuse: debug containers and other amounts for running ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe as sentence } from '@orrery/machinery/fieldpath';
import { decode } from '@orrery/machinery/schema';
import { catalogue, schemaOf } from '../index.ts';
import { semanticsOf } from '../semantics.ts';
import type { Json } from '../testing/refusal.ts';
import type { Pod } from '../types.data.ts';
import { validateEphemeralUpdate, validateResize } from './pod-parts-validation.ts';

const pods = { group: '', version: 'v1', resource: 'pods' };

function podOf(spec: Json, more: Json = {}): Pod {
  const metadata = { name: 'x', namespace: 'n', uid: 'u', resourceVersion: '1', ...(more['metadata'] as Json) };
  const given = { ...more, metadata, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i:1' }], ...spec } };
  const { value } = decode(schemaOf(catalogue.byResource(pods)!), given);
  const pod = structuredClone(value) as Pod;
  semanticsOf(pods)!.defaults!(pod);
  return pod;
}

const debugging = (...ephemeralContainers: Json[]): Json => ({ ephemeralContainers });
const debugContainer = { name: 'd', image: 'i' };
const asking = (resources: Json, more: Json = {}): Json => ({
  containers: [{ name: 'c', image: 'i:1', resources, ...more }],
});
const preparing = (cpu: string): Json => ({
  initContainers: [{ name: 'i', image: 'i:1', resources: { requests: { cpu } } }],
});
const named = (...names: string[]): Json => ({ containers: names.map(name => ({ name, image: 'i:1' })) });
const mirror = { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } };
const volumes = [{ name: 'v', emptyDir: {} }];

type Row = readonly [why: string, now: Json, before: Json, told: readonly string[], more?: Json];

const debugRows: readonly Row[] = [
  ['one more', debugging(debugContainer), {}, []],
  [
    'names and what debuggers never have',
    debugging(
      { name: 'c', image: 'i' },
      { name: '', image: '' },
      { ...debugContainer, targetContainerName: 'z', ports: [{}] },
    ),
    {},
    [
      'spec.ephemeralContainers[0].name: Duplicate value: "c"',
      'spec.ephemeralContainers[1].name: Required value',
      'spec.ephemeralContainers[1].image: Required value',
      'spec.ephemeralContainers[2].ports[0].containerPort: Required value',
      'spec.ephemeralContainers[2].targetContainerName: Not found: "z"',
      'spec.ephemeralContainers[2].ports: Forbidden: cannot be set for an Ephemeral Container',
    ],
  ],
  [
    'parts of volumes',
    {
      volumes,
      ...debugging({
        ...debugContainer,
        volumeMounts: [
          { name: 'v', mountPath: '/a', subPath: 'x' },
          { name: 'w', mountPath: '/b' },
        ],
      }),
    },
    { volumes },
    [
      'spec.ephemeralContainers[0].volumeMounts[1].name: Not found: "w"',
      'spec.ephemeralContainers[0].volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral Container',
    ],
  ],
  [
    'none goes',
    {},
    debugging(debugContainer),
    ['spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be removed\n'],
  ],
  [
    'static pods',
    debugging(debugContainer),
    {},
    ['[]: Forbidden: static pods do not support ephemeral containers'],
    mirror,
  ],
];

const onlyCompute = ['spec: Forbidden: only cpu and memory resources are mutable'];
const one = { requests: { cpu: '1' } };
const two = { requests: { cpu: '2' } };

const resizeRows: readonly Row[] = [
  ['more', asking(two), asking(one), []],
  ['less memory at most', asking({ limits: { memory: '1' } }), asking({ limits: { memory: '2' } }), []],
  [
    'another class of service',
    asking({}),
    asking(one),
    [
      'spec: Invalid value: "": Pod QOS Class may not change as a result of resizing',
      'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
    ],
  ],
  [
    'a limit goes',
    asking(one),
    asking({ ...one, limits: { cpu: '1' } }),
    ['spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed'],
  ],
  [
    'other resources',
    asking({ requests: { 'ephemeral-storage': '2' } }),
    asking({ requests: { 'ephemeral-storage': '1' } }),
    onlyCompute,
  ],
  ['the image too', asking(two, { image: 'j:1' }), asking(one), onlyCompute],
  [
    'what is done already',
    preparing('2'),
    preparing('1'),
    ['spec: Forbidden: resources for non-sidecar init containers are immutable'],
  ],
  [
    'more than the limit',
    asking({ requests: { cpu: '3' }, limits: { cpu: '2' } }),
    asking({ ...one, limits: { cpu: '2' } }),
    ['spec.containers[0].resources.requests: Invalid value: "3": must be less than or equal to cpu limit of 2'],
  ],
  [
    'another order',
    named('d', 'c'),
    named('c', 'd'),
    [0, 1].map(at => `spec.containers[${at}].name: Forbidden: containers may not be renamed or reordered on resize`),
  ],
  [
    'fewer',
    named('c'),
    named('c', 'd'),
    ['spec.containers: Forbidden: containers may not be added or removed on resize'],
  ],
  [
    'a node that cannot',
    asking(two),
    asking(one),
    ['spec: Forbidden: Pod running on node without support for resize'],
    { status: { containerStatuses: [{ name: 'c', state: { running: {} } }] } },
  ],
  ['static pods', {}, {}, ['[]: Forbidden: static pods cannot be resized'], mirror],
  ['other systems', {}, {}, ['[]: Forbidden: windows pods cannot be resized'], { os: { name: 'windows' } }],
  [
    'amounts of the whole pod',
    { resources: one },
    {},
    ['[]: Forbidden: pods with pod-level resources cannot be resized'],
  ],
];

/** Enough of it for these rows. */
const classOf = ({ spec }: Pod): string =>
  (spec.containers ?? []).some(({ resources }) => resources?.requests ?? resources?.limits)
    ? 'Burstable'
    : 'BestEffort';

for (const [why, now, before, told, more] of debugRows)
  test(`debugging: ${why}`, () => {
    assert.deepEqual(validateEphemeralUpdate(podOf(now, more), podOf(before, more)).map(sentence), told);
  });

for (const [why, now, before, told, more] of resizeRows)
  test(`resizing: ${why}`, () => {
    const system = more?.['os'] ? { os: more['os'] } : {};
    const [pod, old] = [podOf({ ...now, ...system }, more), podOf({ ...before, ...system }, more)];
    assert.deepEqual(validateResize(pod, old, classOf).map(sentence), told);
  });
