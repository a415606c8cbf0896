import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserInfo } from '@orrery/http';
import { admitting } from './fixtures.ts';
import type { AnyObject, TestWrite } from './fixtures.ts';
import { changedLabels, forbiddenLabels } from './node-labels.ts';
import { nodeRestriction } from './node-restriction.ts';

const user: UserInfo = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };

function setup() {
  const asked: string[] = [];
  const all = admitting(() => [
    nodeRestriction({
      authorizer: async (_, { verb, resource }) => {
        asked.push(`${verb} ${resource}`);
        return { decision: resource === 'https://allowed' ? 'allow' : 'no-opinion', reason: '' };
      },
    }),
  ]);
  const send = async (write: TestWrite) => {
    const answer = await all.send({ user, ...write });
    return typeof answer === 'string' ? answer.replace(/^403 \S+ "[^"]*" is forbidden: /, '') : 'admitted';
  };
  return { cluster: all.cluster, send, asked };
}

test('the labels that are a kubelet’s', () => {
  const rows: [string, boolean][] = [
    ['example.com/a', true],
    ['plain', true],
    ['kubernetes.io/arch', true],
    ['topology.kubernetes.io/zone', true],
    ['kubelet.kubernetes.io/x', true],
    ['a.node.kubernetes.io/x', true],
    ['foo.kubernetes.io/a', false],
    ['kubernetes.io/other', false],
    ['k8s.io/x', false],
    ['node-restriction.kubernetes.io/a', false],
    ['a.node-restriction.kubernetes.io/a', false],
    ['notkubernetes.io/a', true],
  ];
  for (const [label, mine] of rows) assert.deepEqual(forbiddenLabels([label]), mine ? [] : [label], label);
  assert.deepEqual(changedLabels({ a: '1', b: '2' }, { a: '1', c: '3' }).toSorted(), ['b', 'c']);
});

test('a node writes itself only, and neither taints nor foreign labels nor owners', async () => {
  const { send } = setup();
  const node = (metadata: object = {}, spec: object = {}): AnyObject => ({
    metadata: { name: 'n1', ...metadata },
    spec,
  });
  const update = (object: AnyObject, old = node()) => send({ operation: 'UPDATE', resource: '/nodes', object, old });
  assert.equal(await send({ resource: '/nodes', object: node() }), 'admitted');
  assert.equal(
    await send({ resource: '/nodes', object: node({ name: 'n2' }) }),
    'node "n1" is not allowed to modify node "n2"',
  );
  assert.equal(
    await send({ resource: '/nodes', object: node({ labels: { 'k8s.io/b': '', 'k8s.io/a': '' } }) }),
    'node "n1" is not allowed to set the following labels: k8s.io/a, k8s.io/b',
  );
  assert.equal(
    await update(node({ labels: { 'node-restriction.kubernetes.io/a': 'b' } })),
    'is not allowed to modify labels: node-restriction.kubernetes.io/a',
  );
  assert.equal(await update(node({ labels: { 'example.com/a': 'b', 'kubernetes.io/arch': 'amd64' } })), 'admitted');
  const tainted = node({}, { taints: [{ key: 'a', effect: 'NoSchedule' }] });
  assert.equal(await update(node({}, { taints: [] }), tainted), 'node "n1" is not allowed to modify taints');
  assert.equal(await update(node({}, { taints: [] })), 'admitted');
  assert.equal(
    await update(node({ ownerReferences: [{ uid: 'u' }] })),
    'node "n1" is not allowed to modify ownerReferences',
  );
  const other = { metadata: { name: 'n2' } };
  assert.equal(
    await send({ operation: 'UPDATE', resource: '/nodes/status', object: other, old: other }),
    'node "n1" is not allowed to modify node "n2"',
  );
  assert.equal(await send({ user: { name: 'alice', groups: [] }, resource: '/nodes', object: other }), 'admitted');
  assert.match(
    await send({ user: { name: 'system:node:', groups: ['system:nodes'] }, resource: '/nodes', object: other }),
    /could not determine node from user "system:node:"/,
  );
});

