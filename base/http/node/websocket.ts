/** WebSockets over any {@link Duplex}, either side; frames are read and built by `ws`, the handshake is HTTP like any other. */
import { createHash } from 'node:crypto';
import { Receiver, Sender } from 'ws';
import { badRequest } from '@orrery/machinery/status';
import { statusAnswer } from '../answers.ts';
import { joinBytes } from '../body.ts';
import { asksUpgrade, header, headerList } from '../headers.ts';
import type { Duplex, Request, Response, Sink } from '../types.ts';

const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface WebSocketOptions {
  readonly role: 'client' | 'server';
  /** Larger messages end the connection with status 1009. 16 MiB unless given. */
  readonly maxMessageBytes?: number;
}

export interface WebSocketConnection {
  /** A text is sent as a text message. False when the peer is slower than we are: wait for `onDrain`. */
  send(message: Uint8Array | string): boolean;
  /** Says good-bye; what was sent before still arrives. */
  close(code?: number, reason?: string): void;
  /** Breaks the connection off. */
  destroy(): void;
  ping(): void;
  onMessage(callback: (message: Uint8Array, isText: boolean) => void): void;
  onDrain(callback: () => void): void;
  /** Called once, with the peer's status, or 1006 when the connection broke. */
  onClose(callback: (code: number, reason: string) => void): void;
  pause(): void;
  resume(): void;
  readonly queuedBytes: number;
  readonly closed: boolean;
}

/** Speaks WebSocket over a stream whose handshake is done. */
export function createWebSocket(wire: Duplex, options: WebSocketOptions): WebSocketConnection {
  const mask = options.role === 'client';
  const closes: ((code: number, reason: string) => void)[] = [];
  let onMessage: (message: Uint8Array, isText: boolean) => void = () => {};
  let closeSent = false;
  let over = false;
  let peer = { code: 1006, reason: '' };

  const send = (opcode: number, data: Uint8Array) => {
    if (over || (closeSent && opcode !== opcodes.close)) return true;
    const frame = Sender.frame(data, { fin: true, rsv1: false, opcode, mask, readOnly: true });
    // Small messages are one write: a head of its own would be a TLS record of its own.
    if (data.length <= 64 * 1024) return wire.write(joinBytes(frame));
    return frame.reduce((more, piece) => wire.write(piece) && more, true);
  };
  const sendClose = (code: number, reason: string) => {
    if (closeSent) return;
    const body = Buffer.alloc(2 + Buffer.byteLength(reason));
    body.writeUInt16BE(code);
    body.write(reason, 2);
    send(opcodes.close, code === 1005 ? Buffer.alloc(0) : body);
    closeSent = true;
  };
  const finish = () => {
    if (over) return;
    over = true;
    receiver.destroy();
    for (const callback of closes.splice(0)) callback(peer.code, peer.reason);
  };
  const receiver = new Receiver({
    isServer: options.role === 'server',
    maxPayload: options.maxMessageBytes ?? 16 << 20,
    allowSynchronousEvents: true,
  });
  receiver.on('message', (data, isBinary) => onMessage(data, !isBinary));
  receiver.on('ping', data => void send(opcodes.pong, data));
  receiver.on('conclude', (code, reason) => {
    peer = { code, reason: reason.toString() };
    sendClose(code, '');
    wire.end();
    finish();
  });
  receiver.on('error', (error: Error & { [statusCode: symbol]: number }) => {
    // The library knows the status that fits; it keeps it under a symbol of its own.
    const [symbol] = Object.getOwnPropertySymbols(error).filter(symbol => symbol.description === 'status-code');
    sendClose(symbol ? error[symbol]! : 1002, error.message.slice(0, 100));
    wire.end();
    finish();
  });
  wire.onData(bytes => {
    if (!over) receiver.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  });
  wire.onEnd(() => {
    wire.end();
    finish();
  });
  wire.onClose(finish);

  return {
    send: message =>
      typeof message === 'string' ? send(opcodes.text, Buffer.from(message)) : send(opcodes.binary, message),
    close(code = 1000, reason = '') {
      sendClose(code, reason);
      // The server closes the connection; a client gives it the chance to.
      if (options.role === 'server') wire.end();
    },
    destroy() {
      wire.destroy();
      finish();
    },
    ping: () => void send(opcodes.ping, Buffer.alloc(0)),
    onMessage: callback => void (onMessage = callback),
    onDrain: callback => wire.onDrain(callback),
    onClose: callback => void (over ? callback(peer.code, peer.reason) : closes.push(callback)),
    pause: () => wire.pause(),
    resume: () => wire.resume(),
    get queuedBytes() {
      return wire.queuedBytes;
    },
    get closed() {
      return over || closeSent;
    },
  };
}

