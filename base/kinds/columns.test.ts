import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { KubeObject } from '@orrery/machinery/meta';
import { decode } from '@orrery/machinery/schema';
import { cellsOf, columnsOf } from './columns.ts';
import type { Pod } from './types.data.ts';
import { catalogue, schemaOf } from './index.ts';
import { semanticsOf } from './semantics.ts';
import { readRecordings, referenceTest } from './testing/reference.ts';
import type { Step } from './testing/reference.ts';

type Json = Record<string, unknown>;

/** JSON merge patch, enough for the recorded status changes. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Json = { ...(typeof target === 'object' && target !== null ? (target as Json) : {}) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merge(result[name], value);
  }
  return result;
}

const resourceOf = (path: string): { group: string; version: string; resource: string; name: string | undefined } => {
  const [, root, ...rest] = path.split('?')[0]!.split('/');
  const [group, version] = root === 'api' ? ['', rest.shift()!] : [rest.shift()!, rest.shift()!];
  if (rest[0] === 'namespaces' && rest.length > 2) rest.splice(0, 2);
  return { group: group!, version: version!, resource: rest[0]!, name: rest[1] };
};

function stored(object: KubeObject, gvr: { group: string; version: string; resource: string }): KubeObject {
  const kind = catalogue.byResource(gvr)!;
  const { value } = decode(schemaOf(kind), {
    ...object,
    metadata: { creationTimestamp: new Date(0).toISOString(), ...object.metadata },
  });
  semanticsOf(gvr)!.defaults?.(value as KubeObject);
  return value as KubeObject;
}

/** Masked parts match anything. */
const matches = (expected: unknown, actual: unknown): boolean =>
  typeof expected === 'string' && /<(age|ip|port|time)>/.test(expected)
    ? new RegExp(`^${expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/<(age|ip|port|time)>/g, '.*')}$`).test(
        `${String(actual)}`,
      )
    : expected === actual;

/** What other parts of the server would have added before the Table was read. */
const skipped = new Set([
  'table-pod',
  'table-chunk',
  'table-create',
  'table-apiservice',
  'table-csr-approved',
  'table-certificatesigningrequest',
  'table-svc-lb',
  'table-svc-headless',
]);

function checkStep(step: Step, objects: Map<string, KubeObject>): string[] {
  const table = step.expect?.body as { kind?: string; columnDefinitions: Json[]; rows: { cells: unknown[] }[] };
  const gvr = resourceOf(step.path);
  const kind = { group: gvr.group, plural: gvr.resource };
  const columns = columnsOf(kind).map(({ description: _description, ...column }) => column);
  try {
    if (table.columnDefinitions) assert.deepEqual(columns, table.columnDefinitions);
  } catch {
    return [`columns ${JSON.stringify(columns)}`];
  }
  const object = objects.get(gvr.resource);
  if (!object || table.rows.length !== 1) return [];
  const cells = cellsOf(kind, object, 0);
  const expected = table.rows[0]!.cells;
  const same = cells.length === expected.length && expected.every((cell, at) => matches(cell, cells[at]));
  return same ? [] : [`got  ${JSON.stringify(cells)}\nwant ${JSON.stringify(expected)}`];
}

referenceTest('tables have upstream’s columns and cells', 'recorded/tables.jsonl', path => {
  const wrong: string[] = [];
  let compared = 0;
  for (const { id, steps } of readRecordings(path)) {
    const objects = new Map<string, KubeObject>();
    for (const step of steps) {
      if (!/^\/apis?\//.test(step.path) || step.path.includes('watch')) continue;
      const gvr = resourceOf(step.path);
      if (!catalogue.byResource(gvr)) continue;
      if (step.method === 'POST' && typeof step.body === 'object')
        objects.set(gvr.resource, stored(step.body as KubeObject, gvr));
      const before = objects.get(gvr.resource);
      if ((step.method === 'PATCH' || step.method === 'PUT') && before) {
        objects.set(gvr.resource, stored(merge(before, step.body) as KubeObject, gvr));
      }
      if ((step.expect?.body as Json | undefined)?.['kind'] !== 'Table' || skipped.has(id)) continue;
      compared++;
      wrong.push(...checkStep(step, objects).map(text => `${id} ${step.path}\n${text}`));
    }
  }
  assert.equal(wrong.join('\n'), '');
  assert.ok(compared > 80, `only ${compared} compared`);
});

const pod = (status: Pod['status'], extra: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: { name: 'x', creationTimestamp: '1970-01-01T00:00:00Z', ...extra },
  spec: {
    containers: [{ name: 'a' }, { name: 'b' }],
    initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }],
  },
  status,
});
const containerStatus = (name: string, fields: object) => ({
  name,
  image: '',
  imageID: '',
  ready: false,
  restartCount: 0,
  ...fields,
});

