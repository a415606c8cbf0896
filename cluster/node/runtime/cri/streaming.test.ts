import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { createDuplexPair } from '@orrery/http';
import { acceptRemoteCommand, duplexOf, exitStatus, type RemoteCommand } from '@orrery/http/node';
import { systemClock } from '@orrery/machinery/clock';
import { drain, failsWith } from '../conformance.ts';
import { openPortForward, openProcess, readableOf, writableOf } from './streaming.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('bytes go through a web stream whole and in order', async () => {
  const [near, far] = createDuplexPair();
  const writer = writableOf(near).getWriter();
  const text = 'x'.repeat(100_000);
  const sent = (async () => {
    for (let i = 0; i < 20; i++) await writer.write(bytes(`${i}${text}`));
    await writer.close();
  })();
  const received = await drain(readableOf(far));
  await sent;
  assert.equal(received, Array.from({ length: 20 }, (_, i) => `${i}${text}`).join(''));
});

test('a reader that cancels holds nobody up', async () => {
  const [near, far] = createDuplexPair();
  const reader = readableOf(far).getReader();
  near.write(bytes('one'));
  assert.equal(Buffer.from((await reader.read()).value!).toString(), 'one');
  await reader.cancel();
  const writer = writableOf(near).getWriter();
  for (let i = 0; i < 50; i++) await writer.write(new Uint8Array(100_000));
  await writer.close();
});

test('a failure told beside the data errors the stream, no failure ends it', async () => {
  const [near, far] = createDuplexPair();
  const told = Promise.withResolvers<string | undefined>();
  const received = drain(readableOf(far, told.promise));
  near.end();
  told.resolve('connection refused');
  await assert.rejects(received, /connection refused/);
});

test('writing to a side that is gone is an error', async () => {
  const [near] = createDuplexPair();
  near.destroy();
  await assert.rejects(writableOf(near).getWriter().write(bytes('x')), failsWith('unavailable'));
});

test('streams are opened to this machine alone', async () => {
  const options = { stdin: false, stdout: true, stderr: true, tty: false, tellsExitCode: true, clock: systemClock };
  for (const url of ['http://10.0.0.1:80/exec/x', 'https://127.0.0.1/exec/x', 'http://127.0.0.1.evil.test/']) {
    await assert.rejects(openProcess(url, options), failsWith('invalidArgument'), url);
    await assert.rejects(openPortForward(url, 80, systemClock), failsWith('invalidArgument'), url);
  }
});

test('a streaming server that refuses is quoted, one that is gone is named', async () => {
  const server = createServer((_, response) => response.writeHead(404).end('no such token')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/exec/x`;
  const options = { stdin: false, stdout: true, stderr: true, tty: false, tellsExitCode: true, clock: systemClock };
  await assert.rejects(openProcess(url, options), /answered 404: no such token/);
  server.close();
  await once(server, 'close');
  await assert.rejects(openProcess(url, options), failsWith('unavailable'));
});

test('what a server said before it closed is heard, though nothing can be written to it any more', async t => {
  const accepted = Promise.withResolvers<{ command: RemoteCommand; socket: Socket }>();
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => void server.close());
  server.on('upgrade', ({ method = '', url = '', headers }, socket: Socket) => {
    socket.on('error', () => {});
    const given = { method, target: url, headers: { ...headers } as Record<string, string> };
    const request = { ...given, body: new Uint8Array(), signal: new AbortController().signal };
    const streams = { stdin: true, stdout: true, stderr: false, tty: false };
    const take = (command: RemoteCommand) => accepted.resolve({ command, socket });
    const answer = acceptRemoteCommand(request, streams, take, { clock: systemClock });
    const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
    answer.upgrade!(duplexOf(socket));
  });
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/exec/x`;
  const options = { stdin: true, stdout: true, stderr: false, tty: false, tellsExitCode: true, clock: systemClock };
  const running = await openProcess(url, options);
  const output = drain(running.stdout!);
  const { command, socket } = await accepted.promise;
  // All of this happens before anybody comes to read: the last words are in the kernel when writing begins to fail.
  command.stdout!.write(bytes('last words'));
  command.finish(exitStatus(7));
  socket.destroy();
  const writer = running.stdin!.getWriter();
  writer.closed.catch(() => {});
  for (let i = 0; i < 3; i++) writer.write(bytes('too late')).catch(() => {});
  assert.equal(await output, 'last words');
  assert.deepEqual(await running.exit, { exitCode: 7 });
});
