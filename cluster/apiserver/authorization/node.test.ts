import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserInfo } from '@orrery/http';
import type { AuthorizationAttributes } from '../types.ts';
import { testCluster } from './fixtures.ts';
import { NodeGraph, followNodeObjects } from './node-graph.ts';
import { nodeAuthorizer, nodeOf, selects } from './node.ts';

const node: UserInfo = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };

/** `verb group/resource/subresource namespace name selector`; `-` stands for nothing. */
function ask(text: string): AuthorizationAttributes {
  const [verb = '', what = '', namespace = '', name = '', fieldSelector] = text
    .split(' ')
    .map(part => (part === '-' ? '' : part));
  const [apiGroup = '', resource = '', subresource = ''] = what.split('/');
  return {
    verb,
    isResourceRequest: true,
    path: '',
    apiGroup,
    apiVersion: 'v1',
    resource,
    subresource,
    namespace,
    name,
    ...(fieldSelector && { fieldSelector }),
  };
}

async function setup() {
  const cluster = testCluster();
  const graph = new NodeGraph();
  const stop = await followNodeObjects(graph, cluster.reads);
  const authorizer = nodeAuthorizer(graph, cluster.clock);
  const decide = async (text: string, user = node) => {
    const { decision, reason } = await authorizer(user, ask(text));
    return decision === 'allow' ? 'allow' : reason;
  };
  return { cluster, decide, stop };
}

const unrelated = "no relationship found between node 'n1' and this object";

test('who is a node', () => {
  assert.equal(nodeOf(node), 'n1');
  assert.equal(nodeOf({ name: 'system:node:', groups: ['system:nodes'] }), '');
  assert.equal(nodeOf({ name: 'system:node:n1', groups: [] }), undefined);
  assert.equal(nodeOf({ name: 'n1', groups: ['system:nodes'] }), undefined);
});

test('field selectors count only where they demand equality', () => {
  const rows: [string | undefined, boolean][] = [
    ['spec.nodeName=n1', true],
    ['spec.nodeName==n1', true],
    ['a=b,spec.nodeName=n1', true],
    ['spec.nodeName!=n1', false],
    ['spec.nodeName=n2', false],
    ['xspec.nodeName=n1', false],
    [undefined, false],
  ];
  for (const [selector, expected] of rows) assert.equal(selects(selector, 'spec.nodeName', 'n1'), expected, selector);
});

test('a node reads what its own pods refer to, as long as they are its own', async () => {
  const { cluster, decide, stop } = await setup();
  const spec = {
    nodeName: 'n1',
    serviceAccountName: 'sa',
    imagePullSecrets: [{ name: 'pull' }],
    containers: [
      {
        name: 'c',
        env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } }],
        envFrom: [{ configMapRef: { name: 'from' } }],
      },
    ],
    initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 'init' } }] }],
    volumes: [
      { name: 'a', secret: { secretName: 'vol' } },
      { name: 'b', projected: { sources: [{ configMap: { name: 'root-ca' } }, { secret: { name: 'projected' } }] } },
      { name: 'c', persistentVolumeClaim: { claimName: 'claim' } },
      { name: 'd', ephemeral: {} },
    ],
  };
  const pod = { metadata: { name: 'p', namespace: 'ns' }, spec };
  const related = ['pull', 'env', 'init', 'vol', 'projected'].map(name => `get /secrets ns ${name}`);
  related.push(
    'get /configmaps ns from',
    'watch /configmaps ns root-ca',
    'get /persistentvolumeclaims ns claim',
    'get /persistentvolumeclaims ns p-d',
  );
  related.push(
    'create /serviceaccounts/token ns sa',
    'get /pods ns p',
    'update /persistentvolumeclaims/status ns claim',
  );
  for (const text of related) assert.equal(await decide(text), unrelated, text);
  await cluster.put('pods', pod);
  for (const text of related) assert.equal(await decide(text), 'allow', text);
  assert.equal(await decide('get /secrets other vol'), unrelated);
  assert.equal(await decide('get /secrets ns else'), unrelated);

  await cluster.put('persistentvolumes', {
    metadata: { name: 'pv' },
    spec: {
      claimRef: { namespace: 'ns', name: 'claim' },
      csi: { driver: 'd', nodePublishSecretRef: { name: 'volsec', namespace: 'sys' } },
    },
  });
  assert.equal(await decide('get /persistentvolumes - pv'), 'allow');
  assert.equal(await decide('get /secrets sys volsec'), 'allow');

  await cluster.put('pods', { ...pod, spec: { ...spec, nodeName: 'n2' } });
  for (const text of [...related, 'get /persistentvolumes - pv', 'get /secrets sys volsec'])
    assert.equal(await decide(text), unrelated, text);
  await cluster.put('pods', pod);
  await cluster.remove('pods', 'ns', 'p');
  for (const text of related) assert.equal(await decide(text), unrelated, text);
  stop();
});

