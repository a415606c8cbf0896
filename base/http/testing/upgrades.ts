/** Upgrades without sockets: a request that asks for one, the streams that its answer opens, and what comes over them. For tests. */
import assert from 'node:assert/strict';
import type { Source } from '../inlet.ts';
import { createDuplexPair } from '../pair.ts';
import type { Duplex, Headers, Request, Response } from '../types.ts';

export type Framing = 'SPDY/3.1' | 'websocket';

/** What a client sends to speak `framing`, and above it one of `protocols`. */
export function upgradeHeaders(framing: Framing, protocols: readonly string[] = []): Record<string, string> {
  const list = protocols.join(', ');
  return framing === 'websocket'
    ? {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        'sec-websocket-version': '13',
        ...(list && { 'sec-websocket-protocol': list }),
      }
    : { connection: 'Upgrade', upgrade: 'SPDY/3.1', ...(list && { 'x-stream-protocol-version': list }) };
}

export function requestOf(method: string, target: string, headers: Headers): Request {
  return { method, target, headers, body: new Uint8Array(), signal: new AbortController().signal };
}

/** As clients ask: a WebSocket by GET, SPDY by POST. */
export const upgradeRequest = (framing: Framing, target: string, protocols: readonly string[]): Request =>
  requestOf(framing === 'websocket' ? 'GET' : 'POST', target, upgradeHeaders(framing, protocols));

/** The client's end of the connection that an answer upgrades. */
export function upgraded(response: Response): Duplex {
  assert.equal(response.status, 101);
  const [ours, theirs] = createDuplexPair();
  response.upgrade!(theirs);
  return ours;
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
export const bytes = (value: string): Buffer => Buffer.from(value);

/** All that comes, once it has ended. */
export function collect(source: Source | undefined): Promise<string> {
  let received = '';
  return new Promise(resolve => {
    source!.onData(piece => (received += text(piece)));
    source!.onEnd(() => resolve(received));
  });
}
