/** HTTP/2 connections by way of node:http2's streams (its request/response imitation costs a third more). */
import {
  constants,
  performServerHandshake,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { OutgoingHttpHeaders } from 'node:http';
import { badRequest } from '@orrery/machinery/status';
import { errorAnswer, statusAnswer } from '../answers.ts';
import { header } from '../headers.ts';
import { isStream, type Connection, type Response } from '../types.ts';
import { bodiless, collectBody, noBody, tooLarge } from './body.ts';
import type { Exchange, Exchanges, RequestHead } from './exchanges.ts';
import { createGate, type Gate } from './gate.ts';
import { headersOf, originForm, outgoing, plainAddress } from './head.ts';
import type { Front } from './http1.ts';
import { joinPieces } from './lean-answer.ts';
import { byteLength, groupBytes, sinkOf, writeSlices } from './streams.ts';

/** Receive window of a stream: upstream's size, which takes nearly all objects in one go. */
const streamWindow = 256 * 1024;
/** Receive window of a connection, shared by its streams. */
const connectionWindow = 4 << 20;

/** Serves connections that negotiated `h2`. */
export function createHttp2(exchanges: Exchanges): Front {
  const { limits } = exchanges;
  return {
    accept(socket, clientCertificate) {
      const session: ServerHttp2Session = performServerHandshake(socket, {
        maxSessionMemory: 256,
        maxHeaderListPairs: 4_096,
        settings: {
          maxConcurrentStreams: limits.streamsPerConnection,
          initialWindowSize: streamWindow,
          maxHeaderListSize: limits.headerBytes,
          enablePush: false,
        },
      });
      const about: Connection = {
        remoteAddress: plainAddress(socket.remoteAddress),
        protocol: 'h2',
        ...(clientCertificate && { clientCertificate }),
      };
      const cut = () => void session.destroy();
      // A session is destroyed some turns before it says that it closed; until then it is still on the list.
      const unlessGone = (act: () => void) => () => (session.destroyed ? undefined : act());
      const end = unlessGone(() => session.close());
      const retire = unlessGone(() => session.goaway());
      const line = exchanges.connected({ about, cut, end, retire });
      session.once('close', line.closed);
      session.on('error', () => {});
      session.once('connect', () => session.setLocalWindowSize(connectionWindow));
      const calm = () => session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
      const gate = createGate(limits.streamsPerConnection, unlessGone(calm));
      session.on('stream', (stream, headers, flags, raw) => {
        const exchange = line.begin(() => breakOff(stream));
        const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
        void serve(exchanges, gate, exchange, stream, headOf(headers, raw as unknown as readonly string[]), ended);
      });
    },
  };
}

function headOf(pseudo: IncomingHttpHeaders, raw: readonly string[]): RequestHead | undefined {
  const target = originForm(pseudo[':path'] ?? '');
  return target === undefined ? undefined : { method: pseudo[':method'] ?? 'GET', target, headers: headersOf(raw) };
}

async function serve(
  exchanges: Exchanges,
  gate: Gate,
  exchange: Exchange,
  stream: ServerHttp2Stream,
  head: RequestHead | undefined,
  ended: boolean,
): Promise<void> {
  stream.once('close', exchange.over);
  stream.on('error', () => {});
  if (!head) return send(exchange, stream, false, statusAnswer(badRequest('the request path is malformed').toStatus()));
  const isHead = head.method === 'HEAD';
  if (ended) {
    // Nobody reads what never comes, but an unread stream never closes.
    stream.resume();
    return send(exchange, stream, isHead, await gate.run(stream, () => exchange.answer(head, noBody)));
  }
  const { bodyBytes } = exchanges.limits;
  const announced = header(head.headers, 'content-length');
  const body = await collectBody(stream, bodyBytes, announced === undefined ? undefined : Number(announced));
  if (body === undefined) return;
  if (body === 'too large') return send(exchange, stream, isHead, tooLarge(bodyBytes));
  send(exchange, stream, isHead, await gate.run(stream, () => exchange.answer(head, body)));
}

function send(exchange: Exchange, stream: ServerHttp2Stream, isHead: boolean, answer: Response | undefined): void {
  if (answer === undefined || stream.destroyed || stream.closed) return;
  try {
    write(exchange, stream, isHead, answer);
  } catch (error) {
    exchange.failed(error);
    if (stream.headersSent) breakOff(stream);
    else write(exchange, stream, isHead, errorAnswer(error));
  }
}

function write(exchange: Exchange, stream: ServerHttp2Stream, isHead: boolean, answer: Response): void {
  // HTTP/2 switches no protocols.
  const { status, body } = answer.status === 101 ? { status: 501, body: undefined } : answer;
  const headers: OutgoingHttpHeaders = { ':status': status, ...outgoing(answer.headers) };
  const skip = isHead || bodiless(status);
  if (isStream(body)) {
    stream.respond(headers, { endStream: skip });
    if (skip) return;
    exchange.streams();
    return body.start(sinkOf(stream, () => breakOff(stream)));
  }
  const slices = body === undefined ? [] : body instanceof Uint8Array ? [body] : body;
  const size = byteLength(slices);
  if (!bodiless(status)) headers['content-length'] ??= String(size);
  const empty = skip || slices.length === 0;
  stream.respond(headers, { endStream: empty });
  if (empty) return;
  if (slices.length === 1) return void stream.end(slices[0]);
  if (size > groupBytes) return void writeSlices(stream, slices);
  stream.end(joinPieces(slices, size));
}

/** `close` would end the body in good order first; only destroying resets the stream. */
const breakOff = (stream: ServerHttp2Stream) => void stream.destroy(new Error('the body was broken off'));
