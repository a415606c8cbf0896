import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@orrery/machinery/random';
import { StatusError } from '@orrery/machinery/status';
import { admitting } from './fixtures.ts';
import type { AnyObject } from './fixtures.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { admissionPlugins } from './plugins.ts';
import { serviceAccountAdmission } from './service-account.ts';

/** All plug-ins, in a namespace `ns` with its default account. */
async function setup() {
  const all = admitting(({ clock }) =>
    admissionPlugins({
      clock,
      random: seededRandom(1),
      authorizer: async () => ({ decision: 'no-opinion', reason: '' }),
      writer: { update: () => Promise.reject(new Error('there are no quotas here')) },
      storageProtection: true,
    }),
  );
  await all.cluster.put('namespaces', { metadata: { name: 'ns' }, status: { phase: 'Active' } });
  await all.cluster.put('serviceaccounts', { metadata: { name: 'default', namespace: 'ns' } });
  const pod = (spec: object, more: object = {}): AnyObject => ({
    metadata: { name: 'x', namespace: 'ns', ...more },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }], ...spec },
  });
  const specOf = async (spec: object) =>
    ((await all.send({ resource: '/pods', object: pod(spec) })) as AnyObject)['spec'] as Record<string, unknown>;
  const refusal = (spec: object, more: object = {}) => all.send({ resource: '/pods', object: pod(spec, more) });
  return { ...all, pod, specOf, refusal };
}

const bearing = (key: string, tolerationSeconds = 300) => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds,
});

test('NamespaceLifecycle', async () => {
  const { cluster, send } = admitting(() => [namespaceLifecycle]);
  await cluster.put('namespaces', {
    metadata: { name: 'ends', deletionTimestamp: '2026-01-01T00:00:00Z' },
    status: { phase: 'Terminating' },
  });
  await cluster.put('namespaces', { metadata: { name: 'ns' }, status: { phase: 'Active' } });
  const map = (namespace: string) => ({ metadata: { name: 'x', namespace } });
  const ending =
    '403 configmaps "x" is forbidden: unable to create new content in namespace ends because it is being terminated';
  assert.equal(await send({ resource: '/configmaps', object: map('ends') }), ending);
  assert.equal(await send({ resource: '/configmaps', object: map('absent') }), '404 namespaces "absent" not found');
  assert.equal(typeof (await send({ resource: '/configmaps', object: map('ns') })), 'object');
  assert.equal(
    typeof (await send({ operation: 'UPDATE', resource: '/configmaps', object: map('ends'), old: map('ends') })),
    'object',
  );
  assert.equal(await send({ operation: 'DELETE', resource: '/configmaps', old: map('absent') }), undefined);
  for (const name of ['default', 'kube-system', 'kube-public'])
    assert.equal(
      await send({ operation: 'DELETE', resource: '/namespaces', name }),
      `403 namespaces "${name}" is forbidden: this namespace may not be deleted`,
    );
  assert.equal(await send({ operation: 'DELETE', resource: '/namespaces', name: 'ns' }), undefined);
  const review = { resource: 'authorization.k8s.io/localsubjectaccessreviews', object: map('absent') };
  assert.equal(typeof (await send(review)), 'object');
  const attributes = {
    operation: 'CREATE',
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    namespace: 'ends',
    name: 'x',
    reads: cluster.reads,
  } as Parameters<NonNullable<typeof namespaceLifecycle.admit>>[0];
  await assert.rejects(
    async () => namespaceLifecycle.admit!(attributes),
    (error: StatusError) => {
      assert.deepEqual(error.details, {
        name: 'x',
        kind: 'configmaps',
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: 'namespace ends is being terminated',
            field: 'metadata.namespace',
          },
        ],
      });
      return true;
    },
  );
});

