/** A client of etcd's wire for what is no throughput: filling, checking, watching. */
import { connect, type ClientHttp2Session } from 'node:http2';
import { decode, encode } from '@orrery/machinery/protobuf';
import { createUnframer, frame } from './frames.ts';
import { PutRequest, RangeRequest, RangeResponse, WatchRequest, WatchResponse } from './messages.data.ts';

export interface StoreClient {
  put(key: string, value: Uint8Array): Promise<void>;
  /** The revision that the store is at. */
  revision(): Promise<number>;
  close(): void;
}

const bytesOf = (text: string): Buffer => Buffer.from(text);

/** The key after all keys with a prefix that ends in a character below `\x7f`. */
const endOf = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

/** A request, in its frame. */
export const putBody = (key: string, value: Uint8Array): Buffer =>
  frame(encode(PutRequest, { key: bytesOf(key), value }));
export const getBody = (key: string): Buffer => frame(encode(RangeRequest, { key: bytesOf(key) }));
export const rangeBody = (prefix: string): Buffer =>
  frame(encode(RangeRequest, { key: bytesOf(prefix), rangeEnd: bytesOf(endOf(prefix)) }));

const headersOf = (path: string) => ({
  ':method': 'POST',
  ':path': path,
  'content-type': 'application/grpc',
  te: 'trailers',
});

/** @param origin e.g. `http://127.0.0.1:2379` */
export function createStoreClient(origin: string): StoreClient {
  const session = connect(origin);
  // Whoever asks is told; a session that nobody uses may break.
  session.on('error', () => {});
  return {
    put: async (key, value) => void (await call(session, '/etcdserverpb.KV/Put', putBody(key, value))),
    async revision() {
      const answer = decode(RangeResponse, await call(session, '/etcdserverpb.KV/Range', getBody('/none')));
      return Number(answer.header?.revision ?? 0);
    },
    close: () => session.destroy(),
  };
}

function call(session: ClientHttp2Session, path: string, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headersOf(path));
    let answer: Buffer | undefined;
    let status: unknown;
    stream.on('trailers', trailers => (status = trailers['grpc-status']));
    stream.on(
      'data',
      createUnframer(message => (answer = message)),
    );
    stream.on('error', reject);
    stream.on('close', () =>
      answer && Number(status) === 0
        ? resolve(answer)
        : reject(new Error(`${path} ended with status ${String(status)}`)),
    );
    stream.end(body);
  });
}

/** A watch on a connection of its own; `onEvents` is told how many came. Resolves when it has begun. */
export function watchPrefix(
  origin: string,
  prefix: string,
  onEvents: (count: number) => void,
  onFailure: (error: Error) => void,
): Promise<() => void> {
  const session = connect(origin);
  session.on('error', onFailure);
  const stream = session.request(headersOf('/etcdserverpb.Watch/Watch'));
  return new Promise((resolve, reject) => {
    stream.on('error', error => {
      reject(error);
      onFailure(error);
    });
    const stop = (): void => {
      stream.removeAllListeners('close');
      session.destroy();
    };
    stream.on('close', () => onFailure(new Error('a watch was ended by the store')));
    const take = createUnframer(message => {
      const { created, events } = decode(WatchResponse, message);
      if (created) resolve(stop);
      if (events && events.length > 0) onEvents(events.length);
    });
    stream.on('data', take);
    const create = { key: bytesOf(prefix), rangeEnd: bytesOf(endOf(prefix)) };
    stream.write(frame(encode(WatchRequest, { create })));
  });
}
