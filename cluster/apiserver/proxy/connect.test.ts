import assert from 'node:assert/strict';
import { connect as connectPlain, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from '@orrery/client/node';
import { createDuplexPair, textAnswer } from '@orrery/http';
import type { Handler, Request } from '@orrery/http';
import { serve } from '@orrery/http/node';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { admin, podOf, startServer } from '../testing/server.ts';
import type { TestServer } from '../testing/server.ts';

const pods = '/api/v1/namespaces/a/pods';

interface Kubelet {
  readonly server: TestServer;
  readonly seen: Request[];
}

/** A server whose node `n1` answers what it was asked. */
async function withKubelet(t: TestContext): Promise<Kubelet> {
  const seen: Request[] = [];
  const kubelet: Handler = async request => {
    seen.push(request);
    if (request.headers.upgrade) {
      return {
        status: 101,
        headers: { upgrade: 'websocket' },
        upgrade: stream => stream.onData(chunk => void stream.write(Buffer.from(`echo ${Buffer.from(chunk)}`))),
      };
    }
    return textAnswer(200, request.target);
  };
  const server = await startServer({
    transports: {
      node: name => {
        if (name === 'n1') return kubelet;
        return () => Promise.reject(new Error('connection refused'));
      },
      address:
        ({ host, port }) =>
        async request =>
          textAnswer(200, `${host}:${port}${request.target}`, { location: '/next' }),
    },
  });
  t.after(server.close);
  await server.create(pods, podOf('idle'));
  for (const [name, node] of [
    ['busy', 'n1'],
    ['far', 'n2'],
  ] as const) {
    await server.create(pods, podOf(name));
    await server.create(`${pods}/${name}/binding`, { metadata: { name }, target: { name: node } });
  }
  return { server, seen };
}

test('logs come from the node’s kubelet; without a node there are none', async t => {
  const { server, seen } = await withKubelet(t);
  assert.equal((await server.get(`${pods}/idle/log`)).status, 204);
  const log = await server.get(`${pods}/busy/log?follow=true&tailLines=5&container=c&pretty=x`, {
    authorization: 'Bearer secret',
    cookie: 'c',
    'impersonate-user': 'nobody',
  });
  assert.equal(log.text, '/containerLogs/a/busy/c?follow=true&tailLines=5');
  assert.deepEqual(Object.keys(seen[0]!.headers), ['user-agent'], 'credentials stay here');
  assert.equal(seen[0]!.user, undefined);
  assert.equal((await server.get(`${pods}/busy/log?container=zz`)).status, 400);
  assert.equal((await server.get(`${pods}/busy/log?tailLines=-1`)).status, 422);
  assert.equal((await server.get(`${pods}/far/log`)).status, 503);
});

test('exec switches protocols end to end', async t => {
  const { server, seen } = await withKubelet(t);
  const response = await server.server.handler({
    method: 'GET',
    target: `${pods}/busy/exec?command=sh&command=-c&command=a%20b&stdin=true&stdout=1&tty=true`,
    headers: { connection: 'upgrade', upgrade: 'websocket' },
    body: new Uint8Array(),
    signal: new AbortController().signal,
    user: admin,
  });
  assert.equal(response.status, 101);
  assert.equal(seen[0]!.target, '/exec/a/busy/c?input=1&output=1&tty=1&command=sh&command=-c&command=a+b');
  const [near, far] = createDuplexPair();
  response.upgrade!(far);
  const answered = new Promise<string>(resolve => near.onData(chunk => resolve(Buffer.from(chunk).toString())));
  near.write(Buffer.from('hi'));
  assert.equal(await answered, 'echo hi');
  near.destroy();
});

/** A kubelet of bare sockets: it gives one answer to whatever comes, keeps the connection, and writes down all that it hears. */
async function refusingKubelet(t: TestContext, answer: string) {
  const heard: string[] = [];
  const ended: Promise<void>[] = [];
  const open = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true }, socket => {
    const at = heard.push('') - 1;
    open.add(socket);
    socket.on('error', () => {});
    ended.push(new Promise(resolve => socket.once('close', () => resolve())));
    socket.on('data', piece => {
      if (heard[at] === '') socket.write(answer);
      heard[at] += piece.toString('latin1');
    });
    socket.on('end', () => socket.end());
  });
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const transport = connect({ server: `http://127.0.0.1:${port}` });
  t.after(() => {
    transport.close();
    for (const socket of open) socket.destroy();
    listener.close();
  });
  return { transport, heard, ended };
}

