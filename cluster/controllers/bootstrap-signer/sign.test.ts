import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiServer } from '@orrery/apiserver';
import { resources } from '@orrery/client/resources';
import type { ConfigMap, Secret } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { startTestControlPlane } from '../testing.ts';
import { detachedSignature, signed, signingToken } from './sign.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64');
const now = Date.parse('2026-01-01T00:00:00Z');

const token = (id: string, more: Record<string, string> = {}, name = `bootstrap-token-${id}`): Secret => {
  const values = { 'token-id': id, 'token-secret': 'secret', 'usage-bootstrap-signing': 'true', ...more };
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encode(value)]));
  return { metadata: { name, namespace: 'kube-system' }, data } as Secret;
};

// The function was held against upstream's own examples; this one is ours.
test('a signature is a JWS without what it signs, with the id of the token in its head', () => {
  const signature = detachedSignature('facts', 'abcdef', '0123456789abcdef');
  assert.equal(signature, 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..oALoh8123dfKqR2z-X1uQFdqAhG8GMTKoc92eEipIxw');
  const [head] = signature.split('.');
  assert.equal(Buffer.from(head!, 'base64url').toString(), '{"alg":"HS256","kid":"abcdef"}');
});

test('only whole tokens that are meant for it sign, for as long as they live', () => {
  const cases: [what: string, secret: Secret, signs: boolean][] = [
    ['a token', token('abcdef'), true],
    ['one that ends later', token('abcdef', { expiration: '2026-01-01T00:00:01Z' }), true],
    ['one that ended', token('abcdef', { expiration: '2026-01-01T00:00:00Z' }), false],
    ['one whose end cannot be read', token('abcdef', { expiration: 'soon' }), false],
    ['one for other uses', token('abcdef', { 'usage-bootstrap-signing': 'yes' }), false],
    ['one of another name', token('abcdef', {}, 'bootstrap-token-fedcba'), false],
    ['one without a name of a token', token('abcdef', {}, 'abcdef'), false],
    ['one without a secret', token('abcdef', { 'token-secret': '' }), false],
  ];
  for (const [what, secret, signs] of cases) assert.equal(signingToken(secret, now) !== undefined, signs, what);
});

test('signatures are added, made anew and taken away; what is right is left alone', () => {
  const map = { metadata: { name: 'cluster-info' }, data: { kubeconfig: 'facts', other: 'kept' } } as ConfigMap;
  const one = { id: 'aaaaaa', secret: 'one' };
  const two = { id: 'bbbbbb', secret: 'two' };
  const both = signed(map, [one, two])!;
  assert.deepEqual(Object.keys(both.data!).toSorted(), [
    'jws-kubeconfig-aaaaaa',
    'jws-kubeconfig-bbbbbb',
    'kubeconfig',
    'other',
  ]);
  assert.equal(signed(both, [two, one]), undefined);
  assert.deepEqual(signed(both, [])!.data, map.data);
  const other = signed({ ...both, data: { ...both.data, kubeconfig: 'new facts' } }, [one, two])!;
  assert.notEqual(other.data!['jws-kubeconfig-aaaaaa'], both.data!['jws-kubeconfig-aaaaaa']);
  assert.equal(signed({ ...map, data: { other: 'kept' } }, [one]), undefined, 'there is nothing to sign');
});

test('the map of a cluster follows its tokens', async () => {
  const store = createMemoryStore({ clock: systemClock });
  const server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog });
  await server.ready;
  const plane = startTestControlPlane(server.handler);
  const { client, eventually } = plane;
  for (const name of ['kube-public', 'kube-system'])
    await client
      .create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      .catch(() => {});
  const place = { name: 'cluster-info', namespace: 'kube-public' };
  await client.create(resources.configmaps, {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: place, data: { kubeconfig: 'facts' } },
  } as KubeObject);
  const secret = { apiVersion: 'v1', kind: 'Secret', type: 'bootstrap.kubernetes.io/token', ...token('abcdef') };
  await client.create(resources.secrets, secret);
  const signature = async () =>
    (await client.get<ConfigMap>(resources.configmaps, place.name, place)).data!['jws-kubeconfig-abcdef'];
  await eventually('a signature', async () => (await signature()) === detachedSignature('facts', 'abcdef', 'secret'));
  await client.delete(resources.secrets, 'bootstrap-token-abcdef', { namespace: 'kube-system' });
  await eventually('its end', async () => (await signature()) === undefined);
  await plane.stop();
  await server.close();
  await store.close();
});
