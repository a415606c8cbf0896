/** Allow-lists by names of projects and services, as the policies that the cluster enforces. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import type { NamespaceNetworkPolicy, NetworkPeer } from '@orrery/platform-kinds';
import { eventually, iam, namesIn, startPeople, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { namesRule, planAllowed, type SelectorOf } from './allowed.ts';

interface Policy extends KubeObject {
  readonly spec: { readonly policyTypes: string[]; readonly ingress?: object[]; readonly egress?: object[] };
}

const selectors: SelectorOf = (namespace, name) => (namespace === 'a' && name === 'web' ? { app: 'web' } : undefined);
const named = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
const specOf = (spec: NamespaceNetworkPolicy['spec']) =>
  (planAllowed({ metadata: { name: 'n', namespace: 'p' }, spec }, selectors)[0]!.object as Policy).spec;

const peers: [string, NetworkPeer[], object[]][] = [
  ['a project', [{ namespace: { name: 'a' } }], [{ from: [{ namespaceSelector: named('a') }] }]],
  [
    'a service',
    [{ service: { name: 'web', namespace: 'a' } }],
    [{ from: [{ namespaceSelector: named('a'), podSelector: { matchLabels: { app: 'web' } } }] }],
  ],
  [
    'addresses',
    [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
    [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }],
  ],
  ['a service that is not there: nobody, and never everybody', [{ service: { name: 'x', namespace: 'a' } }], []],
  [
    'a service that is not there beside a project',
    [{ service: { name: 'x', namespace: 'a' } }, { namespace: { name: 'a' } }],
    [{ from: [{ namespaceSelector: named('a') }] }],
  ],
  ['nobody named: everybody, as in native policies', [], [{}]],
];
for (const [what, from, expected] of peers)
  test(`who gets in by ${what}`, () => assert.deepEqual(specOf({ ingress: [{ from }] }).ingress, expected));

test('ports are kept; which sides are closed follows from what is listed', () => {
  const port = { port: 80, protocol: 'TCP' };
  assert.deepEqual(specOf({ egress: [{ to: [{ namespace: { name: 'a' } }], ports: [port] }] }), {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [{ to: [{ namespaceSelector: named('a') }], ports: [port] }, namesRule],
  });
  assert.deepEqual(specOf({}), { podSelector: {}, policyTypes: ['Ingress'], ingress: [] });
  assert.deepEqual(specOf({ ingress: [], egress: [] }).policyTypes, ['Ingress', 'Egress']);
  assert.deepEqual(specOf({ ingress: [{}], policyTypes: ['Egress'] }), {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [namesRule],
  });
});

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;
const native = (namespace: string) =>
  `/apis/network.kubesphere.io/v1alpha1/namespaces/${namespace}/namespacenetworkpolicies`;

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'dan']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.workspace('w2', 'dan');
  for (const name of ['p1', 'p2']) await people.project('ann', 'w1', name);
  await people.project('dan', 'w2', 'q1');
  await people.invite('ann', 'w1', 'ben', 'w1-regular');
  await people.done('ann', 'POST', `${iam}/namespaces/p1/members`, [{ username: 'ben', roleRef: 'viewer' }]);
  for (const [who, namespace] of [
    ['ann', 'p2'],
    ['dan', 'q1'],
  ] as const)
    await people.done(who, 'POST', `/api/v1/namespaces/${namespace}/services`, {
      metadata: { name: 'web' },
      spec: { selector: { app: `web-${namespace}` }, ports: [{ port: 80 }] },
    });
});
after(async () => {
  await platform.close();
  await cluster.close();
});

const policyIn = async (name = 'nsnp-front') =>
  (await cluster.client.get<Policy>(resources.networkpolicies, name, { namespace: 'p1' }).catch(() => undefined))?.spec;

const front = (...from: NetworkPeer[]) => ({
  apiVersion: 'network.kubesphere.io/v1alpha1',
  kind: 'NamespaceNetworkPolicy',
  metadata: { name: 'front' },
  spec: { ingress: [{ from }] },
});
const inW1 = { service: { name: 'web', namespace: 'p2' } };
const inW2 = { service: { name: 'web', namespace: 'q1' } };

test('a project’s people say whom it lets in, by the native API; who only reads does not', async () => {
  assert.equal(await people.status('ben', 'POST', native('p1'), front(inW1)), 403);
  assert.equal(await people.status('dan', 'POST', native('p1'), front(inW1)), 403);
  await people.done('ann', 'POST', native('p1'), front(inW1));
  assert.equal(await people.status('ben', 'GET', `${native('p1')}/front`), 200);
  const expected = [{ from: [{ namespaceSelector: named('p2'), podSelector: { matchLabels: { app: 'web-p2' } } }] }];
  await eventually('a policy', async () => JSON.stringify((await policyIn())?.ingress) === JSON.stringify(expected));
});

test('ranges of addresses are checked by the cluster, which names the field', async () => {
  const blocks: [ipBlock: NonNullable<NetworkPeer['ipBlock']>, field: string][] = [
    [{ cidr: 'nonsense' }, 'spec.ingress[0].from[0].ipBlock.cidr'],
    [{ cidr: '10.0.0.1' }, 'spec.ingress[0].from[0].ipBlock.cidr'],
    [{ cidr: '10.0.0.0/8', except: ['10.0.0.0/8', '10.0.0.0/33'] }, 'spec.ingress[0].from[0].ipBlock.except[1]'],
  ];
  for (const [ipBlock, field] of blocks) {
    const { status, text } = await people.as('ann', 'POST', native('p1'), front({ ipBlock }));
    assert.equal(status, 422, text);
    const value = ipBlock.except?.[1] ?? ipBlock.cidr;
    assert.ok(text.includes(`${field} in body must be of type cidr: \\"${value}\\"`), text);
  }
});

test('exceptions are listed to the people of the project, and to nobody else', async () => {
  const listed = `/kapis/network.kubesphere.io/v1alpha1/namespaces/p1/namespacenetworkpolicies`;
  for (const who of ['ann', 'ben']) assert.deepEqual(namesIn(await people.done(who, 'GET', listed)), ['front']);
  assert.equal(await people.status('dan', 'GET', listed), 403);
});

test('the policy follows the service, comes back when it is removed, and goes with what it follows from', async () => {
  await people.patch('ann', '/api/v1/namespaces/p2/services/web', { spec: { selector: { app: 'other' } } });
  await eventually('it follows', async () => JSON.stringify((await policyIn())?.ingress).includes('other'));
  await cluster.client.delete(resources.networkpolicies, 'nsnp-front', { namespace: 'p1' });
  await eventually('it is back', async () => (await policyIn()) !== undefined);
  await people.done('ann', 'DELETE', `${native('p1')}/front`);
  await eventually('it is gone', async () => (await policyIn()) === undefined);
});

test('P2 services of others stay unknown: naming one lets nobody in, and does not tell whether it is there', async () => {
  for (const peer of [inW2, { service: { name: 'none', namespace: 'q1' } }]) {
    await people.done('ann', 'POST', native('p1'), front(peer));
    await eventually('a policy', async () => (await policyIn()) !== undefined);
    const { ingress = [], policyTypes } = (await policyIn())!;
    assert.deepEqual({ ingress, policyTypes }, { ingress: [], policyTypes: ['Ingress'] });
    await people.done('ann', 'DELETE', `${native('p1')}/front`);
    await eventually('it is gone', async () => (await policyIn()) === undefined);
  }
});
