/** Custom resources whose versions a webhook makes of each other: reads, lists, watches, writes, changes of the stored version. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Handler, Request } from '@orrery/http';
import { jsonAnswer } from '@orrery/http';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { conversionWebhook, webhookHandler } from '@orrery/reconciler/webhook';
import { versionOf as storedIn } from '../registry/record.ts';
import { define, definitionsPath, thing, until, versionOf } from '../testing/definitions.ts';
import { at } from '../testing/server.ts';
import type { TestServer } from '../testing/server.ts';
import { caBundle, serveHooks, startCalling } from '../testing/webhooks.ts';
import type { HookServer } from '../testing/webhooks.ts';

const v1 = '/apis/example.com/v1/namespaces/default/things';
const v2 = '/apis/example.com/v2/namespaces/default/things';
const merge = { 'content-type': 'application/merge-patch+json' };

/** v1 has `spec.hostPort: "a:1"`, v2 has `spec.host` and `spec.port`. */
const split = (object: KubeObject): KubeObject => {
  const { hostPort } = (object as KubeObject & { spec: { hostPort?: string } }).spec;
  const [host, port] = (hostPort ?? '').split(':');
  return { ...object, spec: { host, port, stray: 'x' } } as KubeObject;
};
const join = (object: KubeObject): KubeObject => {
  const { host, port } = (object as KubeObject & { spec: { host?: string; port?: string } }).spec;
  return { ...object, spec: { hostPort: `${host}:${port}` } } as KubeObject;
};
const converting = conversionWebhook([
  { group: 'example.com', kind: 'Thing', hub: 'v1', spokes: { v2: { toHub: join, fromHub: split } } },
]);
const working = webhookHandler([converting], { clock: systemClock, log: silentLog });

const text = { type: 'string' };
const versions = (stored: 'v1' | 'v2', served = ['v1', 'v2']): Record<string, unknown>[] => [
  versionOf(
    'v1',
    { type: 'object', properties: { hostPort: text } },
    { storage: stored === 'v1', served: served.includes('v1') },
  ),
  versionOf(
    'v2',
    { type: 'object', properties: { host: text, port: text, scheme: text } },
    { storage: stored === 'v2', served: served.includes('v2') },
  ),
];

const conversion = (hooks: HookServer, path = '/convert') => ({
  strategy: 'Webhook',
  webhook: { clientConfig: { url: hooks.url(path), caBundle }, conversionReviewVersions: ['v1'] },
});

interface Setup {
  readonly server: TestServer;
  readonly hooks: HookServer;
  /** The objects of each review since the last look. */
  reviews(): unknown[][];
}

async function setup(t: TestContext, handler: Handler = working, stored: 'v1' | 'v2' = 'v1'): Promise<Setup> {
  const hooks = await serveHooks(t, handler);
  const server = await startCalling(t);
  const given = { versions: versions(stored) };
  await defineConverted(server, given, conversion(hooks));
  const reviews = () => hooks.requests.splice(0).map(({ body }) => reviewOf(body).request.objects);
  return { server, hooks, reviews };
}

const reviewOf = (body: Uint8Array) =>
  JSON.parse(Buffer.from(body).toString()) as {
    request: { uid: string; objects: unknown[]; desiredAPIVersion: string };
  };

async function defineConverted(server: TestServer, given: object, how: object): Promise<void> {
  await define(server, given);
  const changed = await server.call('PATCH', `${definitionsPath}/things.example.com`, {
    body: { spec: { conversion: how } },
    headers: merge,
  });
  assert.equal(changed.status, 200, changed.text);
}

const old = (name: string, hostPort = 'h:1') => thing(name, { hostPort });
const young = (name: string, host = 'h', port = '1') => ({
  ...thing(name, { host, port }),
  apiVersion: 'example.com/v2',
});

test('CustomResourceConversionWebhook: should be able to convert from CR v1 to CR v2', async t => {
  const { server, reviews } = await setup(t);
  const made = await server.create(v1, old('x'));
  assert.deepEqual([made.status, made.body.apiVersion, made.body.spec], [201, 'example.com/v1', { hostPort: 'h:1' }]);
  assert.equal((await server.get(`${v1}/x`)).status, 200);
  assert.deepEqual(reviews(), [], 'the stored version asks nobody');
  const read = await server.get(`${v2}/x`);
  assert.deepEqual([read.status, read.body.apiVersion], [200, 'example.com/v2'], read.text);
  assert.deepEqual(read.body.spec, { host: 'h', port: '1' }, 'what the schema does not know is pruned');
  assert.deepEqual(at(read.body, 'metadata'), at(made.body, 'metadata'));
  assert.equal(reviews().length, 1);
});

