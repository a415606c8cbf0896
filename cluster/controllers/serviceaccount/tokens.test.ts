import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { createApiServer } from '@orrery/apiserver';
import { secretTokens, securityParts } from '@orrery/apiserver/security';
import { createClient } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Secret } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { orUndefined } from '@orrery/machinery/status';
import { createMemoryStore } from '@orrery/store/memory';
import { startTestControlPlane } from '../testing.ts';
import { filled, timeLeft } from './tokens.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

async function start() {
  const store = createMemoryStore({ clock: systemClock });
  const parts = securityParts({ serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 });
  const server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog, parts });
  await server.ready;
  const plane = startTestControlPlane(server.handler, { serviceAccountToken: secretTokens(serviceAccountKey) });
  const close = async () => {
    await plane.stop();
    await server.close();
    await store.close();
  };
  return { server, plane, close };
}

test('a Secret for a service account gets a token that works, and goes with the account', async () => {
  const { server, plane, close } = await start();
  const { client, eventually } = plane;
  const namespace = 'default';
  await client.create(resources.serviceaccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'robot', namespace },
  });
  const annotations = { 'kubernetes.io/service-account.name': 'robot' };
  const type = 'kubernetes.io/service-account-token';
  await client.create(resources.secrets, {
    ...{ apiVersion: 'v1', kind: 'Secret', type },
    metadata: { name: 'robot-token', namespace, annotations },
  } as KubeObject);
  const found = await eventually('the token', async () => {
    const secret = await client.get<Secret>(resources.secrets, 'robot-token', { namespace });
    return secret.data?.['token'] && secret;
  });
  const token = Buffer.from(found.data!['token']!, 'base64').toString();
  assert.equal(Buffer.from(found.data!['namespace']!, 'base64').toString(), namespace);
  assert.match(Buffer.from(found.data!['ca.crt']!, 'base64').toString(), /BEGIN CERTIFICATE/);
  const robot = createClient(request =>
    server.handler({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } }),
  );
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} };
  const answer = await robot.create(resources.selfsubjectreviews, review as KubeObject);
  const { userInfo } = (answer as KubeObject & { status: { userInfo: { username: string } } }).status;
  assert.equal(userInfo.username, 'system:serviceaccount:default:robot');
  const used = await eventually('the day of its use', async () => {
    const { metadata } = await client.get<Secret>(resources.secrets, 'robot-token', { namespace });
    return metadata.labels?.['kubernetes.io/legacy-token-last-used'];
  });
  assert.match(used, /^\d{4}-\d\d-\d\d$/);
  await client.delete(resources.serviceaccounts, 'robot', { namespace });
  await eventually(
    'the end of the Secret',
    async () => !(await orUndefined(client.get(resources.secrets, 'robot-token', { namespace }))),
  );
  await close();
});

test('a bootstrap token goes when its time is over, others stay', async () => {
  const { plane, close } = await start();
  const { client, eventually } = plane;
  const namespace = 'kube-system';
  const make = (id: string, expiration: string) =>
    client.create(resources.secrets, {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'bootstrap.kubernetes.io/token' },
      metadata: { name: `bootstrap-token-${id}`, namespace },
      stringData: { 'token-id': id, 'token-secret': '0123456789abcdef', ...(expiration && { expiration }) },
    } as KubeObject);
  await make('aaaaaa', '2099-01-01T00:00:00Z');
  await make('bbbbbb', '');
  await make('cccccc', '2020-01-01T00:00:00Z');
  const get = (id: string) => orUndefined(client.get(resources.secrets, `bootstrap-token-${id}`, { namespace }));
  await eventually('the end of the old one', async () => !(await get('cccccc')));
  assert.ok((await get('aaaaaa')) && (await get('bbbbbb')));
  await close();
});

test('what is there is kept, what is missing is filled in, and what is whole is left alone', () => {
  const account = { metadata: { name: 'a', uid: 'u' } } as KubeObject;
  const facts = { rootCertificates: 'CA', token: () => 'new' };
  const bare = { metadata: { name: 's', namespace: 'n' }, data: { token: 'b2xk', more: 'eA==' } } as unknown as Secret;
  const whole = filled(bare, account, facts)!;
  assert.deepEqual(whole.data, { token: 'b2xk', more: 'eA==', 'ca.crt': 'Q0E=', namespace: 'bg==' });
  assert.deepEqual(whole.metadata.annotations, { 'kubernetes.io/service-account.uid': 'u' });
  assert.equal(filled(whole, account, facts), undefined);
  assert.ok(filled(whole, account, { ...facts, rootCertificates: 'other' }));
  const until = (text: string) => ({ data: { expiration: Buffer.from(text).toString('base64') } }) as unknown as Secret;
  assert.equal(timeLeft(until('2030-01-01T00:00:00Z'), Date.parse('2029-12-31T23:59:59Z')), 1000);
  assert.equal(timeLeft(until('soon'), 5), 0);
  assert.equal(timeLeft({} as Secret, 5), undefined);
});