test('ServiceAccount: the token volume is upstream’s', async () => {
  const { specOf, cluster } = await setup();
  const spec = await specOf({ automountServiceAccountToken: true, initContainers: [{ name: 'i' }] });
  const [volume] = spec['volumes'] as [{ name: string }];
  assert.match(volume.name, /^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.deepEqual(volume, {
    name: volume.name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 420,
    },
  });
  const mount = { name: volume.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
  for (const list of ['containers', 'initContainers'])
    assert.deepEqual((spec[list] as { volumeMounts: unknown }[])[0]!.volumeMounts, [mount]);
  assert.deepEqual([spec['serviceAccountName'], spec['serviceAccount']], ['default', 'default']);

  const own = await specOf({
    automountServiceAccountToken: true,
    containers: [{ name: 'c', volumeMounts: [{ ...mount, name: 'mine' }] }],
  });
  assert.equal(own['volumes'], undefined);
  await cluster.put('serviceaccounts', {
    metadata: { name: 'quiet', namespace: 'ns' },
    automountServiceAccountToken: false,
    imagePullSecrets: [{ name: 'pull' }],
  });
  const quiet = await specOf({ automountServiceAccountToken: undefined, serviceAccountName: 'quiet' });
  assert.deepEqual([quiet['volumes'], quiet['imagePullSecrets']], [undefined, [{ name: 'pull' }]]);
  const mine = await specOf({ serviceAccountName: 'quiet', imagePullSecrets: [{ name: 'own' }] });
  assert.deepEqual(mine['imagePullSecrets'], [{ name: 'own' }]);
  const loud = await specOf({ automountServiceAccountToken: true, serviceAccountName: 'quiet' });
  assert.equal((loud['volumes'] as unknown[]).length, 1);
});

test('ServiceAccount: what is refused', async () => {
  const { refusal, cluster } = await setup();
  const mirror = { annotations: { 'kubernetes.io/config.mirror': 'h' } };
  const secret = { volumes: [{ name: 'v', secret: { secretName: 's' } }] };
  assert.equal(
    await refusal({ serviceAccountName: 'default' }, mirror),
    '403 pods "x" is forbidden: a mirror pod may not reference service accounts',
  );
  assert.equal(await refusal(secret, mirror), '403 pods "x" is forbidden: a mirror pod may not reference secrets');
  assert.equal(
    await refusal({ serviceAccountName: 'absent' }),
    '403 pods "x" is forbidden: error looking up service account ns/absent: serviceaccount "absent" not found',
  );
  await cluster.put('serviceaccounts', {
    metadata: { name: 'strict', namespace: 'ns', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
    secrets: [{ name: 'mine' }],
  });
  const strict = (spec: object) => refusal({ serviceAccountName: 'strict', ...spec });
  const because = 'is not allowed because service account strict does not reference that secret';
  assert.equal(await strict(secret), `403 pods "x" is forbidden: volume with secret.secretName="s" ${because}`);
  assert.equal(typeof (await strict({ volumes: [{ name: 'v', secret: { secretName: 'mine' } }] })), 'object');
  const env = {
    containers: [{ name: 'c', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }],
  };
  assert.equal(
    await strict(env),
    `403 pods "x" is forbidden: container c with envVar A referencing secret.secretName="s" ${because}`,
  );
});

test('ServiceAccount: the default account of a new namespace is waited for', async () => {
  const { cluster, send } = admitting(({ clock }) => [serviceAccountAdmission({ clock, random: seededRandom(1) })]);
  const pod = { metadata: { name: 'x', namespace: 'new' }, spec: { containers: [] } };
  const answer = send({ resource: '/pods', object: pod });
  for (let turn = 0; turn < 3; turn++) {
    await new Promise(resolve => setImmediate(resolve));
    cluster.clock.jump(200);
  }
  await cluster.put('serviceaccounts', { metadata: { name: 'default', namespace: 'new' } });
  for (let turn = 0; turn < 3; turn++) {
    await new Promise(resolve => setImmediate(resolve));
    cluster.clock.jump(200);
  }
  assert.equal(typeof (await answer), 'object');
});

test('DefaultTolerationSeconds', async () => {
  const { specOf } = await setup();
  const rows: [unknown, unknown][] = [
    [undefined, [bearing('not-ready'), bearing('unreachable')]],
    [[{ operator: 'Exists' }], [{ operator: 'Exists' }]],
    [[bearing('not-ready', 10)], [bearing('not-ready', 10), bearing('unreachable')]],
    [
      [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }],
      [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }, bearing('not-ready'), bearing('unreachable')],
    ],
  ];
  for (const [given, expected] of rows)
    assert.deepEqual((await specOf({ tolerations: given }))['tolerations'], expected);
});

