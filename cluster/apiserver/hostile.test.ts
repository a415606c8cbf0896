/** What nobody should be able to do with a request, whoever they are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore } from '@orrery/store/memory';
import { StoreUnavailableError } from '@orrery/store';
import type { Store } from '@orrery/store';
import { systemClock } from '@orrery/machinery/clock';
import { seededRandom } from '@orrery/machinery/random';
import type { AuthorizationAttributes } from './types.ts';
import { at, startServer } from './testing/server.ts';

const maps = '/api/v1/namespaces/a/configmaps';
const json = { 'content-type': 'application/json' };
const yaml = { 'content-type': 'application/yaml' };
const deep = (depth: number, close = true) => '{"a":'.repeat(depth) + (close ? `1${'}'.repeat(depth)}` : '');
const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test('bodies nested without end are the client’s fault', async t => {
  const server = await startServer();
  t.after(server.close);
  const revisions = '/apis/apps/v1/namespaces/a/controllerrevisions';
  for (const [target, body] of [
    [maps, '['.repeat(300_000)],
    [maps, `{"metadata":{"name":"x"},"data":${deep(300_000)}}`],
    [maps, `{"metadata":{"name":"x"},"data":${deep(300_000, false)}`],
    [revisions, `{"metadata":{"name":"x"},"revision":1,"data":{"a":${lists(300_000)}}}`],
  ] as const) {
    assert.equal((await server.call('POST', target, { body, headers: json })).status, 400, body.slice(0, 60));
  }
  await server.create(maps, { metadata: { name: 'x' } });
  for (const type of ['merge-patch', 'strategic-merge-patch']) {
    const headers = { 'content-type': `application/${type}+json` };
    const answer = await server.call('PATCH', `${maps}/x`, { body: `{"data":${deep(200_000)}}`, headers });
    assert.ok(answer.status === 400 || answer.status === 422, `${type}: ${answer.status}`);
  }
  assert.equal((await server.get(`${maps}/x`)).status, 200);
});

test('YAML aliases do not multiply, and many keys cost no more than their length', async t => {
  const server = await startServer();
  t.after(server.close);
  const nine = (name: string) => Array.from({ length: 9 }, () => `*${name}`).join(',');
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${nine('a')}]\nc: &c [${nine('b')}]\nd: &d [${nine('c')}]\ne: [${nine('d')}]\n`;
  assert.equal((await server.call('POST', maps, { body: bomb, headers: yaml })).status, 400);
  const keys = Array.from({ length: 5_000 }, (_, i) => `  k${i}: v`).join('\n');
  const many = await server.call('POST', maps, { body: `metadata: {name: q}\ndata:\n${keys}\n`, headers: yaml });
  assert.equal(Object.keys(many.body.data as object).length, 5_000);
});

test('names of the language are ordinary keys', async t => {
  const server = await startServer();
  t.after(server.close);
  const body = '{"metadata":{"name":"p","annotations":{"constructor":"z","toString":"w"}},"__proto__":{"polluted":1}}';
  assert.equal((await server.call('POST', maps, { body, headers: json })).status, 201);
  for (const [type, patch] of [
    ['merge-patch', '{"__proto__":{"polluted":1},"metadata":{"annotations":{"constructor":null}}}'],
    ['strategic-merge-patch', '{"__proto__":{"polluted":1},"metadata":{"labels":{"valueOf":"m"}}}'],
    ['json-patch', '[{"op":"add","path":"/__proto__/polluted","value":1}]'],
    ['json-patch', '[{"op":"add","path":"/constructor/prototype/polluted","value":1}]'],
  ] as const) {
    await server.call('PATCH', `${maps}/p`, { body: patch, headers: { 'content-type': `application/${type}+json` } });
  }
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  const { body: stored } = await server.get(`${maps}/p`);
  assert.deepEqual(at(stored, 'metadata', 'annotations'), { toString: 'w' });
  assert.deepEqual(at(stored, 'metadata', 'labels'), { valueOf: 'm' });
});

for (const target of [
  '/api/v1/namespaces/a/configmaps/..%2f..%2fb%2fx',
  '/api/v1/namespaces/a%2fb/configmaps/x',
  '/api/v1/namespaces/../configmaps',
  '/api/v1/namespaces/a/configmaps/%2e%2e',
  '/api/v1/nodes/..',
]) {
  test(`a name is one segment: ${target}`, async t => {
    const server = await startServer();
    t.after(server.close);
    assert.equal((await server.get(target)).status, 400);
  });
}

/** What paths are made of, what has led out of them elsewhere, and any characters, each as it is or encoded once or twice. */
function hostileTargets(seed: number) {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random.float() * limit);
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const words = [
    'a',
    'b',
    'x',
    's',
    'configmaps',
    'secrets',
    'namespaces',
    'watch',
    'proxy',
    'status',
    'api',
    'v1',
    '',
  ];
  const tricks = [
    '..',
    '.',
    '/',
    '//',
    '\\',
    ';',
    '?',
    '#',
    '%',
    '\0',
    '\n',
    '\u2215',
    '\uff0f',
    '\u2024\u2024',
    '\u202e',
    'A',
  ];
  const broken = ['%c0%ae%c0%ae', '%c0%af', '%ed%a0%80', '%zz', '%', '%2', '%u002f', '%00'];
  const point = () => {
    const code = oneOf([0x80, 0x800, 0x10_000, 0x110_000]);
    const found = below(code);
    return found >= 0xd800 && found < 0xe000 ? '\u00e4' : String.fromCodePoint(found);
  };
  const text = () =>
    Array.from({ length: below(4) }, () => oneOf([() => oneOf(words), () => oneOf(tricks), point])()).join('');
  const every = (word: string) => [...Buffer.from(word)].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const written = (word: string) =>
    oneOf([word, word, encodeURIComponent(word), every(word), encodeURIComponent(every(word)), oneOf(broken)]);
  const bent = (word: string) =>
    random.float() < 0.85 ? word : oneOf([written(word), written(text()), word + written(text())]);
  const good = () => [
    '',
    'api',
    'v1',
    'namespaces',
    oneOf(['a', 'b']),
    oneOf(['configmaps', 'secrets']),
    oneOf(['x', 's']),
  ];
  return () => {
    const parts = good().map((part, index) => (index === 0 ? part : bent(part)));
    if (random.float() < 0.2) parts.splice(1 + below(6), 0, written(text()));
    return parts.join(oneOf(['/', '/', '/', '/', '//']));
  };
}

