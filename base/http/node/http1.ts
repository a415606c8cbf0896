/** HTTP/1.1 connections by way of node:http: every shape of request, upgrades included. */
import { createServer, STATUS_CODES, validateHeaderName, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { badRequest } from '@orrery/machinery/status';
import { errorAnswer, statusAnswer } from '../answers.ts';
import { asksUpgrade, header } from '../headers.ts';
import { isStream, type Headers, type Response } from '../types.ts';
import { bodiless, collectBody, noBody, tooLarge } from './body.ts';
import type { Exchange, Exchanges, RequestHead } from './exchanges.ts';
import { headersOf, originForm, outgoing, wireText } from './head.ts';
import { byteLength, duplexOf, sinkOf, writeSlices } from './streams.ts';

/** Takes over connections of one protocol. */
export interface Front {
  accept(socket: Socket, clientCertificate?: Uint8Array): void;
}

/** The parser of every shape of request. */
export interface FullFront {
  /** Takes over a connection that is registered already, with what was read of it put back. `begin` registers a request. */
  take(socket: Socket, begin: () => Exchange): void;
}

/** A leaner parser stands before it and passes on whatever it does not know (`lean.ts`). */
export function createHttp1(exchanges: Exchanges): FullFront {
  const begins = new WeakMap<Socket, () => Exchange>();
  const server = createServer({
    maxHeaderSize: exchanges.limits.headerBytes,
    // Slow and idle clients are dealt with by `Exchanges`, with the server's clock.
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 0,
    // What is wrong with a head is found in one place: `headOf`.
    requireHostHeader: false,
    // An offer to go on in plain HTTP/2 is declined by answering the request as it stands.
    shouldUpgradeCallback: message => !/^h2c$/i.test(message.headers.upgrade ?? ''),
  });
  // Headers are bounded by their size: dropping some silently would change what a request means.
  server.maxHeadersCount = 0;
  const begin = (message: IncomingMessage) => begins.get(message.socket)!();
  server.on('request', (message, reply) => void serve(exchanges, begin(message), message, reply));
  server.on('checkContinue', (message, reply) => {
    void serve(exchanges, begin(message), message, reply, () => reply.writeContinue());
  });
  server.on('upgrade', (message, socket, first) => {
    void serveUpgrade(exchanges, begin(message), message, socket as Socket, first);
  });
  server.on('connect', (_message, socket) => refuseWith(socket as Socket, '400 Bad Request'));
  server.on('clientError', refuse);
  return {
    take(socket, begin) {
      begins.set(socket, begin);
      server.emit('connection', socket);
    },
  };
}

/** Connections on which a head was refused: what follows there was sent by somebody who means something else than we read. */
const refusedOn = new WeakSet<Socket>();

/** The head, or undefined for one that no server may answer but with 400. */
function headOf(message: IncomingMessage): RequestHead | undefined {
  const target = originForm(message.url ?? '');
  const hosts = message.rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === 'host').length;
  const { httpVersion } = message;
  // The parser would take 0.9 and 2.0 too.
  const isFine = httpVersion === '1.1' ? hosts === 1 : httpVersion === '1.0' && hosts <= 1;
  if (target !== undefined && isFine)
    return { method: message.method ?? 'GET', target, headers: headersOf(message.rawHeaders) };
  refusedOn.add(message.socket);
  return undefined;
}

async function serve(
  exchanges: Exchanges,
  exchange: Exchange,
  message: IncomingMessage,
  reply: ServerResponse,
  askForBody = () => {},
): Promise<void> {
  // 'close' comes after the last byte went to the socket as well as when the client left.
  reply.once('close', exchange.over);
  reply.on('error', () => {});
  if (refusedOn.has(message.socket)) return;
  const head = headOf(message);
  if (!head) return send(exchanges, exchange, message, reply, badHead());
  const { bodyBytes } = exchanges.limits;
  const announced = header(head.headers, 'content-length');
  if (announced === undefined && head.headers['transfer-encoding'] === undefined) {
    return send(exchanges, exchange, message, reply, await exchange.answer(head, noBody));
  }
  const length = announced === undefined ? undefined : Number(announced);
  if (length === undefined || length <= bodyBytes) askForBody();
  const body = await collectBody(message, bodyBytes, length);
  if (body === undefined) return;
  const answer = body === 'too large' ? tooLarge(bodyBytes) : await exchange.answer(head, body);
  send(exchanges, exchange, message, reply, answer);
}

const badHead = () => statusAnswer(badRequest('the request line or the host header is malformed').toStatus());