test('CustomResourceConversionWebhook: should be able to convert a non homogeneous list of CRs', async t => {
  const { server, hooks, reviews } = await setup(t);
  await server.create(v1, old('a', 'a:1'));
  await server.create(v1, old('b', 'b:2'));
  await store(server, hooks, 'v2');
  await server.create(v2, young('c', 'c', '3'));
  const head = (name: string) =>
    server.store.get(`/registry/example.com/things/default/${name}`).then(entry => storedIn(entry!.head));
  assert.deepEqual([await head('a'), await head('c')], ['v1', 'v2']);
  reviews();
  const names = (body: unknown, ...path: string[]) =>
    (at(body, 'items') as object[]).map(item => [
      at(item, 'metadata', 'name'),
      at(item, 'apiVersion'),
      at(item, ...path),
    ]);
  assert.deepEqual(names((await server.get(v2)).body, 'spec', 'host'), [
    ['a', 'example.com/v2', 'a'],
    ['b', 'example.com/v2', 'b'],
    ['c', 'example.com/v2', 'c'],
  ]);
  assert.deepEqual(
    reviews().map(objects => objects.length),
    [2],
    'one review for all that are of another version',
  );
  assert.deepEqual(names((await server.get(v1)).body, 'spec', 'hostPort'), [
    ['a', 'example.com/v1', 'a:1'],
    ['b', 'example.com/v1', 'b:2'],
    ['c', 'example.com/v1', 'c:3'],
  ]);
  assert.deepEqual(
    reviews().map(objects => objects.length),
    [1],
  );
});

/** Makes another version the stored one. */
async function store(server: TestServer, hooks: HookServer, stored: 'v1' | 'v2'): Promise<void> {
  const changed = await server.call('PATCH', `${definitionsPath}/things.example.com`, {
    body: { spec: { versions: versions(stored), conversion: conversion(hooks) } },
    headers: merge,
  });
  assert.equal(changed.status, 200, changed.text);
  await until(server, `${definitionsPath}/things.example.com`, (_status, body) =>
    (at(body, 'status', 'storedVersions') as string[]).includes(stored),
  );
}

test('writes of the other version are stored in the stored one, and answered as they would be read', async t => {
  const { server, reviews } = await setup(t);
  const made = await server.create(v2, young('x'));
  assert.deepEqual([made.status, made.body.spec], [201, { host: 'h', port: '1' }], made.text);
  assert.equal(reviews().length, 2, 'there and back');
  const entry = await server.store.get('/registry/example.com/things/default/x');
  assert.match(Buffer.from(entry!.value).toString(), /"hostPort":"h:1"/);
  assert.equal(storedIn(entry!.head), 'v1');
  assert.deepEqual((await server.get(`${v1}/x`)).body.spec, { hostPort: 'h:1' });
  const patched = await server.call('PATCH', `${v2}/x`, { body: { spec: { port: '2' } }, headers: merge });
  assert.deepEqual(patched.body.spec, { host: 'h', port: '2' }, patched.text);
  assert.equal(at(patched.body, 'metadata', 'generation'), 2);
  assert.deepEqual((await server.get(`${v1}/x`)).body.spec, { hostPort: 'h:2' });
  const applied = await server.call('PATCH', `${v2}/x?fieldManager=me&force=true`, {
    body: young('x', 'other', '2'),
    headers: { 'content-type': 'application/apply-patch+yaml' },
  });
  assert.deepEqual(applied.body.spec, { host: 'other', port: '2' }, applied.text);
  reviews();
  const same = await server.call('PUT', `${v2}/x`, { body: { ...applied.body } });
  assert.equal(
    at(same.body, 'metadata', 'resourceVersion'),
    at(applied.body, 'metadata', 'resourceVersion'),
    'no change',
  );
  const dry = await server.create(`${v2}?dryRun=All`, young('dry'));
  assert.deepEqual(dry.body.spec, { host: 'h', port: '1' }, dry.text);
  const removed = await server.call('DELETE', `${v2}/x`);
  assert.equal(removed.status, 200, removed.text);
  assert.equal((await server.get(`${v1}/x`)).status, 404);
});