test('Priority', async () => {
  const { specOf, refusal, cluster, send } = await setup();
  const picked = async (spec: object) => {
    const { priority, preemptionPolicy, priorityClassName } = await specOf(spec);
    return [priority, preemptionPolicy, priorityClassName];
  };
  const put = (name: string, more: object) =>
    cluster.put('scheduling.k8s.io/priorityclasses', { metadata: { name }, ...more });
  assert.deepEqual(await picked({}), [0, 'PreemptLowerPriority', undefined]);
  await put('c', { value: 77, preemptionPolicy: 'Never' });
  assert.deepEqual(await picked({ priorityClassName: 'c' }), [77, 'Never', 'c']);
  const computed = 'must not be provided in pod spec; priority admission controller computed';
  assert.equal(
    await refusal({ priorityClassName: 'c', preemptionPolicy: 'PreemptLowerPriority' }),
    `403 pods "x" is forbidden: the string value of PreemptionPolicy (PreemptLowerPriority) ${computed} Never from the given PriorityClass name`,
  );
  assert.equal(
    await refusal({ priority: 5 }),
    `403 pods "x" is forbidden: the integer value of priority (5) ${computed} 0 from the given PriorityClass name`,
  );
  assert.equal(
    await refusal({ priorityClassName: 'absent' }),
    '403 pods "x" is forbidden: no PriorityClass with name absent was found',
  );
  await put('gd', { value: 3, globalDefault: true });
  assert.deepEqual(await picked({}), [3, 'PreemptLowerPriority', 'gd']);
  const second = { metadata: { name: 'gd2' }, value: 2, globalDefault: true };
  assert.equal(
    await send({ resource: 'scheduling.k8s.io/priorityclasses', object: second }),
    '403 priorityclasses.scheduling.k8s.io "gd2" is forbidden: PriorityClass gd is already marked as default. Only one default can exist',
  );
  const same = { metadata: { name: 'gd' }, value: 3, globalDefault: true };
  assert.equal(
    typeof (await send({
      operation: 'UPDATE',
      resource: 'scheduling.k8s.io/priorityclasses',
      object: same,
      old: same,
    })),
    'object',
  );
});

