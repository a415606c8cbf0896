import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../testing/server.ts';

test('ready when the first objects are written, and not any more while draining', async t => {
  let finish = (): void => {};
  const server = await startServer({
    parts: () => ({ bootstrap: () => new Promise<void>(resolve => (finish = resolve)) }),
  });
  t.after(server.close);
  const early = await server.get('/readyz');
  assert.equal(early.status, 500);
  assert.match(
    early.text,
    /\[-\]poststarthook\/rbac\/bootstrap-roles failed: reason withheld\n[^]*readyz check failed\n$/,
  );
  assert.equal((await server.get('/readyz/poststarthook/rbac/bootstrap-roles')).status, 500);
  const others = ['rbac/bootstrap-roles', 'scheduling/bootstrap-system-priority-classes', 'bootstrap-controller'];
  const excluded = others.map(name => `exclude=poststarthook/${name}`).join('&');
  assert.equal((await server.get(`/readyz?${excluded}`)).text, 'ok');
  finish();
  await server.server.ready;
  assert.equal((await server.get('/readyz')).text, 'ok');
  assert.match((await server.get('/livez?verbose')).text, /^\[\+\]ping ok\n[^]*livez check passed\n$/);
  assert.match(
    (await server.get('/readyz?verbose')).text,
    /\n\[\+\]poststarthook\/crd-informer-synced ok\n[^]*\n\[\+\]shutdown ok\n/,
  );
  const unknown = await server.get('/livez?verbose&exclude=z&exclude=etcd&exclude=a');
  assert.match(
    unknown.text,
    /\[\+\]etcd excluded: ok\n[^]*warn: some health checks cannot be excluded: no matches for "a","z"\n/,
  );
  assert.equal((await server.get('/livez/none')).status, 404);
  server.server.drain();
  assert.equal((await server.get('/readyz/shutdown')).status, 500);
  assert.equal((await server.get('/livez')).status, 200);
});

test('metrics have upstream’s names, and clients cannot make series at will', async t => {
  const server = await startServer();
  t.after(server.close);
  await server.get('/api/v1/namespaces/a/pods/x');
  for (let i = 0; i < 50; i++) await server.get(`/nothing/${i}`);
  const { text } = await server.get('/metrics');
  const line =
    /^apiserver_request_total\{verb="GET",group="",version="v1",resource="pods",subresource="",scope="resource",component="apiserver",dry_run="",code="404"\} 1$/m;
  assert.match(text, line);
  assert.match(text, /^apiserver_request_duration_seconds_bucket\{.*resource="pods".*le="\+Inf"\} 1$/m);
  assert.equal(text.match(/^apiserver_request_total.*code="404"\} 50$/gm)?.length, 1);
});