test('whatever a target looks like, what is shown is what was authorized, and nothing fails', async t => {
  let asked: AuthorizationAttributes | undefined;
  const server = await startServer({
    parts: () => ({
      authorizer: async (user, attributes) => {
        if (user.name === 'admin') return { decision: 'allow', reason: '' };
        asked = attributes;
        const mine = attributes.resource === 'configmaps' && attributes.namespace === 'a';
        return { decision: mine ? 'allow' : 'no-opinion', reason: '' };
      },
    }),
  });
  t.after(server.close);
  for (const namespace of ['a', 'b'])
    for (const name of ['x', 's']) {
      const place = `/api/v1/namespaces/${namespace}`;
      await server.create(`${place}/configmaps`, { metadata: { name }, data: { in: namespace } });
      await server.create(`${place}/secrets`, { metadata: { name }, stringData: { in: 'h1dden' } });
    }
  const eve = { name: 'eve', groups: [] };
  const next = hostileTargets(284);
  const seen = { shown: 0, refused: 0 };
  for (let i = 0; i < 4_000; i++) {
    const target = next();
    asked = undefined;
    // Seats come back between two turns of the event loop.
    await new Promise(setImmediate);
    const { status, body, text } = await server.call('GET', target, { user: eve });
    const shown = JSON.stringify(target);
    assert.ok(status < 500, `${status} of ${shown}: ${text}`);
    assert.equal(text.includes(Buffer.from('h1dden').toString('base64')), false, shown);
    if (status === 403) seen.refused++;
    if (status !== 200 || asked === undefined) continue;
    seen.shown++;
    const { resource, namespace, name } = asked as AuthorizationAttributes;
    assert.deepEqual([resource, namespace], ['configmaps', 'a'], shown);
    const objects = (body.items as Record<string, unknown>[] | undefined) ?? [body];
    for (const object of objects) {
      assert.deepEqual(at(object, 'data'), { in: 'a' }, shown);
      if (name !== '') assert.equal(at(object, 'metadata', 'name'), name, shown);
    }
  }
  assert.ok(seen.shown > 100 && seen.refused > 100, JSON.stringify(seen));
});

test('a resource is found only at its own scope', async t => {
  const server = await startServer();
  t.after(server.close);
  assert.equal((await server.get('/api/v1/namespaces/a/nodes')).status, 404);
  assert.equal((await server.get('/api/v1/configmaps/x')).status, 404);
  assert.equal((await server.create('/api/v1/configmaps', { metadata: { name: 'x', namespace: 'a' } })).status, 405);
});

test('a store that takes no writes is unavailable, not broken', async t => {
  const memory = createMemoryStore({ clock: systemClock });
  let full = false;
  const store: Store = {
    revision: () => memory.revision(),
    get: (key, revision) => memory.get(key, revision),
    range: options => memory.range(options),
    watch: (options, listener) => memory.watch(options, listener),
    compact: revision => memory.compact(revision),
    close: () => memory.close(),
    commit: transaction =>
      full ? Promise.reject(new StoreUnavailableError('no space left on device')) : memory.commit(transaction),
  };
  const server = await startServer({ store });
  t.after(server.close);
  await server.create(maps, { metadata: { name: 'x' } });
  full = true;
  const refused = await server.create(maps, { metadata: { name: 'y' } });
  assert.deepEqual([refused.status, refused.body.reason], [503, 'ServiceUnavailable']);
  assert.match(String(refused.body.message), /no space left on device/);
  assert.equal((await server.get(`${maps}/x`)).status, 200, 'reads go on');
  full = false;
  assert.equal((await server.create(maps, { metadata: { name: 'y' } })).status, 201);
});

test('who may update but not create cannot create by an update', async t => {
  const server = await startServer({
    parts: () => ({
      authorizer: async (_user, { verb }) => ({ decision: verb === 'create' ? 'no-opinion' : 'allow', reason: '' }),
    }),
  });
  t.after(server.close);
  const lease = '/apis/coordination.k8s.io/v1/namespaces/a/leases/l';
  const refused = await server.call('PUT', lease, { body: { metadata: { name: 'l' } } });
  assert.equal(refused.status, 403);
  assert.match(String(refused.body.message), /cannot create resource "leases"/);
  assert.equal((await server.get(lease)).status, 404);
});

test('many who create the same object by an update all succeed', async t => {
  const server = await startServer();
  t.after(server.close);
  const lease = '/apis/coordination.k8s.io/v1/namespaces/a/leases/l';
  const puts = Array.from({ length: 10 }, () => server.call('PUT', lease, { body: { metadata: { name: 'l' } } }));
  const statuses = (await Promise.all(puts)).map(answer => answer.status).sort();
  assert.equal(statuses.filter(status => status === 201).length, 1);
  assert.ok(
    statuses.every(status => status === 200 || status === 201 || status === 422),
    String(statuses),
  );
});
