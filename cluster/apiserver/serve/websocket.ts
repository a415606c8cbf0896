/** Streams to clients that asked for a WebSocket instead: watches (`handlers/watch.go`, `HandleWS`) and logs (`wsstream.NewReader`). */
import { headerList } from '@orrery/http';
import type { Headers, Request, Response, StreamBody } from '@orrery/http';
import { acceptWebSocket, sinkOf } from '@orrery/http/node/websocket';
import { withoutWebsocketToken } from '../authentication/websocket-token.ts';

type Message = Uint8Array | string;

/** What a handshake adds to a request: nothing for whoever answers without a WebSocket. */
const handshake = /^(connection|upgrade|sec-websocket-.*)$/;

export const withoutHandshake = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !handshake.test(name)));

/** Lines of JSON, each with its end. */
function* lines(chunk: Uint8Array): Generator<string> {
  const text = new TextDecoder().decode(chunk);
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end + 1;
    yield text.slice(from, to);
    from = to;
  }
}

/** Frames of a protobuf stream without their lengths: a message of a WebSocket has one already. */
function* frames(chunk: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  for (let at = 0; at + 4 <= chunk.length;) {
    const end = at + 4 + view.getUint32(at);
    yield chunk.subarray(at + 4, end);
    at = end;
  }
}

/** The protocols asked for, but for those that are tokens. */
const askedProtocols = (request: Request): readonly string[] =>
  headerList(withoutWebsocketToken(request.headers), 'sec-websocket-protocol');

/** A watch: each event is a message, a text for JSON and bytes for protobuf. One protocol may be named, whichever. */
export function watchOverWebSocket(request: Request, body: StreamBody, isText: boolean): Response {
  const asked = askedProtocols(request);
  const protocols = asked.length === 1 ? asked : [];
  const clean = { ...request, headers: withoutWebsocketToken(request.headers) };
  return acceptWebSocket(clean, protocols, socket => body.start(sinkOf(socket, isText ? lines : frames)));
}

const logProtocols = ['binary.k8s.io', 'base64.binary.k8s.io'];

/** Messages have at most this many bytes of a log. */
const logMessageBytes = 2048;

/** A log: an empty message first, then its bytes, or their base64. */
export function logOverWebSocket(request: Request, body: StreamBody): Response {
  const clean = { ...request, headers: withoutWebsocketToken(request.headers) };
  return acceptWebSocket(clean, logProtocols, (socket, protocol) => {
    const messageOf = (piece: Uint8Array): Message =>
      protocol === 'base64.binary.k8s.io' ? Buffer.from(piece).toString('base64') : piece;
    function* messages(chunk: Uint8Array): Generator<Message> {
      for (let at = 0; at < chunk.length; at += logMessageBytes)
        yield messageOf(chunk.subarray(at, at + logMessageBytes));
    }
    socket.send(messageOf(new Uint8Array()));
    body.start(sinkOf(socket, messages));
  });
}
