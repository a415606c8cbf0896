import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { BrokenStreamError, jsonAnswer, readBody, textAnswer, type Handler, type Sink } from '@orrery/http';
import { serve } from '@orrery/http/node';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { createClient } from './index.ts';
import { fetchTransport } from './fetch.ts';
import { resources } from './resources.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

async function start(t: TestContext, handler: Handler) {
  const server = await serve({ handler, host: '127.0.0.1', clock: systemClock, log: silentLog });
  t.after(() => server.close(0));
  return fetchTransport({ server: `http://127.0.0.1:${server.port}`, headers: { 'x-always': 'yes' } });
}

test('requests and answers', async t => {
  const transport = await start(t, async request =>
    jsonAnswer(request.method === 'POST' ? 201 : 200, {
      target: request.target,
      always: request.headers['x-always'],
      type: request.headers['content-type'],
      body: new TextDecoder().decode(request.body),
    }),
  );
  const created = await createClient(transport).create(resources.pods, { metadata: { name: 'ä', namespace: 'b' } });
  assert.deepEqual(
    { ...created },
    {
      target: '/api/v1/namespaces/b/pods',
      always: 'yes',
      type: 'application/json',
      body: '{"metadata":{"name":"ä","namespace":"b"}}',
    },
  );
});

test('a watch flows, and leaving it ends the request at the server', async t => {
  let left = () => {};
  const gone = new Promise<void>(resolve => (left = resolve));
  const transport = await start(t, async request => ({
    status: 200,
    headers: {},
    body: {
      start(sink: Sink) {
        request.signal.addEventListener('abort', () => left());
        for (const name of ['a', 'b']) sink.write(bytes(`{"type":"ADDED","object":{"metadata":{"name":"${name}"}}}\n`));
      },
    },
  }));
  const names: (string | undefined)[] = [];
  for await (const event of createClient(transport).watch(resources.pods)) {
    if (event.type !== 'ERROR') names.push(event.object.metadata.name);
    if (names.length === 2) break;
  }
  assert.deepEqual(names, ['a', 'b']);
  await gone;
});

test('a body that breaks off, a redirect, an upgrade, nobody there', async t => {
  const transport = await start(t, async request => {
    if (request.target === '/redirect') return { status: 302, headers: { location: '/' } };
    const start = (sink: Sink) => {
      sink.write(bytes('half'));
      setImmediate(() => sink.destroy());
    };
    return request.target === '/broken' ? { status: 200, headers: {}, body: { start } } : textAnswer(200, 'x');
  });
  const client = createClient(transport);
  await assert.rejects(
    client.raw('GET', '/broken').then(answer => readBody(answer.body)),
    BrokenStreamError,
  );
  await assert.rejects(client.raw('GET', '/redirect'), TypeError);
  await assert.rejects(client.upgrade('POST', '/', ['v4']), /cannot switch protocols/);
  await assert.rejects(createClient(fetchTransport({ server: 'http://127.0.0.1:1' })).raw('GET', '/'), TypeError);
});
