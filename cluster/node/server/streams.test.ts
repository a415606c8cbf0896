/** Forwarded connections, between a client's streams and those of the runtime. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createDuplexPair, type Duplex } from '@orrery/http';
import { acceptPortForward, openPortForward } from '@orrery/http/node';
import { bytes, collect, upgraded, upgradeRequest } from '@orrery/http/testing/upgrades';
import { systemClock } from '@orrery/machinery/clock';
import { readableOf, writableOf } from '../runtime/cri/streaming.ts';
import { RuntimeError, type ByteStreams } from '../runtime/types.ts';
import { forward } from './streams.ts';

/** A client's connection to a port that `open` answers for. */
function connectionTo(t: TestContext, open: () => Promise<ByteStreams>) {
  const request = upgradeRequest('SPDY/3.1', '/portForward', ['portforward.k8s.io']);
  const answer = acceptPortForward(request, connection => void forward(connection, open), { clock: systemClock });
  const forwarding = openPortForward(upgraded(answer), { clock: systemClock });
  t.after(() => forwarding.close());
  return forwarding.connect(80);
}

/** The runtime's streams over one end of a pair. `failure` is what it says beside the data, at their end. */
const streamsOver = (end: Duplex, failure?: string): ByteStreams => ({
  readable: readableOf(end, Promise.resolve(failure)),
  writable: writableOf(end),
  close: () => end.destroy(),
});

test('a connection carries both directions, and ends without a word', async t => {
  const [near, far] = createDuplexPair();
  const { data, failure } = connectionTo(t, async () => streamsOver(near));
  far.onData(piece => void far.write(piece));
  far.onEnd(() => far.end());
  const answer = collect(data);
  data.write(bytes('there and back'));
  data.end();
  assert.equal(await answer, 'there and back');
  assert.equal(await failure, undefined);
});

test('a port where nobody listens is told with the reason of the runtime', async t => {
  const [near, far] = createDuplexPair();
  const { data, failure } = connectionTo(t, async () => streamsOver(near, 'dial 127.0.0.1:80: connection refused'));
  far.end();
  assert.equal(await collect(data), '');
  assert.equal(await failure, 'dial 127.0.0.1:80: connection refused');
});

test('a sandbox that is gone is told too', async t => {
  const gone = connectionTo(t, () => Promise.reject(new RuntimeError('notFound', 'sandbox not found')));
  assert.equal(await gone.failure, 'sandbox not found');
});
