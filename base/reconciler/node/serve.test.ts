import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect } from '@orrery/client/node';
import { textAnswer } from '@orrery/http';
import { createAuthority, type Pair } from '@orrery/http/testing/certificates';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import { createManager } from '../manager.ts';
import { createLittleServer } from '../testing/little-server.ts';
import { serveWebhooks, webhookServer } from './serve.ts';

const authority = await createAuthority();

async function folder(t: TestContext) {
  const path = await mkdtemp(join(tmpdir(), 'webhooks-'));
  t.after(() => rm(path, { recursive: true }));
  const files = { cert: join(path, 'tls.crt'), key: join(path, 'tls.key') };
  const write = async ({ cert, key }: Pair) => {
    await writeFile(files.cert, cert);
    await writeFile(files.key, key);
  };
  return { files, write };
}

/** Posts over a new connection that trusts `ca` alone. */
async function ask(port: number, ca = authority.cert): Promise<number> {
  const transport = connect({ server: `https://127.0.0.1:${port}`, ca, clock: systemClock });
  try {
    const request = { method: 'POST', target: '/convert', headers: {}, body: new Uint8Array(0) };
    return (await transport({ ...request, signal: AbortSignal.timeout(10_000) })).status;
  } finally {
    transport.close();
  }
}

const handler = async () => textAnswer(202, 'seen');
const common = { handler, host: '127.0.0.1', port: 0, log: silentLog };

test('renewed files are used for new connections, half-written ones are not', async t => {
  const { files, write } = await folder(t);
  await write(await authority.issue('first'));
  const clock = createManualClock();
  const server = await serveWebhooks({ ...common, files, clock });
  t.after(() => server.close());
  assert.equal(await ask(server.port), 202);
  assert.equal(await server.reload(), false, 'the same files are nothing new');
  const other = await createAuthority('other CA');
  const renewed = await other.issue('second');
  await writeFile(files.cert, renewed.cert);
  assert.equal(await server.reload(), false, 'a certificate without its key');
  assert.equal(await ask(server.port), 202, 'the former pair stays');
  await write(renewed);
  assert.equal(await server.reload(), true);
  assert.equal(await ask(server.port, other.cert), 202);
  await assert.rejects(ask(server.port), 'the former authority vouches for it no longer');
  await rm(files.key);
  assert.equal(await server.reload(), false, 'a file that is missing for a moment');
  assert.equal(await ask(server.port, other.cert), 202);
});

test('the files are looked at every ten seconds', async t => {
  const { files, write } = await folder(t);
  await write(await authority.issue('first'));
  const clock = createManualClock();
  const reloaded = Promise.withResolvers<void>();
  const log = { ...silentLog, info: (message: string) => message === 'certificate reloaded' && reloaded.resolve() };
  const server = await serveWebhooks({ ...common, files, clock, log });
  try {
    const other = await createAuthority('other CA');
    await write(await other.issue('second'));
    await clock.advance(9_999);
    assert.equal(await ask(server.port), 202);
    await clock.advance(1);
    await reloaded.promise;
    assert.equal(await ask(server.port, other.cert), 202);
  } finally {
    await server.close();
  }
  assert.equal(clock.alarms, 0);
});

test('a server without its files does not start', async t => {
  const { files } = await folder(t);
  await assert.rejects(serveWebhooks({ ...common, files, clock: systemClock }), /ENOENT/);
});

test('a manager serves webhooks until the end', async t => {
  const { files, write } = await folder(t);
  await write(await authority.issue('webhooks'));
  const listening = Promise.withResolvers<number>();
  const info = (message: string, fields?: Record<string, unknown>) =>
    message === 'serving webhooks' && listening.resolve(Number(fields?.['port']));
  const manager = createManager({
    transport: createLittleServer().handler,
    clock: systemClock,
    random: seededRandom(1),
    log: silentLog,
  });
  manager.addRunnable(webhookServer({ ...common, files, clock: systemClock, log: { ...silentLog, info } }));
  const stop = new AbortController();
  const ended = manager.start(stop.signal);
  t.after(() => stop.abort());
  const port = await listening.promise;
  assert.equal(await ask(port), 202);
  stop.abort();
  await ended;
  await assert.rejects(ask(port));
});