test('a node creates its own mirror pods only, which refer to nothing', async () => {
  const { cluster, send } = setup();
  await cluster.put('nodes', { metadata: { name: 'n1', uid: 'uid-1' } });
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'uid-1', controller: true };
  const mirror = (spec: object = {}, metadata: object = {}): AnyObject => ({
    metadata: {
      name: 'p',
      namespace: 'ns',
      annotations: { 'kubernetes.io/config.mirror': 'h' },
      ownerReferences: [owner],
      ...metadata,
    },
    spec: { nodeName: 'n1', containers: [], ...spec },
  });
  const volume = (source: object) => ({ volumes: [{ name: 'v', ...source }] });
  const rows: [AnyObject, string][] = [
    [mirror(), 'admitted'],
    [
      mirror({}, { annotations: {} }),
      'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    ],
    [mirror({ nodeName: 'n2' }), 'node "n1" can only create pods with spec.nodeName set to itself'],
    [mirror({}, { ownerReferences: [] }), 'node "n1" can only create pods with an owner reference set to itself'],
    [
      mirror({}, { ownerReferences: [owner, owner] }),
      'node "n1" can only create pods with a single owner reference set to itself',
    ],
    [
      mirror({}, { ownerReferences: [{ ...owner, controller: false }] }),
      'node "n1" can only create pods with a controller owner reference set to itself',
    ],
    [mirror({}, { ownerReferences: [{ ...owner, uid: 'other' }] }), 'node n1 UID mismatch: expected other got uid-1'],
    [
      mirror({}, { ownerReferences: [{ ...owner, blockOwnerDeletion: true }] }),
      'node "n1" must not set blockOwnerDeletion on an owner reference',
    ],
    [mirror({ serviceAccountName: 'sa' }), 'node "n1" can not create pods that reference a service account'],
    [mirror(volume({ secret: { secretName: 's' } })), 'node "n1" can not create pods that reference secrets'],
    [mirror(volume({ configMap: { name: 's' } })), 'node "n1" can not create pods that reference configmaps'],
    [
      mirror(volume({ persistentVolumeClaim: { claimName: 's' } })),
      'node "n1" can not create pods that reference persistentvolumeclaims',
    ],
    [mirror({ resourceClaims: [{ name: 'r' }] }), 'node "n1" can not create pods that reference resourceclaims'],
  ];
  for (const [object, expected] of rows) assert.equal(await send({ resource: '/pods', object }), expected);
});

test('a node touches only the pods that it runs', async () => {
  const { cluster, send } = setup();
  const pod = (nodeName: string, more: object = {}): AnyObject => ({
    metadata: { name: 'p', namespace: 'ns', ...more },
    spec: { nodeName },
  });
  const status = (old: AnyObject, object: AnyObject) =>
    send({ operation: 'UPDATE', resource: '/pods/status', object, old });
  assert.equal(await status(pod('n1'), pod('n1')), 'admitted');
  assert.equal(
    await status(pod('n2'), pod('n2')),
    'node "n1" can only update pod status for pods with spec.nodeName set to itself',
  );
  assert.equal(
    await status(pod('n1'), pod('n1', { labels: { a: 'b' } })),
    'node "n1" cannot update labels through pod status',
  );
  assert.equal(await send({ operation: 'DELETE', resource: '/pods', old: pod('n1') }), 'admitted');
  assert.equal(
    await send({ operation: 'DELETE', resource: '/pods', old: pod('n2') }),
    'node "n1" can only delete pods with spec.nodeName set to itself',
  );
  assert.match(
    await send({ operation: 'UPDATE', resource: '/pods', object: pod('n1'), old: pod('n1') }),
    /^unexpected operation "UPDATE"/,
  );
  assert.match(
    await send({ operation: 'UPDATE', resource: '/pods/resize', object: pod('n1'), old: pod('n1') }),
    /^unexpected pod subresource "resize"/,
  );
  await cluster.put('pods', pod('n2'));
  assert.equal(
    await send({ resource: '/pods/eviction', object: { metadata: { name: 'p', namespace: 'ns' } } }),
    'node n1 can only evict pods with spec.nodeName set to itself',
  );
});

