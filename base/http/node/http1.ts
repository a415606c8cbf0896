/** HTTP/1.1 connections by way of node:http: every shape of request, upgrades included. */
import { createServer, STATUS_CODES, validateHeaderName, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { badRequest } from '@orrery/machinery/status';
import { errorAnswer, statusAnswer } from '../answers.ts';
import { asksUpgrade, header } from '../headers.ts';
import { isStream, type Connection, type Headers, type Response } from '../types.ts';
import { collectBody, tooLarge } from './body.ts';
import type { Exchange, Exchanges, RequestHead } from './exchanges.ts';
import { headersOf, originForm, outgoing, plainAddress, wireText } from './head.ts';
import { byteLength, duplexOf, sinkOf, writeSlices } from './streams.ts';

/** Takes over connections of one protocol. */
export interface Front {
  accept(socket: Socket, clientCertificate?: Uint8Array): void;
}

/** Built so that a faster parser can stand before it and pass on whatever it does not know, with `socket.unshift`. */
export function createHttp1(exchanges: Exchanges): Front {
  const begins = new WeakMap<Socket, () => Exchange>();
  const server = createServer({
    maxHeaderSize: exchanges.limits.headerBytes,
    // Slow and idle clients are dealt with by `Exchanges`, with the server's clock.
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 0,
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
  server.on('clientError', refuse);
  return {
    accept(socket, clientCertificate) {
      const about: Connection = {
        remoteAddress: plainAddress(socket.remoteAddress),
        protocol: 'http/1.1',
        ...(clientCertificate && { clientCertificate }),
      };
      const cut = () => void socket.destroy();
      const line = exchanges.connected({ about, cut, end: () => socket.destroySoon() });
      begins.set(socket, () => line.begin(cut));
      socket.once('close', line.closed);
      server.emit('connection', socket);
    },
  };
}

/** The head, or undefined for one that no server may answer but with 400. */
function headOf(message: IncomingMessage): RequestHead | undefined {
  const target = originForm(message.url ?? '');
  const hosts = message.rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === 'host').length;
  if (target === undefined || hosts > 1) return undefined;
  return { method: message.method ?? 'GET', target, headers: headersOf(message.rawHeaders) };
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

const noBody = new Uint8Array(0);
const badHead = () => statusAnswer(badRequest('the request line or the host header is malformed').toStatus());

/** Statuses that never have a body. */
const bodiless = (status: number): boolean => status === 204 || status === 304;

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
  if (exchanges.closing) headers['connection'] = 'close';
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
  if (!target.writable || error.code === 'ECONNRESET' || error.code === 'EPIPE') return void target.destroy();
  const text = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  target.end(`HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${text}`, () =>
    target.destroySoon(),
  );
}
