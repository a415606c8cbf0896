/**
 * Our store behind etcd's wire, so that the same client can load both: `Put`, `Range` and `Watch` over HTTP/2 without TLS. It is as thin as
 * Node.js allows, and there for the benchmark only. Without a store it answers at once: the floor.
 */
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { decode, encode } from '@orrery/machinery/protobuf';
import type { Entry, Store, WatchBatch } from '@orrery/store';
import { createUnframer, frame } from './frames.ts';
import { PutRequest, PutResponse, RangeRequest, RangeResponse, WatchRequest, WatchResponse } from './messages.data.ts';

export interface StoreServer {
  readonly port: number;
  close(): Promise<void>;
}

const head = { ':status': 200, 'content-type': 'application/grpc' };
const paths = { put: '/etcdserverpb.KV/Put', range: '/etcdserverpb.KV/Range', watch: '/etcdserverpb.Watch/Watch' };

/** Listens on a free port of the loopback interface. */
export async function serveStore(store: Store | undefined): Promise<StoreServer> {
  const server = createServer();
  const answerPut = store ? putTo(store) : async () => encode(PutResponse, { header: { revision: 1 } });
  const answerRange = store ? rangeOf(store) : async () => emptyRange;
  const encoded = createWatchEncoder();
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const path = headers[':path'];
    if (path === paths.put) unary(stream, answerPut);
    else if (path === paths.range) unary(stream, answerRange);
    else if (path === paths.watch && store) watch(stream, store, encoded);
    else stream.respond({ ':status': 404 }, { endStream: true });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}

const emptyRange = encode(RangeResponse, { header: { revision: 1 }, count: 0 });

function unary(stream: ServerHttp2Stream, answer: (message: Buffer) => Promise<Uint8Array>): void {
  const take = createUnframer(message => {
    answer(message).then(
      bytes => finish(stream, 0, bytes),
      (error: unknown) => finish(stream, 2, undefined, String(error)),
    );
  });
  stream.on('data', take);
}

function finish(stream: ServerHttp2Stream, status: number, bytes?: Uint8Array, message?: string): void {
  if (stream.destroyed) return;
  const trailers = { 'grpc-status': String(status), ...(message !== undefined && { 'grpc-message': message }) };
  stream.respond(head, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(bytes && frame(bytes));
}

const putTo = (store: Store) => async (message: Buffer) => {
  const { key, value } = decode(PutRequest, message);
  const operation = { type: 'put', key: textOf(key), head: '', value: value ?? new Uint8Array(0) } as const;
  const result = await store.commit({ compare: [], operations: [operation] });
  return encode(PutResponse, { header: { revision: result.committed ? result.revision : 0 } });
};

const rangeOf = (store: Store) => async (message: Buffer) => {
  const { key, rangeEnd, limit } = decode(RangeRequest, message);
  const name = textOf(key);
  if (rangeEnd === undefined || rangeEnd.length === 0) {
    const entry = await store.get(name);
    const kvs = entry ? [pairOf(entry)] : [];
    return encode(RangeResponse, { header: { revision: store.revision() }, kvs, count: kvs.length });
  }
  // What is asked for here is always a prefix.
  const { entries, revision, remaining } = await store.range({ prefix: name, limit: Number(limit ?? 0) });
  const rest = encode(RangeResponse, { header: { revision }, more: remaining > 0, count: entries.length + remaining });
  return Buffer.concat([...entries.map(encodePair), rest]);
};

function watch(stream: ServerHttp2Stream, store: Store, encoded: (batch: WatchBatch) => Buffer): void {
  stream.respond(head);
  const take = createUnframer(message => {
    const key = decode(WatchRequest, message).create?.key;
    const running = store.watch({ prefix: textOf(key) }, batch => stream.write(encoded(batch)));
    stream.on('close', () => running.close());
    stream.write(frame(encode(WatchResponse, { header: { revision: store.revision() }, created: true })));
  });
  stream.on('data', take);
}

/**
 * A row of `RangeResponse.kvs` by hand: the general encoder takes longer for it than the store for all else. In protobuf the order of fields
 * is free.
 */
function encodePair({ key, revision, createRevision, value }: Entry): Buffer {
  const name = encoder.encode(key);
  const numbers = [0x10, ...varint(createRevision), 0x18, ...varint(revision)];
  const head = [0x0a, ...varint(name.length)];
  const tail = [...numbers, 0x2a, ...varint(value.length)];
  const size = head.length + name.length + tail.length + value.length;
  return Buffer.concat([Uint8Array.from([0x12, ...varint(size), ...head]), name, Uint8Array.from(tail), value]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

/** Encodes a batch once for all watchers, as the API server does. All watch the same prefix here. */
function createWatchEncoder(): (batch: WatchBatch) => Buffer {
  let last: { readonly revision: number; readonly bytes: Buffer } | undefined;
  return ({ revision, events }) => {
    if (last?.revision !== revision) {
      const told = events.map(({ entry }) => ({ kv: pairOf(entry) }));
      last = { revision, bytes: frame(encode(WatchResponse, { header: { revision }, events: told })) };
    }
    return last.bytes;
  };
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const textOf = (bytes: Uint8Array | undefined): string => decoder.decode(bytes);

const pairOf = ({ key, revision, createRevision, value }: Entry) => ({
  key: encoder.encode(key),
  createRevision,
  modRevision: revision,
  value,
});
