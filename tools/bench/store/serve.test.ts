/** Our store behind etcd's wire, asked as etcd is asked. */
import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { after, describe, test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { decode } from '@orrery/machinery/protobuf';
import { createMemoryStore } from '@orrery/store/memory';
import { createStoreClient, rangeBody, watchPrefix } from './client.ts';
import { createUnframer } from './frames.ts';
import { RangeResponse } from './messages.data.ts';
import { serveStore } from './serve.ts';

const value = (text: string): Buffer => Buffer.from(text);

/** What a range answers, with its keys and values as text. */
function range(origin: string, prefix: string): Promise<{ pairs: [string, string, number, number][]; count: number }> {
  const session = connect(origin);
  const stream = session.request({ ':method': 'POST', ':path': '/etcdserverpb.KV/Range', te: 'trailers' });
  return new Promise((resolve, reject) => {
    stream.on('error', reject);
    stream.on(
      'data',
      createUnframer(message => {
        const { kvs = [], count } = decode(RangeResponse, message);
        const text = (bytes?: Uint8Array) => Buffer.from(bytes ?? []).toString();
        const pairs = kvs.map(
          ({ key, value: held, createRevision, modRevision }) =>
            [text(key), text(held), Number(createRevision), Number(modRevision)] as [string, string, number, number],
        );
        session.destroy();
        resolve({ pairs, count: Number(count ?? 0) });
      }),
    );
    stream.end(rangeBody(prefix));
  });
}

describe('the store behind the wire', async () => {
  const store = createMemoryStore({ clock: systemClock });
  const server = await serveStore(store);
  const origin = `http://127.0.0.1:${server.port}`;
  const client = createStoreClient(origin);
  after(async () => {
    client.close();
    await server.close();
    await store.close();
  });

  test('a put takes a revision', async () => {
    const before = await client.revision();
    await client.put('/a/one', value('x'));
    assert.equal(await client.revision(), before + 1);
    assert.deepEqual(Buffer.from((await store.get('/a/one'))!.value), value('x'));
  });

  test('a range holds the keys of the prefix, with lengths and revisions of more than one byte', async () => {
    const long = 'y'.repeat(300);
    for (let at = 0; at < 130; at++) await client.put('/b/many', value(String(at)));
    await client.put('/b/two', value(long));
    await client.put('/c/three', value('z'));
    const many = (await store.get('/b/many'))!;
    const two = (await store.get('/b/two'))!;
    assert.deepEqual(await range(origin, '/b/'), {
      pairs: [
        ['/b/many', '129', many.createRevision, many.revision],
        ['/b/two', long, two.createRevision, two.revision],
      ],
      count: 2,
    });
  });

  test('a watch tells each change of the prefix', async () => {
    let count = 0;
    const three = Promise.withResolvers<void>();
    const seen = (events: number): void => void ((count += events) === 3 && three.resolve());
    const stop = await watchPrefix(origin, '/w/', seen, three.reject);
    for (const name of ['/w/a', '/other', '/w/b', '/w/a']) await client.put(name, value('1'));
    await three.promise;
    stop();
    assert.equal(count, 3);
  });

  test('without a store it answers at once, and keeps nothing', async () => {
    const empty = await serveStore(undefined);
    const asked = createStoreClient(`http://127.0.0.1:${empty.port}`);
    await asked.put('/a', value('x'));
    assert.equal(await asked.revision(), 1);
    asked.close();
    await empty.close();
  });
});