test('two pods share a Secret: it stays readable until both are gone; mirror pods open nothing', async () => {
  const { cluster, decide, stop } = await setup();
  const pod = (name: string, annotations?: Record<string, string>) => ({
    metadata: { name, namespace: 'ns', ...(annotations && { annotations }) },
    spec: { nodeName: 'n1', volumes: [{ name: 'a', secret: { secretName: 's' } }] },
  });
  await cluster.put('pods', pod('m', { 'kubernetes.io/config.mirror': 'h' }));
  assert.equal(await decide('get /secrets ns s'), unrelated);
  assert.equal(await decide('get /pods ns m'), 'allow');
  await cluster.put('pods', pod('a'));
  await cluster.put('pods', pod('b'));
  await cluster.remove('pods', 'ns', 'a');
  assert.equal(await decide('get /secrets ns s'), 'allow');
  await cluster.remove('pods', 'ns', 'b');
  assert.equal(await decide('get /secrets ns s'), unrelated);
  stop();
});

test('what else a node may do', async () => {
  const { cluster, decide, stop } = await setup();
  await cluster.put('resource.k8s.io/resourceslices', { metadata: { name: 'mine' }, spec: { nodeName: 'n1' } });
  await cluster.put('storage.k8s.io/volumeattachments', { metadata: { name: 'va' }, spec: { nodeName: 'n1' } });
  const rows: [string, string][] = [
    ['list /secrets ns -', 'No Object name found'],
    ['create /secrets ns x', 'can only read resources of this type'],
    ['get /secrets - x', 'can only read namespaced object of this type'],
    ['list /pods - - spec.nodeName=n1', 'allow'],
    ['list /pods - - spec.nodeName=n2', 'can only list/watch pods with spec.nodeName field selector'],
    ['watch /pods ns -', 'can only list/watch pods with spec.nodeName field selector'],
    ['create /pods ns -', 'allow'],
    ['delete /pods ns p', 'allow'],
    ['patch /pods/status ns p', 'allow'],
    ['create /pods/eviction ns p', 'allow'],
    ['create /pods/binding ns p', ''],
    ['create /nodes - -', 'allow'],
    ['get /nodes - n1', 'allow'],
    ['get /nodes - n2', "node 'n1' cannot read 'n2', only its own Node object"],
    ['list /nodes - -', "node 'n1' cannot read all nodes, only its own Node object"],
    ['delete /nodes - n1', ''],
    ['update /nodes/status - n1', 'allow'],
    ['update coordination.k8s.io/leases kube-node-lease n1', 'allow'],
    [
      'update coordination.k8s.io/leases kube-node-lease n2',
      'can only access node lease with the same name as the requesting node',
    ],
    ['get coordination.k8s.io/leases ns n1', 'can only access leases in the "kube-node-lease" system namespace'],
    [
      'list coordination.k8s.io/leases kube-node-lease -',
      'can only get, create, update, patch, or delete a node lease',
    ],
    ['get storage.k8s.io/csinodes - n2', 'can only access CSINode with the same name as the requesting node'],
    ['get storage.k8s.io/volumeattachments - va', 'allow'],
    ['get storage.k8s.io/volumeattachments - vb', unrelated],
    ['delete resource.k8s.io/resourceslices - mine', 'allow'],
    ['delete resource.k8s.io/resourceslices - theirs', unrelated],
    ['create /events ns -', 'allow'],
    ['list /services - -', 'allow'],
    ['create authentication.k8s.io/tokenreviews - -', 'allow'],
    ['list apps/deployments ns -', ''],
  ];
  for (const [text, expected] of rows) assert.equal(await decide(text), expected, text);
  assert.equal(
    await decide('get /nodes - n1', { name: 'system:node:', groups: ['system:nodes'] }),
    'unknown node for user "system:node:"',
  );
  assert.equal(await decide('get /nodes - n1', { name: 'alice', groups: [] }), '');
  stop();
});

test('a pod’s many changes are read once, when somebody asks', async () => {
  const { cluster, decide, stop } = await setup();
  let reads = 0;
  const graph = new NodeGraph();
  for (let turn = 0; turn < 1000; turn++) graph.defer('pod', 'ns', `p${turn % 10}`, () => void reads++);
  assert.equal(reads, 0);
  await graph.settle(cluster.clock);
  assert.equal(reads, 10);
  const slow = new NodeGraph();
  for (let turn = 0; turn < 600; turn++) slow.defer('pod', 'ns', `p${turn}`, () => void reads++);
  const settled = slow.settle(cluster.clock);
  assert.equal(reads, 10 + 256, 'the rest waits for the loop to breathe');
  for (let turn = 0; turn < 3; turn++) {
    cluster.clock.jump(1);
    await new Promise(resolve => setImmediate(resolve));
  }
  await settled;
  assert.equal(reads, 610);
  assert.equal(await decide('get /secrets ns x'), unrelated);
  stop();
});