test('RuntimeClass', async () => {
  const { specOf, refusal, cluster } = await setup();
  await cluster.put('node.k8s.io/runtimeclasses', {
    metadata: { name: 'r' },
    handler: 'h',
    overhead: { podFixed: { cpu: '10m' } },
    scheduling: { nodeSelector: { rt: 'y' }, tolerations: [{ key: 'rt', operator: 'Exists' }] },
  });
  const spec = await specOf({ runtimeClassName: 'r' });
  assert.deepEqual(spec['overhead'], { cpu: '10m' });
  assert.deepEqual(spec['nodeSelector'], { rt: 'y' });
  assert.deepEqual(spec['tolerations'], [
    bearing('not-ready'),
    bearing('unreachable'),
    { key: 'rt', operator: 'Exists' },
  ]);
  assert.equal(typeof (await refusal({ runtimeClassName: 'r', overhead: { cpu: '0.01' } })), 'object');
  const rows: [object, string][] = [
    [
      { runtimeClassName: 'r', overhead: { cpu: '20m' } },
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [
      { runtimeClassName: 'r', nodeSelector: { rt: 'n' } },
      'conflict: runtimeClass.scheduling.nodeSelector[rt] = y; pod.spec.nodeSelector[rt] = n',
    ],
    [{ overhead: { cpu: '1' } }, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'],
    [{ runtimeClassName: 'absent' }, 'pod rejected: RuntimeClass "absent" not found'],
  ];
  for (const [given, why] of rows) assert.equal(await refusal(given), `403 pods "x" is forbidden: ${why}`);
});

test('default classes, storage protection and growth', async () => {
  const { cluster, send } = await setup();
  const isDefault = (kind: string) => ({ [`${kind}.kubernetes.io/is-default-class`]: 'true' });
  const classOf = (name: string, kind: string, creationTimestamp: string) => ({
    metadata: { name, creationTimestamp, annotations: isDefault(kind) },
  });
  await cluster.put('storage.k8s.io/storageclasses', {
    ...classOf('old', 'storageclass', '2026-01-01T00:00:00Z'),
    allowVolumeExpansion: true,
  });
  await cluster.put('storage.k8s.io/storageclasses', classOf('new', 'storageclass', '2026-01-02T00:00:00Z'));
  await cluster.put('networking.k8s.io/ingressclasses', classOf('ic', 'ingressclass', '2026-01-02T00:00:00Z'));
  const claim = (spec: object) => ({ metadata: { name: 'x', namespace: 'ns' }, spec });
  const created = (await send({ resource: '/persistentvolumeclaims', object: claim({}) })) as AnyObject;
  assert.deepEqual(
    [created['spec'], created.metadata.finalizers],
    [{ storageClassName: 'new' }, ['kubernetes.io/pvc-protection']],
  );
  assert.deepEqual(
    ((await send({ resource: '/persistentvolumeclaims', object: claim({ storageClassName: '' }) })) as AnyObject)[
      'spec'
    ],
    { storageClassName: '' },
  );
  assert.deepEqual(
    ((await send({ resource: 'networking.k8s.io/ingresses', object: claim({}) })) as AnyObject)['spec'],
    { ingressClassName: 'ic' },
  );
  const sized = (storageClassName: string, storage: string) => ({
    ...claim({ storageClassName, resources: { requests: { storage } } }),
    status: { phase: 'Bound' },
  });
  const grow = (storageClassName: string, from: string, to: string) =>
    send({
      operation: 'UPDATE',
      resource: '/persistentvolumeclaims',
      object: sized(storageClassName, to),
      old: sized(storageClassName, from),
    });
  assert.equal(typeof (await grow('old', '1Gi', '2Gi')), 'object');
  assert.equal(typeof (await grow('new', '1Gi', '1024Mi')), 'object');
  assert.match((await grow('new', '1Gi', '2Gi')) as string, /must support resize$/);
});

test('TaintNodesByCondition', async () => {
  const { send } = await setup();
  const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  const other = { key: 'a', effect: 'NoExecute' };
  const taints = async (spec?: object) =>
    (
      ((await send({ resource: '/nodes', object: { metadata: { name: 'n' }, ...(spec && { spec }) } })) as AnyObject)[
        'spec'
      ] as { taints: unknown }
    ).taints;
  assert.deepEqual(await taints(), [taint]);
  assert.deepEqual(await taints({ taints: [taint, other] }), [taint, other]);
  assert.deepEqual(await taints({ taints: [other] }), [other, taint]);
});

test('LimitRanger', async () => {
  const { cluster, pod, send, refusal } = await setup();
  const limits = (...items: object[]) =>
    cluster.put('limitranges', { metadata: { name: 'l', namespace: 'ns' }, spec: { limits: items } });
  const resources = (value: object) => ({ containers: [{ name: 'c', resources: value }] });
  await limits({ type: 'Container', max: { cpu: '1' }, default: { cpu: '1' }, defaultRequest: { cpu: '1' } });
  const defaulted = (await send({ resource: '/pods', object: pod({}) })) as AnyObject & {
    spec: { containers: { resources: unknown }[] };
  };
  assert.deepEqual(defaulted.spec.containers[0]!.resources, { requests: { cpu: '1' }, limits: { cpu: '1' } });
  assert.deepEqual(defaulted.metadata.annotations, {
    'kubernetes.io/limit-ranger': 'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
  });
  const forbidden = '403 pods "x" is forbidden: ';
  assert.equal(
    await refusal(resources({ limits: { cpu: '2' } })),
    `${forbidden}maximum cpu usage per Container is 1, but limit is 2`,
  );
  await limits({ type: 'Container', maxLimitRequestRatio: { cpu: '2' } });
  assert.equal(
    await refusal(resources({ requests: { cpu: '1' }, limits: { cpu: '3' } })),
    `${forbidden}cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000`,
  );
  assert.equal(
    await refusal(resources({ requests: { cpu: '50m' }, limits: { cpu: '500m' } })),
    `${forbidden}cpu max limit to request ratio per Container is 2, but provided ratio is 10.000000`,
  );
  assert.equal(
    await refusal({}),
    `${forbidden}cpu max limit to request ratio per Container is 2, but no request is specified or request is 0`,
  );
  await limits({ type: 'Container', min: { cpu: '100m', memory: '1Mi' } });
  assert.equal(
    await refusal(resources({ requests: { cpu: '50m' } })),
    `${forbidden}[minimum cpu usage per Container is 100m, but request is 50m, minimum memory usage per Container is 1Mi.  No request is specified]`,
  );
  await limits({ type: 'Pod', max: { cpu: '1' } });
  const half = { resources: { limits: { cpu: '600m' } } };
  assert.equal(
    await refusal({
      containers: [
        { name: 'c', ...half },
        { name: 'd', ...half },
      ],
    }),
    `${forbidden}maximum cpu usage per Pod is 1, but limit is 1200m`,
  );
  assert.equal(
    typeof (await refusal({ initContainers: [{ name: 'i', ...half }], containers: [{ name: 'c', ...half }] })),
    'object',
  );
  const sidecar = {
    initContainers: [{ name: 'i', restartPolicy: 'Always', ...half }],
    containers: [{ name: 'c', ...half }],
  };
  assert.equal(await refusal(sidecar), `${forbidden}maximum cpu usage per Pod is 1, but limit is 1200m`);
  await limits({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } });
  const claim = (storage: string) =>
    send({
      resource: '/persistentvolumeclaims',
      object: { metadata: { name: 'a', namespace: 'ns' }, spec: { resources: { requests: { storage } } } },
    });
  assert.equal(
    await claim('5Gi'),
    '403 persistentvolumeclaims "a" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 5Gi',
  );
  assert.equal(
    await claim('1Mi'),
    '403 persistentvolumeclaims "a" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
  );
  assert.equal(typeof (await claim('2Gi')), 'object');
});
