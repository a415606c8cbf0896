/** Somebody who opens the console: asks as a browser does, over one connection that stays open, and counts what comes. */
import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

export interface Answer {
  readonly status: number;
  /** As they came over the wire: compressed where the server compressed. */
  readonly body: Buffer;
}

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Visitor {
  ask(path: string, asking?: Asking): Promise<Answer>;
  /** @throws unless the answer is a success. */
  json(path: string, asking?: Asking): Promise<Record<string, unknown>>;
  close(): void;
}

/** `authority` is the path of the certificate that vouches for the server; it is read for each new connection. */
export function createVisitor(url: string, authority: string): Visitor {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask: Visitor['ask'] = (path, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, url),
        { method, agent, headers, ...(existsSync(authority) && { ca: readFileSync(authority) }) },
        response => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    ask,
    async json(path, asking) {
      const { status, body } = await ask(path, asking);
      if (status >= 300) throw new Error(`${asking?.method ?? 'GET'} ${path} was answered with ${status}: ${body}`);
      return JSON.parse(body.toString()) as Record<string, unknown>;
    },
    close: () => agent.destroy(),
  };
}
