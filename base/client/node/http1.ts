/** HTTP/1.1 to one server, with connections kept for reuse; upgrades take a connection of their own. */
import { Agent, request as send, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex as NodeDuplex } from 'node:stream';
import { asksUpgrade, joinDuplexes, type Request, type Response } from '@orrery/http';
import { duplexOf } from '@orrery/http/node';
import { closedEarly, type Dial } from './dial.ts';
import { receive, receivedHeaders } from './receive.ts';

export interface Http1Client {
  send(request: Request): Promise<Response>;
  close(): void;
}

/** Connections idle for so long are closed, before servers close them in our face (Kubernetes' after 90 s). */
const idleMs = 60_000;

/** An agent whose sockets come from `dial`: node:http then need not know of TLS. */
class DialAgent extends Agent {
  readonly #dial: Dial;
  /** Of connections that are being made: node:http knows of them when they are there. */
  #dialling = new AbortController();

  constructor(dial: Dial) {
    super({ keepAlive: true, timeout: idleMs });
    this.#dial = dial;
  }

  override createConnection(
    _options: unknown,
    callback?: (error: Error | null, stream: NodeDuplex) => void,
  ): NodeDuplex | null | undefined {
    this.#dial(['http/1.1'], this.#dialling.signal).then(
      socket => callback?.(null, socket),
      error => callback?.(error as Error, undefined as never),
    );
    return undefined;
  }

  override destroy(): void {
    super.destroy();
    this.#dialling.abort(closedEarly());
    this.#dialling = new AbortController();
  }
}

export function createHttp1Client(dial: Dial, url: URL): Http1Client {
  const agent = new DialAgent(dial);
  return {
    send: request => (asksUpgrade(request.headers) ? upgrade(dial, url, request) : exchange(agent, url, request)),
    close: () => agent.destroy(),
  };
}

function open(url: URL, request: Request, by: { agent: Agent } | { createConnection: () => Socket }): ClientRequest {
  const headers: OutgoingHttpHeaders = { host: url.host };
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : [...value];
  }
  const hasBody = request.body.length > 0 || request.method === 'POST' || request.method === 'PUT';
  if (hasBody) headers['content-length'] ??= String(request.body.length);
  return send({ method: request.method, path: request.target, headers, ...by });
}

function exchange(agent: Agent, url: URL, request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = open(url, request, { agent });
    let answered = false;
    const abort = () => {
      outgoing.destroy(request.signal.reason as Error);
      // Without a connection yet node:http tells of it only when there is one.
      if (!answered) reject(request.signal.reason);
    };
    request.signal.addEventListener('abort', abort, { once: true });
    outgoing.once('close', () => {
      request.signal.removeEventListener('abort', abort);
      // A server that switches protocols without being asked is cut off, and nothing else is said of it.
      if (!answered) reject(closedEarly());
    });
    outgoing.on('error', error => {
      reject(request.signal.aborted ? request.signal.reason : Object.assign(error, { reused: outgoing.reusedSocket }));
    });
    outgoing.once('response', message => {
      answered = true;
      answerOf(message).then(resolve, reject);
    });
    outgoing.end(request.body);
  });
}

async function answerOf(message: IncomingMessage): Promise<Response> {
  const headers = receivedHeaders(message.headers);
  return { status: message.statusCode ?? 0, headers, body: await receive(message, headers, () => message.complete) };
}

/** Asks on a connection of its own, which belongs to the taker of the stream after a 101. */
async function upgrade(dial: Dial, url: URL, request: Request): Promise<Response> {
  const socket = await dial(['http/1.1'], request.signal);
  return new Promise((resolve, reject) => {
    const outgoing = open(url, request, { createConnection: () => socket });
    const abort = () => socket.destroy();
    request.signal.addEventListener('abort', abort, { once: true });
    socket.once('close', () => request.signal.removeEventListener('abort', abort));
    outgoing.on('error', error => reject(request.signal.aborted ? request.signal.reason : error));
    outgoing.once('response', message => {
      message.once('close', () => socket.destroy());
      answerOf(message).then(resolve, reject);
    });
    outgoing.once('upgrade', (message, _socket, first) => {
      if (first.length > 0) socket.unshift(first);
      const raw = duplexOf(socket);
      resolve({
        status: 101,
        headers: receivedHeaders(message.headers),
        upgrade: stream => joinDuplexes(raw, stream),
      });
    });
    outgoing.end();
  });
}
