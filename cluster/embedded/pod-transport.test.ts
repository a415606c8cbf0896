import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBody, textAnswer } from '@orrery/http';
import { serve } from '@orrery/http/node';
import { createAuthority } from '@orrery/http/testing/certificates';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { podTransports } from './pod-transport.ts';

test('pods are reached in plain text and over TLS, whoever vouches for them, at addresses of both families', async t => {
  const authority = await createAuthority('nobody knows it');
  const tls = await authority.issue('another name');
  const transports = podTransports(systemClock);
  t.after(() => transports.close());
  const common = { handler: async () => textAnswer(200, 'a pod'), port: 0, clock: systemClock, log: silentLog };
  for (const [scheme, host] of [
    ['http', '127.0.0.1'],
    ['https', '127.0.0.1'],
    ['http', '::1'],
  ] as const) {
    const server = await serve({ ...common, host, ...(scheme === 'https' && { tls }) });
    const request = { method: 'GET', target: '/', headers: {}, body: new Uint8Array(0) };
    const transport = transports.of({ scheme, host, port: server.port });
    const answer = await transport({ ...request, signal: AbortSignal.timeout(10_000) });
    assert.equal(new TextDecoder().decode(await readBody(answer.body)), 'a pod');
    assert.equal(transports.of({ scheme, host, port: server.port }), transport, 'the connection is kept');
    await server.close();
  }
});
