import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, text, upgraded, upgradeRequest } from '../testing/upgrades.ts';
import { acceptWebSocket, createWebSocket } from './index.ts';

test('WebSockets: messages both ways, texts as texts, pings answered, orderly close', async () => {
  const seen: string[] = [];
  let closed: [number, string] | undefined;
  const response = acceptWebSocket(upgradeRequest('websocket', '/', []), [], socket => {
    socket.onMessage((message, isText) => {
      seen.push(`${isText ? 'text' : 'binary'} ${text(message)}`);
      socket.send(isText ? 'text back' : bytes('binary back'));
    });
    socket.onClose((code, reason) => (closed = [code, reason]));
  });
  assert.equal(response.headers['sec-websocket-accept'], 'ICX+Yqv66kxgM0FcWaLWlFLwTAI=');
  const socket = createWebSocket(upgraded(response), { role: 'client' });
  const back: string[] = [];
  socket.onMessage(message => void back.push(text(message)));
  socket.send('hello');
  socket.send(bytes('x'.repeat(100_000)));
  socket.ping();
  socket.close(1000, 'bye');
  await new Promise<void>(resolve => socket.onClose(() => resolve()));
  assert.deepEqual([seen[0], seen[1]!.length], ['text hello', 100_007]);
  assert.deepEqual(back, ['text back', 'binary back']);
  assert.deepEqual(closed, [1000, 'bye']);
});

test('WebSockets: faults of the peer end the connection with the status that fits', async () => {
  const faults: [string, Buffer, number][] = [
    ['not masked', Buffer.from([0x82, 1, 0x41]), 1002],
    ['reserved bits', Buffer.from([0xf2, 0x80, 0, 0, 0, 0]), 1002],
    ['too large', Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0]), 1009],
    ['a text that is none', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff]), 1007],
  ];
  for (const [what, frame, code] of faults) {
    const wire = upgraded(acceptWebSocket(upgradeRequest('websocket', '/', []), [], () => {}));
    let received = Buffer.alloc(0);
    wire.onData(piece => (received = Buffer.concat([received, piece])));
    const ended = new Promise<void>(resolve => wire.onEnd(resolve));
    wire.write(frame);
    await ended;
    assert.equal(received[0], 0x88, what);
    assert.equal(received.readUInt16BE(2), code, what);
    wire.destroy();
  }
});