test('the status of a pod is the first thing that keeps it from running', () => {
  const cases: [string, Pod, [string, string, string]][] = [
    ['waiting to be scheduled', pod({ phase: 'Pending' }), ['0/3', 'Pending', '0']],
    ['evicted', pod({ phase: 'Failed', reason: 'Evicted' }), ['0/3', 'Evicted', '0']],
    [
      'first init container runs',
      pod({ phase: 'Pending', initContainerStatuses: [containerStatus('i', { state: { running: {} } })] }),
      ['0/3', 'Init:0/2', '0'],
    ],
    [
      'init container crashes',
      pod({
        phase: 'Pending',
        initContainerStatuses: [
          containerStatus('i', {
            restartCount: 3,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 1, finishedAt: '1970-01-01T00:00:00Z' } },
          }),
        ],
      }),
      ['0/3', 'Init:CrashLoopBackOff', '3 (60s ago)'],
    ],
    [
      'sidecar and one of two run',
      pod({
        phase: 'Running',
        initContainerStatuses: [
          containerStatus('i', { state: { terminated: { exitCode: 0 } } }),
          containerStatus('s', { ready: true, started: true, state: { running: {} } }),
        ],
        containerStatuses: [
          containerStatus('a', { ready: true, state: { running: {} } }),
          containerStatus('b', { restartCount: 1, state: { waiting: { reason: 'ErrImagePull' } } }),
        ],
      }),
      ['2/3', 'ErrImagePull', '1'],
    ],
    [
      'one of two has ended well, the other runs',
      pod({
        phase: 'Running',
        containerStatuses: [
          containerStatus('a', { state: { terminated: { exitCode: 0, reason: 'Completed' } } }),
          containerStatus('b', { ready: true, state: { running: {} } }),
        ],
      }),
      ['1/3', 'NotReady', '0'],
    ],
    ['going', pod({ phase: 'Running' }, { deletionTimestamp: '1970-01-01T00:00:00Z' }), ['0/3', 'Terminating', '0']],
    [
      'gone with its node',
      pod({ phase: 'Running', reason: 'NodeLost' }, { deletionTimestamp: '1970-01-01T00:00:00Z' }),
      ['0/3', 'Unknown', '0'],
    ],
  ];
  for (const [name, object, expected] of cases) {
    assert.deepEqual(cellsOf({ group: '', plural: 'pods' }, object, 60_000).slice(1, 4), expected, name);
  }
});

test('every column says what it shows', () => {
  const silent = catalogue.kinds.flatMap(kind =>
    columnsOf(kind).flatMap(({ name, description }) => (description === '' ? [`${kind.plural} ${name}`] : [])),
  );
  // Upstream looks this one up where it is not.
  assert.deepEqual(silent, ['runtimeclasses Handler']);
});

/** Columns that are described as fields are: table, column, type and field. */
const fieldDescriptions: readonly [plural: string, group: string, column: string, type: string, field: string][] = [
  ['pods', '', 'Name', 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'name'],
  ['secrets', '', 'Age', 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'creationTimestamp'],
  [
    'roles',
    'rbac.authorization.k8s.io',
    'Created At',
    'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
    'creationTimestamp',
  ],
  ['nodes', '', 'External-IP', 'io.k8s.api.core.v1.NodeStatus', 'addresses'],
  ['services', '', 'Cluster-IP', 'io.k8s.api.core.v1.ServiceSpec', 'clusterIP'],
  ['events', 'events.k8s.io', 'Subobject', 'io.k8s.api.core.v1.ObjectReference', 'fieldPath'],
  ['deployments', 'apps', 'Available', 'io.k8s.api.apps.v1.DeploymentStatus', 'availableReplicas'],
  ['csidrivers', 'storage.k8s.io', 'Modes', 'io.k8s.api.storage.v1.CSIDriverSpec', 'volumeLifecycleModes'],
  ['resourceslices', 'resource.k8s.io', 'Pool', 'io.k8s.api.resource.v1.ResourcePool', 'name'],
];

referenceTest('columns are described in the words of the fields they show', 'swagger-v1.34.json.gz', path => {
  const document = JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as {
    definitions: Record<string, { properties: Record<string, { description: string }> }>;
  };
  for (const [plural, group, column, type, name] of fieldDescriptions) {
    const found = columnsOf({ plural, group }).find(one => one.name === column);
    assert.equal(found?.description, document.definitions[type]!.properties[name]!.description, `${plural} ${column}`);
  }
});

