/** Connections to ports of pods: by SPDY, by a tunnel of it, and by channels of a WebSocket. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { answerPort } from '../testing/commands.ts';
import { bytes, collect, upgraded, upgradeRequest } from '../testing/upgrades.ts';
import { acceptPortForward, createSpdySession, createWebSocket, openPortForward, tunnelOf } from './index.ts';

function forward(t: TestContext, how: 'SPDY' | 'tunnel') {
  const request =
    how === 'SPDY'
      ? upgradeRequest('SPDY/3.1', '/portforward', ['portforward.k8s.io'])
      : upgradeRequest('websocket', '/portforward', ['SPDY/3.1+portforward.k8s.io']);
  const wire = upgraded(acceptPortForward(request, answerPort, { clock: systemClock }));
  const spdy = how === 'SPDY' ? wire : tunnelOf(createWebSocket(wire, { role: 'client' }));
  const client = openPortForward(spdy, { clock: systemClock });
  t.after(() => client.close());
  return client;
}

for (const how of ['SPDY', 'tunnel'] as const) {
  test(`port-forward by ${how}: connections side by side`, async t => {
    const client = forward(t, how);
    const answers = ['one', 'two', 'three'].map(async word => {
      const { data, failure } = client.connect(7);
      const answer = collect(data);
      data.write(bytes(word));
      data.end();
      return [await answer, await failure];
    });
    assert.deepEqual(await Promise.all(answers), [
      ['ONE', undefined],
      ['TWO', undefined],
      ['THREE', undefined],
    ]);
  });

  test(`port-forward by ${how}: a port that ends by itself, and one that refuses`, async t => {
    const client = forward(t, how);
    assert.equal((await collect(client.connect(19).data)).length, 1 << 20);
    assert.equal(await client.connect(81).failure, 'connection refused on port 81');
  });
}

test('port-forward by channels: each begins with its port', async () => {
  const request = upgradeRequest('websocket', '/portforward?ports=7,8080', ['v4.channel.k8s.io']);
  const socket = createWebSocket(upgraded(acceptPortForward(request, answerPort, { clock: systemClock })), {
    role: 'client',
  });
  const received: Record<number, Buffer> = {};
  let arrived = () => {};
  socket.onMessage(message => {
    received[message[0]!] = Buffer.concat([received[message[0]!] ?? Buffer.alloc(0), message.subarray(1)]);
    arrived();
  });
  socket.send(bytes('\0hello'));
  while ((received[0]?.length ?? 0) < 7) await new Promise<void>(resolve => (arrived = resolve));
  assert.equal(received[0]!.toString('latin1'), '\x07\0HELLO');
  assert.equal(received[2]!.toString('latin1'), '\x90\x1f');
  assert.equal(received[3]!.toString('latin1'), '\x90\x1fconnection refused on port 8080');
});

test('port-forward by channels needs ports', () => {
  for (const query of ['', '?ports=', '?ports=0', '?ports=65536', '?ports=7,x']) {
    const request = upgradeRequest('websocket', `/portforward${query}`, ['v4.channel.k8s.io']);
    assert.equal(acceptPortForward(request, answerPort, { clock: systemClock }).status, 400, query);
  }
});

test('port-forward streams without port, of unknown type, or twice are refused', async () => {
  const request = upgradeRequest('SPDY/3.1', '/portforward', ['portforward.k8s.io']);
  const wire = upgraded(acceptPortForward(request, answerPort, { clock: systemClock }));
  const session = createSpdySession(wire, { role: 'client', clock: systemClock });
  const refused: Record<string, string>[] = [
    { streamtype: 'data', requestid: '1' },
    { streamtype: 'data', requestid: '1', port: '70000' },
    { streamtype: 'noise', requestid: '1', port: '7' },
  ];
  for (const headers of refused) await new Promise<void>(resolve => session.open(headers).onClose(resolve));
  session.open({ streamtype: 'error', requestid: '2', port: '7' });
  await new Promise<void>(resolve => session.open({ streamtype: 'error', requestid: '2', port: '7' }).onClose(resolve));
  session.destroy();
});

test('old clients that number nothing are understood', async () => {
  const request = upgradeRequest('SPDY/3.1', '/portforward', ['portforward.k8s.io']);
  const wire = upgraded(acceptPortForward(request, answerPort, { clock: systemClock }));
  const session = createSpdySession(wire, { role: 'client', clock: systemClock });
  session.open({ streamtype: 'error', port: '7' });
  const data = session.open({ streamtype: 'data', port: '7' });
  const answer = collect(data);
  data.write(bytes('old'));
  data.end();
  assert.equal(await answer, 'OLD');
  session.destroy();
});