test('a record that was read is written anew in the version stored now', async t => {
  const { server, hooks } = await setup(t);
  await server.create(v1, old('x'));
  await store(server, hooks, 'v2');
  await server.call('PATCH', `${v1}/x`, { body: { metadata: { labels: { a: 'b' } } }, headers: merge });
  const entry = await server.store.get('/registry/example.com/things/default/x');
  assert.equal(storedIn(entry!.head), 'v2');
  assert.match(Buffer.from(entry!.value).toString(), /"host":"h"/);
  const status = (await server.get(`${definitionsPath}/things.example.com`)).body.status;
  assert.deepEqual(at(status, 'storedVersions'), ['v1', 'v2']);
});

test('owners of fields are followed through conversions; while the webhook is dead they stay who they were', async t => {
  let works = true;
  const { server } = await setup(t, request => (works ? working(request) : Promise.resolve(jsonAnswer(503, {}))));
  await server.create(`${v1}?fieldManager=first`, old('x'));
  const ownersOf = (body: unknown) =>
    Object.fromEntries(
      (at(body, 'metadata', 'managedFields') as { manager: string; apiVersion: string; fieldsV1: object }[]).map(
        ({ manager, apiVersion, fieldsV1 }) => [
          `${manager} ${apiVersion}`,
          Object.keys((at(fieldsV1, 'f:spec') ?? at(fieldsV1, 'f:metadata')) as object).filter(name => name !== '.'),
        ],
      ),
    );
  const labelled = await server.call('PATCH', `${v2}/x?fieldManager=second`, {
    body: { metadata: { labels: { a: 'b' } } },
    headers: merge,
  });
  assert.deepEqual(ownersOf(labelled.body), {
    'first example.com/v1': ['f:hostPort'],
    'second example.com/v2': ['f:labels'],
  });
  const apply = (force: string) =>
    server.call('PATCH', `${v2}/x?fieldManager=third${force}`, {
      body: { ...young('x', 'other', '1') },
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
  const conflicting = await apply('');
  assert.equal(conflicting.status, 409);
  assert.match(String(conflicting.body.message), /conflict with "first" using example.com\/v1: \.spec\.hostPort/);
  const owners = {
    'first example.com/v1': [],
    'second example.com/v2': ['f:labels'],
    'third example.com/v2': ['f:host', 'f:port'],
  };
  assert.deepEqual(ownersOf((await apply('&force=true')).body), owners);
  works = false;
  const stored = await server.call('PATCH', `${v1}/x?fieldManager=first`, {
    body: { spec: { hostPort: 'h:9' } },
    headers: merge,
  });
  assert.equal(stored.status, 200, stored.text);
  assert.deepEqual(ownersOf(stored.body), owners);
});

test('watches of both versions are told each change, in order, in their version', async t => {
  const { server } = await setup(t);
  await server.create(v1, old('first'));
  const watches = { v1: server.watch(`${v1}?watch=1`), v2: server.watch(`${v2}?watch=1`) };
  const next = async (version: 'v1' | 'v2') => {
    const { value } = await watches[version].next();
    assert.ok(value);
    return [value.type, at(value.object, 'apiVersion'), at(value.object, 'metadata', 'name'), at(value.object, 'spec')];
  };
  assert.deepEqual(await next('v2'), ['ADDED', 'example.com/v2', 'first', { host: 'h', port: '1' }]);
  await next('v1');
  await server.create(v2, young('second', 's', '2'));
  assert.deepEqual(await next('v1'), ['ADDED', 'example.com/v1', 'second', { hostPort: 's:2' }]);
  assert.deepEqual(await next('v2'), ['ADDED', 'example.com/v2', 'second', { host: 's', port: '2' }]);
  await server.call('DELETE', `${v1}/second`);
  assert.deepEqual(await next('v2'), ['DELETED', 'example.com/v2', 'second', { host: 's', port: '2' }]);
  const { resourceVersion } = (await server.get(v2)).body.metadata as { resourceVersion: string };
  for (let n = 0; n < 5; n++) await server.create(v1, old(`n${n}`, `n:${n}`));
  const missed = server.watch(`${v2}?watch=1&resourceVersion=${resourceVersion}`);
  for (let n = 0; n < 5; n++) {
    assert.deepEqual(at((await missed.next()).value, 'object', 'spec'), { host: 'n', port: String(n) });
    assert.deepEqual((await next('v2'))[2], `n${n}`);
  }
  for (const watch of [...Object.values(watches), missed]) await watch.return(undefined);
});

test('a watch that begins in the past is told what it missed in its version', async t => {
  const { server, reviews } = await setup(t);
  const { resourceVersion } = (await server.get(v1)).body.metadata as { resourceVersion: string };
  for (let n = 0; n < 3; n++) await server.create(v1, old(`n${n}`, `n:${n}`));
  await server.call('DELETE', `${v1}/n0`);
  assert.deepEqual(reviews(), []);
  const watch = server.watch(`${v2}?watch=1&resourceVersion=${resourceVersion}`);
  const told: unknown[] = [];
  for (let n = 0; n < 4; n++) {
    const { value } = await watch.next();
    told.push([value?.type, at(value?.object, 'spec', 'host'), at(value?.object, 'spec', 'port')]);
  }
  assert.deepEqual(told, [
    ['ADDED', 'n', '0'],
    ['ADDED', 'n', '1'],
    ['ADDED', 'n', '2'],
    ['DELETED', 'n', '0'],
  ]);
  await watch.return(undefined);
});

test('long lists become several reviews, in order', async t => {
  const { server, reviews } = await setup(t);
  const names = Array.from({ length: 260 }, (_, n) => `n${String(n).padStart(3, '0')}`);
  await Promise.all(names.map((name, n) => server.create(v1, old(name, `h:${n}`))));
  const { items } = (await server.get(v2)).body as { items: object[] };
  assert.deepEqual(
    items.map(item => [at(item, 'metadata', 'name'), at(item, 'spec', 'port')]),
    names.map((name, n) => [name, String(n)]),
  );
  assert.deepEqual(
    reviews().map(objects => objects.length),
    [250, 10],
  );
});

test('selectors, tables and single parts of converted objects', async t => {
  const { server } = await setup(t);
  await server.create(v1, { ...old('x'), metadata: { name: 'x', labels: { a: 'b' } } });
  await server.create(v1, old('y'));
  const selected = await server.get(`${v2}?labelSelector=a%3Db`);
  assert.deepEqual(
    (at(selected.body, 'items') as object[]).map(item => at(item, 'spec', 'host')),
    ['h'],
  );
  const table = await server.get(`${v2}/x`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  assert.deepEqual([table.body.kind, at(table.body, 'rows', 0, 'cells', 0)], ['Table', 'x']);
  const gone = await server.call('DELETE', v2);
  assert.equal(gone.status, 200, gone.text);
  assert.deepEqual(at((await server.get(v1)).body, 'items'), []);
});

/** A webhook that answers what `change` makes of a right answer. */
const answering =
  (change: (answer: Record<string, unknown>, request: Request) => unknown): Handler =>
  async request => {
    const right = await working(request);
    return jsonAnswer(
      200,
      change(JSON.parse(Buffer.from(right.body as Uint8Array).toString()) as Record<string, unknown>, request),
    );
  };

type Response = { uid: string; result: Record<string, unknown>; convertedObjects: Record<string, unknown>[] };
const responding = (change: (response: Response) => object): Handler =>
  answering(answer => ({ ...answer, response: change(answer.response as Response) }));
const first = (change: (object: Record<string, unknown> & { metadata: object }) => object): Handler =>
  responding(response => ({
    ...response,
    convertedObjects: response.convertedObjects.map(object => change(object as never)),
  }));
const of = 'conversion webhook for example.com/v1, Kind=Thing';

const wrong: readonly [string, Handler, string | RegExp][] = [
  [
    'another uid',
    responding(response => ({ ...response, uid: 'u' })),
    new RegExp(`^${of} failed: expected response.uid="[^"]+", got "u"$`),
  ],
  ['no response', answering(({ response: _response, ...rest }) => rest), `${of} failed: no response provided`],
  [
    'another kind',
    answering(answer => ({ ...answer, kind: 'Other' })),
    `${of} failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got apiextensions.k8s.io/v1, Kind=Other`,
  ],
  [
    'a failure',
    responding(response => ({ ...response, result: { status: 'Failure', message: 'cannot' } })),
    `${of} failed: cannot`,
  ],
  [
    'a failure without words',
    responding(response => ({ ...response, result: {} })),
    `${of} failed: response.result.status was '', not 'Success'`,
  ],
  [
    'too few objects',
    responding(response => ({ ...response, convertedObjects: [] })),
    `${of} returned 0 objects, expected 1`,
  ],
  [
    'another version',
    first(object => ({ ...object, apiVersion: 'example.com/v1' })),
    `${of} returned invalid object at index 0: invalid groupVersion (expected example.com/v2, received example.com/v1)`,
  ],
  [
    'another kind of object',
    first(object => ({ ...object, kind: 'Pod' })),
    `${of} returned invalid object at index 0: invalid kind (expected Thing, received Pod)`,
  ],
  [
    'another name',
    first(object => ({ ...object, metadata: { ...object.metadata, name: 'y' } })),
    `${of} returned invalid object: must have the same name: x != y`,
  ],
  [
    'another namespace',
    first(object => ({ ...object, metadata: { ...object.metadata, namespace: 'kube-system' } })),
    `${of} returned invalid object: must have the same namespace: default != kube-system`,
  ],
  [
    'no metadata',
    first(({ metadata: _metadata, ...object }) => object),
    `${of} returned invalid metadata: missing metadata in converted object`,
  ],
  [
    'labels that are no texts',
    first(object => ({ ...object, metadata: { ...object.metadata, labels: { a: 1 } } })),
    `${of} returned invalid metadata: metadata.labels[a] must be a string in converted object`,
  ],
  [
    'an error',
    async () => jsonAnswer(500, { secret: 'inner' }),
    `${of} failed: an error on the server ("unknown") has prevented the request from succeeding`,
  ],
  [
    'a redirect',
    async () => ({ status: 302, headers: { location: 'https://127.0.0.1:1/' } }),
    `${of} failed: the server responded with the status code 302 but did not return more information`,
  ],
  [
    'no JSON',
    async () => ({ status: 200, headers: {}, body: Buffer.from('<html>') }),
    `${of} failed: couldn't get version/kind; json parse error: the answer is no JSON`,
  ],
];

for (const [name, handler, message] of wrong) {
  test(`an answer with ${name} is 500 and breaks nothing`, async t => {
    const { server } = await setup(t, handler);
    assert.equal((await server.create(v1, old('x'))).status, 201);
    for (const path of [`${v2}/x`, v2]) {
      const answer = await server.get(path);
      assert.equal(answer.status, 500, answer.text);
      if (typeof message === 'string') assert.equal(answer.body.message, message);
      else assert.match(String(answer.body.message), message);
    }
    const watch = server.watch(`${v2}?watch=1`);
    assert.equal((await watch.next()).value?.type, 'ERROR');
    assert.equal((await watch.next()).done, true, 'a watch that cannot go on ends');
    assert.equal((await server.get(`${v1}/x`)).status, 200);
  });
}

test('labels and annotations may be converted, the rest of the metadata is kept', async t => {
  const { server } = await setup(
    t,
    first(object => ({
      ...object,
      metadata: {
        ...object.metadata,
        labels: { made: 'here' },
        annotations: { a: 'b' },
        finalizers: ['x/y'],
        generation: 9,
      },
    })),
  );
  await server.create(v1, old('x'));
  const { metadata } = (await server.get(`${v2}/x`)).body as { metadata: Record<string, unknown> };
  assert.deepEqual(
    [metadata.labels, metadata.annotations, metadata.finalizers, metadata.generation],
    [{ made: 'here' }, { a: 'b' }, undefined, 1],
  );
});

test('a watch that was going on ends with the reason when the webhook fails; the stored version is told on', async t => {
  let works = true;
  const { server } = await setup(t, request => (works ? working(request) : Promise.resolve(jsonAnswer(503, {}))));
  const stored = server.watch(`${v1}?watch=1`);
  const converted = server.watch(`${v2}?watch=1`);
  await server.create(v1, old('a'));
  assert.equal((await converted.next()).value?.type, 'ADDED');
  assert.equal((await stored.next()).value?.type, 'ADDED');
  works = false;
  await server.create(v1, old('b'));
  const { value } = await converted.next();
  assert.equal(value?.type, 'ERROR');
  assert.match(String(at(value, 'object', 'message')), /^conversion webhook for example.com\/v1, Kind=Thing failed: /);
  assert.equal((await converted.next()).done, true);
  assert.equal(at((await stored.next()).value, 'object', 'metadata', 'name'), 'b');
  works = true;
  const again = server.watch(`${v2}?watch=1`);
  assert.deepEqual([(await again.next()).value?.type, (await again.next()).value?.type], ['ADDED', 'ADDED']);
  await again.return(undefined);
  await stored.return(undefined);
});

test('a definition goes although its webhook is dead', async t => {
  const { server } = await setup(t, async () => jsonAnswer(500, {}));
  await server.create(v1, old('x'));
  await server.call('DELETE', `${definitionsPath}/things.example.com`);
  await until(server, `${definitionsPath}/things.example.com`, status => status === 404);
});

test('without a webhook nothing is asked: versions differ in name and schema only', async t => {
  const hooks = await serveHooks(t, working);
  const server = await startCalling(t);
  await define(server, { versions: versions('v1') });
  await server.create(v1, old('x'));
  const read = await server.get(`${v2}/x`);
  assert.deepEqual([read.body.apiVersion, read.body.spec], ['example.com/v2', {}]);
  assert.equal(hooks.requests.length, 0);
});