test('a kind without a printer shows its name and when it was made', () => {
  assert.deepEqual(
    columnsOf({ group: 'x.y', plural: 'things' }).map(({ name, type }) => [name, type]),
    [
      ['Name', 'string'],
      ['Created At', 'date'],
    ],
  );
  assert.deepEqual(
    cellsOf({ group: 'x.y', plural: 'things' }, { metadata: { name: 'a', creationTimestamp: 't' } }, 0),
    ['a', 't'],
  );
});

type Row = readonly [why: string, table: string, object: Json, at: number, cell: unknown];

/** What a cell shows, by the name of a kind and the cell's place. */
const rows: readonly Row[] = [
  [
    'rules without a host are counted among those that are left out',
    'ingresses.networking.k8s.io',
    { spec: { rules: [{ host: 'a' }, {}, { host: 'b' }, { host: 'c' }, {}] } },
    2,
    'a,b,c + 2 more...',
  ],
  ['no host is any', 'ingresses.networking.k8s.io', { spec: { rules: [{}] } }, 2, '*'],
  [
    'a parent is shown with its group',
    'ipaddresses.networking.k8s.io',
    { spec: { parentRef: { group: 'Apps', resource: 'deployments', namespace: 'n', name: 'd' } } },
    1,
    'deployments.apps/n/d',
  ],
  [
    'a port without a number is its name',
    'endpointslices.discovery.k8s.io',
    { ports: [{ name: 'web' }, {}] },
    2,
    'web,*',
  ],
  [
    'subsets without addresses are nothing',
    'endpoints',
    { subsets: [{ notReadyAddresses: [{ ip: '1.2.3.4' }] }] },
    1,
    '',
  ],
  ['no subsets', 'endpoints', {}, 1, '<none>'],
  ['audiences, be they empty', 'csidrivers.storage.k8s.io', { spec: { tokenRequests: [{ audience: '' }] } }, 4, ''],
  ['no audiences', 'csidrivers.storage.k8s.io', { spec: {} }, 4, '<unset>'],
  [
    'parameters of any namespace',
    'validatingadmissionpolicybindings.admissionregistration.k8s.io',
    { spec: { policyName: 'p', paramRef: { name: 'x' } } },
    2,
    '*/x',
  ],
  [
    'parameters by their labels',
    'validatingadmissionpolicybindings.admissionregistration.k8s.io',
    {
      spec: {
        policyName: 'p',
        paramRef: {
          selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'k', operator: 'In', values: ['v', 'w'] }] },
        },
      },
    },
    2,
    '&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[v w],},},}',
  ],
  [
    'a claim that is not allocated is not reserved',
    'resourceclaims.resource.k8s.io',
    { spec: {}, status: { reservedFor: [{ uid: 'u' }] } },
    1,
    'pending',
  ],
  [
    'a default class of attributes',
    'volumeattributesclasses.storage.k8s.io',
    { metadata: { name: 'x', annotations: { 'volumeattributesclass.alpha.kubernetes.io/is-default-class': 'true' } } },
    0,
    'x (default)',
  ],
  [
    'an amount that a source leaves out',
    'horizontalpodautoscalers.autoscaling',
    {
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'd' },
        metrics: [
          { type: 'Pods', pods: { target: { averageValue: '1' } } },
          { type: 'External', external: { target: { value: '2' } } },
        ],
      },
      status: { currentMetrics: [{ type: 'Pods', pods: { current: {} } }] },
    },
    2,
    '<nil>/1, <unknown>/2',
  ],
  [
    'a component that is not said to be healthy',
    'componentstatuses',
    { conditions: [{ type: 'Healthy', status: 'Unknown' }] },
    1,
    'Unhealthy',
  ],
  [
    'a series without a last time',
    'events',
    { involvedObject: {}, series: { count: 3 }, lastTimestamp: '1970-01-01T00:00:00Z' },
    0,
    '<unknown>',
  ],
  ['a service of no known type', 'services', { spec: { type: 'X' } }, 3, '<unknown>'],
];

for (const [why, table, object, at, cell] of rows) {
  test(`${table}: ${why}`, () => {
    const [plural = '', ...group] = table.split('.');
    const given = { metadata: { name: 'x' }, ...object } as KubeObject;
    assert.equal(cellsOf({ plural, group: group.join('.') }, given, 0)[at], cell);
  });
}

test('the precedence of a flow schema is a text to clients', () => {
  const columns = columnsOf({ plural: 'flowschemas', group: 'flowcontrol.apiserver.k8s.io' });
  assert.equal(columns.find(({ name }) => name === 'MatchingPrecedence')!.type, 'string');
});
