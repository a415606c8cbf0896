/** Real servers and the least clients, for tests of what goes over sockets. */
import { connect as connectHttp2, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as connectPlain } from 'node:net';
import type { TestContext } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { serve, type HttpServer, type ServeOptions } from '../node/server.ts';
import type { Handler } from '../types.ts';
import { createAuthority, type Pair } from './certificates.ts';

const authority = await createAuthority();

/** What the servers started here show, and what their clients believe. A test that changes it puts it back. */
export const trust = { authority, identity: await authority.issue('localhost', ['first.example.com']) };

/** A server that ends with the test. */
export async function start(
  t: TestContext,
  handler: Handler,
  options: Partial<ServeOptions> = {},
): Promise<HttpServer> {
  const server = await serve({
    handler,
    tls: { ...trust.identity, clientCA: trust.authority.cert },
    host: '127.0.0.1',
    clock: systemClock,
    log: silentLog,
    ...options,
  });
  t.after(() => server.close(0));
  return server;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  complete: boolean;
}

export interface Ask {
  method?: string;
  path?: string;
  headers?: Record<string, string | string[]>;
  body?: Uint8Array | string;
  client?: Pair;
}

/** One request over its own connection. */
export type Protocol = (port: number, ask: Ask) => Promise<Answer>;

export const http1: Protocol = (port, { method = 'GET', path = '/', headers, body, client }) =>
  new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      headers,
      ca: trust.authority.cert,
      agent: false as const,
      ...client,
    };
    const request = httpsRequest(options, message => void read(message).then(resolve));
    request.on('error', reject);
    request.end(body);
  });

export const read = (message: IncomingMessage) =>
  new Promise<Answer>(resolve => {
    const pieces: Buffer[] = [];
    message.on('data', piece => pieces.push(piece));
    message.on('error', () => {});
    message.once('close', () =>
      resolve({
        status: message.statusCode!,
        headers: message.headers,
        body: Buffer.concat(pieces).toString(),
        complete: message.complete,
      }),
    );
  });

export const http2: Protocol = (port, { method = 'GET', path = '/', headers, body, client }) =>
  new Promise((resolve, reject) => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: trust.authority.cert, ...client });
    session.on('error', reject);
    const stream = session.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined });
    let head: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
    const pieces: Buffer[] = [];
    stream.on('response', headers => (head = headers));
    stream.on('data', piece => pieces.push(piece));
    let failed = false;
    stream.on('error', () => (failed = true));
    stream.once('close', () => {
      session.close();
      const status = head[':status'] ?? 0;
      const complete = !failed && stream.rstCode === 0;
      resolve({ status, headers: head, body: Buffer.concat(pieces).toString(), complete });
    });
    if (body !== undefined) stream.end(body);
  });

export const protocols: Record<string, Protocol> = { 'HTTP/1.1': http1, 'HTTP/2': http2 };

/** Sends raw bytes to a plain server and gives what came back until it closed. */
export const exchange = (port: number, sent: string, open = false) =>
  new Promise<string>(resolve => {
    const socket = connectPlain({ host: '127.0.0.1', port, allowHalfOpen: true });
    let received = '';
    socket.on('data', piece => (received += piece.toString('latin1')));
    socket.on('error', () => {});
    socket.once('close', () => resolve(received));
    socket.once('end', () => socket.end());
    socket.write(sent, 'latin1', () => void (open || socket.end()));
  });