function send(
  exchanges: Exchanges,
  exchange: Exchange,
  message: IncomingMessage,
  reply: ServerResponse,
  answer: Response,
): void {
  if (reply.destroyed) return;
  try {
    write(exchanges, exchange, message, reply, answer);
  } catch (error) {
    exchange.failed(error);
    if (reply.headersSent) reply.destroy();
    else write(exchanges, exchange, message, reply, errorAnswer(error));
  }
}

function write(
  exchanges: Exchanges,
  exchange: Exchange,
  message: IncomingMessage,
  reply: ServerResponse,
  answer: Response,
): void {
  // A switch of protocols that was not asked for.
  const { status, body } = answer.status === 101 ? { status: 501, body: undefined } : answer;
  const headers = outgoing(answer.headers);
  if (exchanges.closing || refusedOn.has(message.socket)) headers['connection'] = 'close';
  const skip = message.method === 'HEAD' || bodiless(status);
  if (isStream(body)) {
    reply.writeHead(status, headers);
    if (skip) return void reply.end();
    exchange.streams();
    reply.flushHeaders();
    return body.start(sinkOf(reply, () => reply.destroy()));
  }
  const slices = body === undefined ? [] : body instanceof Uint8Array ? [body] : body;
  if (!bodiless(status)) headers['content-length'] ??= String(byteLength(slices));
  reply.writeHead(status, headers);
  if (skip || slices.length === 0) return void reply.end();
  if (slices.length === 1) return void reply.end(slices[0]);
  void writeSlices(reply, slices);
}

/** A request to switch protocols owns its socket: node:http will not write the answer any more. */
async function serveUpgrade(
  exchanges: Exchanges,
  exchange: Exchange,
  message: IncomingMessage,
  socket: Socket,
  first: Uint8Array,
): Promise<void> {
  socket.once('close', exchange.over);
  socket.on('error', () => {});
  const head = headOf(message);
  const answer = head && asksUpgrade(head.headers) ? await exchange.answer(head, noBody) : badHead();
  if (socket.destroyed) return;
  try {
    switchOrRefuse(exchanges, exchange, message, socket, first, answer);
  } catch (error) {
    exchange.failed(error);
    socket.destroy();
  }
}

function switchOrRefuse(
  exchanges: Exchanges,
  exchange: Exchange,
  message: IncomingMessage,
  socket: Socket,
  first: Uint8Array,
  answer: Response,
): void {
  if (answer.status === 101 && answer.upgrade && !exchanges.closing) {
    const upgrade = header(answer.headers, 'upgrade') ?? message.headers.upgrade ?? '';
    const headers = { ...outgoing(answer.headers), connection: 'Upgrade', upgrade: wireText(upgrade) };
    socket.write(headText(101, headers), 'latin1');
    exchange.streams(() => socket.destroySoon());
    if (first.length > 0) socket.unshift(first);
    return answer.upgrade(duplexOf(socket));
  }
  refuseUpgrade(socket, exchange, answer);
}

/** Answers as any other request would be, on a connection that ends with the body. */
function refuseUpgrade(socket: Socket, exchange: Exchange, answer: Response): void {
  const { body } = answer;
  const status = answer.status === 101 ? 503 : answer.status;
  const slices = body === undefined || isStream(body) ? [] : body instanceof Uint8Array ? [body] : body;
  const length = isStream(body) ? {} : { 'content-length': String(byteLength(slices)) };
  socket.resume();
  socket.write(headText(status, { ...outgoing(answer.headers), ...length, connection: 'close' }), 'latin1');
  if (!isStream(body)) {
    for (const slice of slices) socket.write(slice);
    return void socket.end(() => socket.destroySoon());
  }
  exchange.streams();
  body.start(sinkOf(socket));
}

/** `headers` in the form {@link outgoing} gives them. */
function headText(status: number, headers: Headers): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'string' ? [value] : value) {
      validateHeaderName(name);
      text += `${name}: ${one}\r\n`;
    }
  }
  return `${text}\r\n`;
}

/** What the parser cannot make sense of is answered in plain text, like Go's server does, and the connection ends. */
function refuse(error: Error & { code?: string }, socket: NodeJS.WritableStream & { destroyed?: boolean }): void {
  const target = socket as Socket;
  if (target.destroyed) return;
  // Bytes behind a request that was the last one, or behind one that was refused, are nobody's.
  if (error.code === 'HPE_CLOSED_CONNECTION' || refusedOn.has(target)) return;
  if (!target.writable || error.code === 'ECONNRESET' || error.code === 'EPIPE') return void target.destroy();
  refuseWith(target, error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request');
}

/** Answers for what never became a request, and ends the connection. */
export function refuseWith(socket: Socket, status: string): void {
  const headers = 'Content-Type: text/plain; charset=utf-8\r\nConnection: close';
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${status}`, () => socket.destroySoon());
}