/** The writing end of a WebSocket; a chunk may be several messages, and each is told at once. */
export function sinkOf(
  socket: WebSocketConnection,
  messagesOf: (chunk: Uint8Array) => Iterable<Uint8Array | string>,
): Sink {
  return {
    write(chunk) {
      let ready = true;
      for (const message of messagesOf(chunk)) ready = socket.send(message);
      return ready;
    },
    end: () => socket.close(),
    destroy: () => socket.destroy(),
    get queuedBytes() {
      return socket.queuedBytes;
    },
    get closed() {
      return socket.closed;
    },
    onDrain: callback => socket.onDrain(callback),
    onClose: callback => socket.onClose(() => callback()),
  };
}

/** The stream inside a WebSocket whose binary messages are its bytes: SPDY tunnelled as kubectl does for port-forward. */
export function tunnelOf(socket: WebSocketConnection): Duplex {
  const ends: (() => void)[] = [];
  let gone = false;
  socket.onClose(() => {
    gone = true;
    for (const callback of ends) callback();
  });
  return Object.assign(
    sinkOf(socket, bytes => (bytes.length === 0 ? [] : [bytes])),
    {
      onData: (callback: (bytes: Uint8Array) => void) => socket.onMessage(callback),
      onEnd: (callback: () => void) => void (gone ? callback() : ends.push(callback)),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    },
  );
}

const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export const asksWebSocket = (request: Pick<Request, 'headers'>): boolean =>
  asksUpgrade(request.headers) && header(request.headers, 'upgrade')?.toLowerCase() === 'websocket';

/**
 * The answer to a WebSocket handshake. `protocols` are ours, the preferred one first; the client's order decides, as upstream. A client
 * that names none gets none; one that names only others is refused with 400.
 */
export function acceptWebSocket(
  request: Request,
  protocols: readonly string[],
  take: (socket: WebSocketConnection, protocol: string) => void,
  options: Omit<WebSocketOptions, 'role'> = {},
): Response {
  const { headers } = request;
  const key = header(headers, 'sec-websocket-key');
  if (!asksWebSocket(request) || request.method !== 'GET' || !key || !/^[+/0-9A-Za-z]{22}==$/.test(key))
    return statusAnswer(badRequest('not a WebSocket handshake').toStatus());
  if (header(headers, 'sec-websocket-version') !== '13')
    return {
      ...statusAnswer(badRequest('unsupported WebSocket version').toStatus()),
      headers: { 'sec-websocket-version': '13' },
    };
  const offered = headerList(headers, 'sec-websocket-protocol');
  const protocol = offered.find(name => protocols.includes(name));
  if (offered.length > 0 && protocol === undefined)
    return statusAnswer(badRequest(`none of the WebSocket protocols ${offered.join(', ')} is supported`).toStatus());
  return {
    status: 101,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-accept': createHash('sha1').update(`${key}${magic}`).digest('base64'),
      ...(protocol && { 'sec-websocket-protocol': protocol }),
    },
    upgrade: stream => take(createWebSocket(stream, { ...options, role: 'server' }), protocol ?? ''),
  };
}
