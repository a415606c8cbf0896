import assert from 'node:assert/strict';
import * as http2 from 'node:http2';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { textAnswer } from '../answers.ts';
import { start, trust } from '../testing/sockets.ts';
import type { Handler } from '../types.ts';

test('HTTP/2 connections: idle ones are told to go, those that never ask are cut', async t => {
  const clock = createManualClock();
  const handler: Handler = async () => textAnswer(200, 'ok');
  const server = await start(t, handler, { clock, limits: { headMs: 10_000, idleMs: 30_000 } });
  const open = async (requests: number) => {
    const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: trust.authority.cert });
    session.on('error', () => {});
    let told = false;
    session.on('goaway', () => (told = true));
    await new Promise(resolve => session.once('remoteSettings', resolve));
    for (; requests > 0; requests--) {
      const stream = session.request({ ':path': '/' }).resume();
      await new Promise(resolve => stream.once('close', resolve));
    }
    const state = { told: () => told, closed: new Promise<void>(resolve => session.once('close', () => resolve())) };
    return state;
  };
  const [silent, idle] = [await open(0), await open(1)];
  await clock.advance(12_000);
  await silent.closed;
  assert.equal(idle.told(), false);
  await clock.advance(20_000);
  await idle.closed;
  assert.equal(idle.told(), true);
});

test('HTTP/2: a server closes while its clients leave', async t => {
  for (let round = 0; round < 20; round++) {
    const server = await start(t, async () => textAnswer(200, 'ok'));
    const sessions = Array.from({ length: 4 }, () =>
      http2.connect(`https://127.0.0.1:${server.port}`, { ca: trust.authority.cert }).on('error', () => {}),
    );
    await Promise.all(sessions.map(session => new Promise(resolve => session.once('remoteSettings', resolve))));
    for (const session of sessions) session.destroy();
    for (let turn = 0; turn < round % 5; turn++) await new Promise(setImmediate);
    await server.close(0);
  }
});

test('HTTP/2: more streams than granted wait or are refused, and none is lost', async t => {
  let running = 0;
  let most = 0;
  const handler: Handler = async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    return textAnswer(200, 'ok');
  };
  const server = await start(t, handler, { limits: { streamsPerConnection: 5 } });
  const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: trust.authority.cert });
  t.after(() => session.destroy());
  await new Promise(resolve => session.once('remoteSettings', resolve));
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const stream = session.request({ ':path': '/' }).resume();
      return new Promise(resolve => stream.once('response', headers => resolve(headers[':status'])));
    }),
  );
  assert.ok(statuses.every(status => status === 200));
  assert.ok(most <= 5, `${most} at a time`);
});

test('HTTP/2: requests that are none are refused, and the connection lives on', async t => {
  const targets: string[] = [];
  const handler: Handler = async request => {
    targets.push(request.target);
    return textAnswer(200, 'ok');
  };
  const server = await start(t, handler, { limits: { headerBytes: 4_096 } });
  const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: trust.authority.cert });
  t.after(() => session.destroy());
  const status = (headers: http2.OutgoingHttpHeaders) =>
    new Promise<number | undefined>(resolve => {
      const stream = session.request(headers).resume();
      let seen: number | undefined;
      stream.on('response', head => (seen = head[':status']));
      stream.on('error', () => {});
      stream.once('close', () => resolve(seen));
    });
  assert.notEqual(await status({ ':path': 'no-slash' }), 200);
  assert.equal(await status({ ':method': 'CONNECT', ':authority': 'elsewhere:80' }), 400);
  assert.notEqual(await status({ ':path': '/long', 'x-long': 'x'.repeat(10_000) }), 200);
  assert.equal(await status({ ':path': '/fine' }), 200);
  assert.deepEqual(targets, ['/fine']);
});