for (const status of ['403 Forbidden', '200 OK', '500 Internal Server Error'])
  test(`behind an upgrade that a kubelet answers with ${status} nothing reaches it`, { timeout: 60_000 }, async t => {
    const { transport, heard, ended } = await refusingKubelet(t, `HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nno`);
    const server = await startServer({ transports: { node: () => transport } });
    const front = await serve({
      handler: request => server.server.handler({ ...request, user: admin }),
      ...{ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog },
    });
    t.after(async () => {
      await front.close(0);
      await server.close();
    });
    await server.create(pods, podOf('p'));
    await server.create(`${pods}/p/binding`, { metadata: { name: 'p' }, target: { name: 'n1' } });
    const behind = 'GET /runningpods/ HTTP/1.1\r\nHost: kubelet\r\n\r\n';
    const head = 'HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const socket = connectPlain({ host: '127.0.0.1', port: front.port, allowHalfOpen: true });
    t.after(() => socket.destroy());
    let received = '';
    const gone = new Promise<void>(resolve => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('data', piece => {
      received += piece.toString('latin1');
      socket.write(behind);
    });
    socket.write(`GET ${pods}/p/exec?command=sh&stdout=1 ${head}${behind}`);
    await gone;
    assert.match(received, new RegExp(`^HTTP/1.1 ${status.slice(0, 3)} `));
    assert.equal(received.split('HTTP/1.1 ').length, 2, 'one answer, and no more of it');
    assert.equal(ended.length, 1);
    await ended[0];
    assert.match(heard[0]!, /^GET \/exec\/a\/p\/c\?output=1&command=sh HTTP\/1.1\r\n/);
    assert.equal(heard.join('').includes('runningpods'), false, 'the kubelet heard of nothing else');
    assert.match(heard[0]!, /\r\n\r\n$/);
  });

test('a token among the protocols of a WebSocket stays here', async t => {
  const { server, seen } = await withKubelet(t);
  const token = `base64url.bearer.authorization.k8s.io.${Buffer.from('s3cret').toString('base64url')}`;
  const headers = {
    ...{ connection: 'upgrade', upgrade: 'websocket' },
    'sec-websocket-protocol': `v5.channel.k8s.io, ${token}`,
  };
  await server.get(`${pods}/busy/exec?command=sh&stdout=1`, headers);
  assert.equal(seen[0]!.headers['sec-websocket-protocol'], 'v5.channel.k8s.io');
});

test('streams to a pod without a node are refused', async t => {
  const { server } = await withKubelet(t);
  for (const action of ['exec?command=a', 'attach', 'portforward']) {
    const answer = await server.call('POST', `${pods}/idle/${action}`);
    assert.deepEqual([answer.status, answer.body.message], [400, 'pod idle does not have a host assigned']);
  }
});

test('proxies hand on exactly what follows in the path', async t => {
  const { server } = await withKubelet(t);
  await server.create('/api/v1/nodes', { metadata: { name: 'n1' } });
  const node = await server.get('/api/v1/nodes/n1/proxy/stats/%2e%2e/a%2Fb?x=1');
  assert.equal(node.text, '/stats/%2e%2e/a%2Fb?x=1', 'never decoded on the way');
  assert.equal((await server.get('/api/v1/nodes/none/proxy/')).status, 404);
  const status = { status: { podIP: '10.0.0.7' } };
  await server.call('PATCH', `${pods}/busy/status`, {
    body: status,
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  const pod = await server.get(`${pods}/busy:8080/proxy/x?y`);
  assert.equal(pod.text, '10.0.0.7:8080/x?y');
  assert.equal(pod.headers.location, `${pods}/busy:8080/proxy/next`, 'redirects stay inside');
});

for (const address of [
  '127.0.0.1',
  '169.254.169.254',
  '::1',
  'fe80::1',
  '::ffff:127.0.0.1',
  '0.0.0.0',
  'example.com',
  '',
]) {
  test(`the server never connects to ${address || 'nothing'} for somebody else`, async t => {
    const { server } = await withKubelet(t);
    const headers = { 'content-type': 'application/merge-patch+json' };
    await server.call('PATCH', `${pods}/busy/status`, { body: { status: { podIP: address } }, headers });
    const answer = await server.get(`${pods}/busy:80/proxy/latest/meta-data`);
    assert.deepEqual([answer.status, answer.body.message], [400, 'address not allowed']);
  });
}
