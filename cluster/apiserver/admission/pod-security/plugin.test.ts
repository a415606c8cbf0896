import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '@orrery/machinery/status';
import { testCluster } from '../../authorization/fixtures.ts';
import type { AdmissionAttributes, AdmissionOperation } from '../../types.ts';
import { namespaceWarnings, podSecurity } from './plugin.ts';

async function setup(labels: Record<string, string>) {
  const cluster = testCluster();
  const prefixed = (given: Record<string, string>) =>
    Object.fromEntries(Object.entries(given).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]));
  await cluster.put('namespaces', { metadata: { name: 'ns', labels: prefixed(labels) } });
  const send = async (
    operation: AdmissionOperation,
    resource: string,
    object: object,
    oldObject?: object,
  ): Promise<string[]> => {
    const [group = '', plural = '', subresource = ''] = resource.split('/');
    const told: string[] = [];
    const attributes = {
      operation,
      resource: { group, version: 'v1', resource: plural },
      subresource,
      namespace: plural === 'namespaces' ? '' : 'ns',
      name: 'ns',
      object,
      ...(oldObject && { oldObject }),
      reads: cluster.reads,
      warn: (text: string) => void told.push(text),
      annotate: (key: string, value: string) => void told.push(`${key.split('/')[1]}: ${value}`),
    } as unknown as AdmissionAttributes;
    if (!podSecurity.handles!(operation, attributes.resource, subresource)) return ['not asked'];
    try {
      await podSecurity.validate!(attributes);
    } catch (error) {
      assert.ok(error instanceof StatusError);
      return [`${error.code} ${error.message}`];
    }
    return told;
  };
  return { cluster, send, prefixed };
}

const pod = (privileged: boolean, image = 'i', name = 'p') => ({
  metadata: { name, namespace: 'ns' },
  spec: { containers: [{ name: 'c', image, securityContext: { privileged } }] },
});
const detail = 'privileged (container "c" must not set securityContext.privileged=true)';

test('pods are refused, workloads warned of', async () => {
  const { send } = await setup({ enforce: 'baseline', audit: 'baseline' });
  assert.deepEqual(await send('CREATE', '/pods', pod(false)), ['enforce-policy: baseline:latest']);
  assert.deepEqual(await send('CREATE', '/pods', pod(true)), [
    `403 pods "ns" is forbidden: violates PodSecurity "baseline:latest": ${detail}`,
  ]);
  const template = pod(true);
  const told = [
    `audit-violations: would violate PodSecurity "baseline:latest": ${detail}`,
    `would violate PodSecurity "baseline:latest": ${detail}`,
  ];
  assert.deepEqual(await send('CREATE', 'apps/deployments', { metadata: {}, spec: { template } }), told);
  assert.deepEqual(
    await send('CREATE', 'batch/cronjobs', { metadata: {}, spec: { jobTemplate: { spec: { template } } } }),
    told,
  );
  assert.deepEqual(await send('CREATE', '/podtemplates', { metadata: {}, template }), told);
  assert.deepEqual(await send('CREATE', '/replicationcontrollers', { metadata: {}, spec: {} }), []);
  assert.deepEqual(await send('UPDATE', 'apps/deployments/status', {}), ['not asked']);
  assert.deepEqual(await send('CREATE', '/configmaps', {}), ['not asked']);
});

test('of a pod that exists only what matters is judged again', async () => {
  const { send } = await setup({ enforce: 'baseline' });
  assert.deepEqual(
    await send('UPDATE', '/pods', { ...pod(true), metadata: { name: 'p', labels: { a: 'b' } } }, pod(true)),
    [],
  );
  assert.match((await send('UPDATE', '/pods', pod(true, 'other'), pod(true)))[0]!, /^403/);
  const debugged = {
    ...pod(false),
    spec: { ...pod(false).spec, ephemeralContainers: [{ name: 'e', securityContext: { privileged: true } }] },
  };
  assert.match(
    (await send('UPDATE', '/pods/ephemeralcontainers', debugged, pod(false)))[0]!,
    /container "e" must not set securityContext.privileged=true/,
  );
  for (const subresource of ['status', 'exec', 'binding', 'eviction'])
    assert.deepEqual(await send('UPDATE', `/pods/${subresource}`, pod(true)), ['not asked']);
});

test('labels of namespaces are checked, and pods that exist are told of', async () => {
  const { cluster, send, prefixed } = await setup({});
  await cluster.put('pods', pod(true));
  const namespace = (labels: Record<string, string>) => ({ metadata: { name: 'ns', labels: prefixed(labels) } });
  const refused =
    '422 Namespace "ns" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "bogus": must be one of privileged, baseline, restricted';
  assert.deepEqual(await send('CREATE', '/namespaces', namespace({ enforce: 'bogus' })), [refused]);
  assert.deepEqual(await send('UPDATE', '/namespaces', namespace({ enforce: 'bogus' }), namespace({})), [refused]);
  assert.deepEqual(
    await send('UPDATE', '/namespaces', namespace({ enforce: 'bogus' }), namespace({ enforce: 'bogus' })),
    [],
    'what was wrong before may stay',
  );
  assert.deepEqual(await send('UPDATE', '/namespaces', namespace({ enforce: 'baseline' }), namespace({})), [
    'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
    'p: privileged',
  ]);
  assert.deepEqual(
    await send('UPDATE', '/namespaces', namespace({ enforce: 'baseline' }), namespace({ enforce: 'restricted' })),
    [],
  );
  assert.deepEqual(await send('UPDATE', '/namespaces/status', namespace({})), ['not asked']);
});

test('warnings of a namespace count pods with the same reason', () => {
  const many = ['c', 'a', 'b'].map(name => pod(true, 'i', name));
  const warnings = namespaceWarnings('ns', { level: 'baseline', minor: Infinity }, many);
  assert.deepEqual(warnings.slice(1), ['a (and 2 other pods): privileged']);
  assert.deepEqual(namespaceWarnings('ns', { level: 'baseline', minor: Infinity }, many.slice(0, 2)).slice(1), [
    'a (and 1 other pod): privileged',
  ]);
  const crowd = Array.from({ length: 3001 }, (_, index) => pod(false, 'i', `p${index}`));
  assert.deepEqual(namespaceWarnings('ns', { level: 'baseline', minor: Infinity }, crowd), [
    'new PodSecurity enforce level only checked against the first 3000 of 3001 existing pods',
  ]);
});