test('a node asks for tokens of its pods, for their audiences', async () => {
  const { cluster, send, asked } = setup();
  const volumes = [
    {
      name: 'v',
      projected: {
        sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }, { serviceAccountToken: { path: 'u' } }],
      },
    },
  ];
  await cluster.put('pods', {
    metadata: { name: 'mine', namespace: 'ns', uid: 'u1' },
    spec: { nodeName: 'n1', volumes },
  });
  await cluster.put('pods', { metadata: { name: 'theirs', namespace: 'ns', uid: 'u2' }, spec: { nodeName: 'n2' } });
  const ask = (spec: object) =>
    send({ resource: '/serviceaccounts/token', name: 'default', namespace: 'ns', object: { metadata: {}, spec } });
  const bound = (name: string, uid: string) => ({
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, ...(uid && { uid }) },
  });
  const rows: [object, string | RegExp][] = [
    [{}, 'node requested token not bound to a pod'],
    [bound('mine', ''), 'node requested token with a pod binding without a uid'],
    [bound('mine', 'old'), /^the UID in the bound object reference \(old\) does not match the UID in record/],
    [bound('theirs', 'u2'), 'node requested token bound to a pod scheduled on a different node'],
    [bound('absent', 'u'), '404 pods "absent" not found'],
    [bound('mine', 'u1'), 'admitted'],
    [{ ...bound('mine', 'u1'), audiences: ['vault'] }, 'admitted'],
    [{ ...bound('mine', 'u1'), audiences: ['https://allowed'] }, 'admitted'],
    [
      { ...bound('mine', 'u1'), audiences: ['https://other'] },
      /^audience "https:\/\/other" not found in pod spec volume/,
    ],
  ];
  for (const [spec, expected] of rows) {
    const answer = await ask(spec);
    if (typeof expected === 'string') assert.equal(answer, expected);
    else assert.match(answer, expected);
  }
  assert.deepEqual(asked, [
    'request-serviceaccounts-token-audience https://allowed',
    'request-serviceaccounts-token-audience https://other',
  ]);
});

test('leases, CSI nodes and claims', async () => {
  const { send } = setup();
  const lease = (name: string, namespace = 'kube-node-lease') =>
    send({ resource: 'coordination.k8s.io/leases', object: { metadata: { name, namespace } } });
  assert.equal(await lease('n1'), 'admitted');
  assert.equal(await lease('n2'), 'can only access node lease with the same name as the requesting node');
  assert.equal(await lease('n1', 'ns'), 'can only access leases in the "kube-node-lease" system namespace');
  assert.equal(
    await send({ resource: 'storage.k8s.io/csinodes', object: { metadata: { name: 'n2' } } }),
    'can only access CSINode with the same name as the requesting node',
  );
  const claim = (status: object, labels?: object) => ({
    metadata: { name: 'c', namespace: 'ns', ...(labels && { labels: labels as Record<string, string> }) },
    spec: {},
    status,
  });
  const update = (object: AnyObject) =>
    send({ operation: 'UPDATE', resource: '/persistentvolumeclaims/status', object, old: claim({ phase: 'Bound' }) });
  assert.equal(await update(claim({ phase: 'Bound', capacity: { storage: '2Gi' } })), 'admitted');
  assert.match(await update(claim({ phase: 'Lost' })), /^node "n1" is not allowed to update fields other than/);
  assert.match(
    await update(claim({ phase: 'Bound' }, { a: 'b' })),
    /^node "n1" is not allowed to update fields other than/,
  );
});
