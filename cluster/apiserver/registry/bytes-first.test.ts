import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podOf, startServer } from '../testing/server.ts';
import { jsonParses } from './json.ts';

test('reads parse no JSON, a create parses its body once', async t => {
  const server = await startServer();
  t.after(server.close);
  const pods = '/api/v1/namespaces/a/pods';

  let before = jsonParses.count;
  assert.equal((await server.create(pods, podOf('one', { app: 'x' }))).status, 201);
  assert.equal(jsonParses.count - before, 1, 'create');

  before = jsonParses.count;
  const got = await server.get(`${pods}/one`);
  assert.equal(got.status, 200);
  assert.equal((got.body.metadata as Record<string, unknown>).name, 'one');
  const listed = await server.get(pods);
  assert.equal((listed.body.items as unknown[]).length, 1);
  const selected = await server.get(`${pods}?labelSelector=app%3Dx&fieldSelector=spec.nodeName%3D`);
  assert.equal((selected.body.items as unknown[]).length, 1);
  const watch = server.watch(`${pods}?watch=1&resourceVersion=0`);
  assert.equal((await watch.next()).value?.type, 'ADDED');
  await watch.return(undefined);
  assert.equal(jsonParses.count - before, 0, 'reads');

  before = jsonParses.count;
  const patched = await server.call('PATCH', `${pods}/one`, {
    body: { metadata: { labels: { app: 'y' } } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  assert.equal(patched.status, 200);
  assert.equal(jsonParses.count - before, 1, 'patch');
});
