import assert from 'node:assert/strict';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { test } from 'node:test';
import { textAnswer } from '../answers.ts';
import { http2, start, trust } from '../testing/sockets.ts';
import type { Handler } from '../types.ts';

const frame = (type: number, flags: number, stream: number, payload: Uint8Array): Buffer => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

/** GET https://x/ in HPACK. */
const request = (stream: number): Buffer => frame(1, 0x05, stream, Buffer.from([0x82, 0x87, 0x84, 0x41, 1, 0x78]));
const reset = (stream: number): Buffer => frame(3, 0, stream, Buffer.from([0, 0, 0, 8]));

/** A connection that has said its preface, and listens to nothing. */
async function openRaw(port: number): Promise<{ socket: TLSSocket; ended: Promise<void> }> {
  const names = { servername: 'localhost', ALPNProtocols: ['h2'] };
  const socket = connectTls({ host: '127.0.0.1', port, ca: trust.authority.cert, ...names });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  socket.resume();
  const ended = new Promise<void>(resolve => socket.once('close', () => resolve()));
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0, new Uint8Array())]));
  return { socket, ended };
}

/** Opens streams, and resets them at once or as soon as their requests run, until the server has had enough. */
async function flood(socket: TLSSocket, ended: Promise<void>, beforeReset: () => Promise<void>): Promise<void> {
  for (let stream = 1; stream < 40_000 && !socket.destroyed; stream += 100) {
    const streams = Array.from({ length: 50 }, (_, index) => stream + 2 * index);
    socket.write(Buffer.concat(streams.map(request)));
    await beforeReset();
    const isTaken = socket.write(Buffer.concat(streams.map(reset)));
    if (!isTaken) await Promise.race([once(socket, 'drain').catch(() => {}), ended]);
    await new Promise(setImmediate);
  }
  await ended;
}

for (const [how, turns] of [
  ['at once', 0],
  ['when their requests run', 20],
] as const)
  test(`HTTP/2: whoever opens streams and resets them ${how} is cut off, few of his requests run, and others are served`, async t => {
    let running = 0;
    let most = 0;
    const open: (() => void)[] = [];
    const handler: Handler = async ({ target }) => {
      if (target === '/other') return textAnswer(200, 'served');
      most = Math.max(most, ++running);
      // Work that does not look at its signal, like that of a database.
      await new Promise<void>(resolve => open.push(resolve));
      running--;
      return textAnswer(200, 'ok');
    };
    const server = await start(t, handler, { limits: { streamsPerConnection: 60 } });
    const { socket, ended } = await openRaw(server.port);
    const attack = flood(socket, ended, async () => {
      for (let turn = 0; turn < turns && !socket.destroyed; turn++) await new Promise(setImmediate);
    });
    for (let round = 0; round < 10; round++)
      assert.equal((await http2(server.port, { path: '/other' })).body, 'served');
    await attack;
    assert.equal((await http2(server.port, { path: '/other' })).body, 'served');
    assert.ok(most <= 60, `${most} ran at a time`);
    if (turns > 0) assert.ok(most > 0, 'none ran');
    for (const end of open) end();
    await server.close(0);
    assert.equal(server.inFlight, 0);
  });
