/** A server in process for tests: memory store, seeded randomness, requests as small calls. */
import type { Response, UserInfo } from '@orrery/http';
import { chunksOf, readBody } from '@orrery/http';
import { systemClock } from '@orrery/machinery/clock';
import type { Clock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import type { Store } from '@orrery/store';
import { createApiServer } from '../server.ts';
import type { ApiServer, ApiServerOptions } from '../server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Response['headers'];
  readonly body: Record<string, unknown>;
  readonly text: string;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly user?: UserInfo;
}

export interface TestServer {
  readonly server: ApiServer;
  readonly store: Store;
  call(method: string, target: string, options?: CallOptions): Promise<Answer>;
  get(target: string, headers?: Record<string, string>): Promise<Answer>;
  create(target: string, body: unknown): Promise<Answer>;
  /** Reads watch events one by one. */
  watch(
    target: string,
    headers?: Record<string, string>,
  ): AsyncGenerator<{ type: string; object: Record<string, unknown> }>;
  close(): Promise<void>;
}

export const admin: UserInfo = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

const decoder = new TextDecoder();

export async function startServer(
  options: Partial<ApiServerOptions> & { clock?: Clock; store?: Store } = {},
): Promise<TestServer> {
  const clock = options.clock ?? systemClock;
  const store = options.store ?? createMemoryStore({ clock });
  const server = await createApiServer({ random: seededRandom(1), log: silentLog, ...options, store, clock });
  const request = (
    method: string,
    target: string,
    { body, headers = {}, user = admin }: CallOptions,
    signal: AbortSignal,
  ) =>
    server.handler({
      method,
      target,
      headers: {
        'user-agent': 'test/1',
        ...(body !== undefined && !('content-type' in headers) && { 'content-type': 'application/json' }),
        ...headers,
      },
      body:
        body === undefined
          ? new Uint8Array()
          : typeof body === 'string'
            ? Buffer.from(body)
            : body instanceof Uint8Array
              ? body
              : Buffer.from(JSON.stringify(body)),
      signal,
      user,
    });
  const call = async (method: string, target: string, given: CallOptions = {}): Promise<Answer> => {
    const response = await request(method, target, given, new AbortController().signal);
    const text = decoder.decode(await readBody(response.body));
    const isJson = text !== '' && String(response.headers['content-type']).startsWith('application/json');
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
  };
  return {
    server,
    store,
    call,
    get: (target, headers) => call('GET', target, { headers }),
    create: (target, body) => call('POST', target, { body }),
    async *watch(target, headers = {}) {
      const response = await request('GET', target, { headers }, new AbortController().signal);
      let text = '';
      for await (const chunk of chunksOf(response.body)) {
        text += decoder.decode(chunk);
        for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
          yield JSON.parse(text.slice(0, end)) as { type: string; object: Record<string, unknown> };
          text = text.slice(end + 1);
        }
      }
    },
    close: async () => {
      await server.close();
      await store.close();
    },
  };
}

export const podOf = (name: string, labels: Record<string, string> = {}): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: { containers: [{ name: 'c', image: 'busybox' }] },
});

/** The value at a path of names and positions, e.g. `at(body, 'metadata', 'name')`. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  for (const name of path) value = (value as Record<string | number, unknown> | undefined)?.[name];
  return value;
}
