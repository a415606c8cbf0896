/** A typed client of the REST surface over any transport: sockets, `fetch` in a browser, or the platform's own handler. */
import { expectSuccess, withQuery } from '@orrery/client';
import { readBody, type Handler } from '@orrery/http';
import { fillPath } from './path.ts';
import type { AnswerOf, AnyRoute, BodyOf, ParametersOfRoute, QueryOf } from './route.ts';

export interface CallOptions<R> {
  /** The values of the path's names. */
  readonly path?: ParametersOfRoute<R>;
  readonly query?: QueryOf<R> & Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: BodyOf<R>;
  readonly signal?: AbortSignal;
}

export interface PlatformClientOptions {
  /** `host` unless given: every request names a cluster. */
  readonly cluster?: string;
  /** Asked before each request. */
  readonly token?: () => string | undefined;
}

export interface PlatformClient {
  /** Rejects with a StatusError for an answer outside 2xx, and with the transport's error when there is none. */
  call<R extends AnyRoute>(route: R, options?: CallOptions<R>): Promise<AnswerOf<R>>;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** `/kapis/x` of the cluster `c` is `/kapis/clusters/c/x`; paths of other prefixes name none. */
export const inCluster = (path: string, cluster: string | undefined): string =>
  cluster === undefined ? path : path.replace(/^\/(api|apis|kapis)\//, `/$1/clusters/${encodeURIComponent(cluster)}/`);

export function createPlatformClient(transport: Handler, options: PlatformClientOptions = {}): PlatformClient {
  return {
    async call<R extends AnyRoute>(route: R, given: CallOptions<R> = {}): Promise<AnswerOf<R>> {
      const path = fillPath(route.paths[0]!, (given.path ?? {}) as Record<string, string>);
      const token = options.token?.();
      const body = encode(route, given.body);
      const response = await transport({
        method: route.method,
        target: withQuery(inCluster(path, options.cluster), given.query ?? {}),
        headers: {
          accept: 'application/json',
          ...(body && { 'content-type': route.form ? 'application/x-www-form-urlencoded' : 'application/json' }),
          ...(token && { authorization: `Bearer ${token}` }),
        },
        body: body ?? new Uint8Array(0),
        signal: given.signal ?? new AbortController().signal,
      });
      await expectSuccess(response, given.signal);
      const text = decoder.decode(await readBody(response.body, { signal: given.signal }));
      return (text === '' ? undefined : JSON.parse(text)) as AnswerOf<R>;
    },
  };
}

function encode(route: AnyRoute, body: unknown): Uint8Array | undefined {
  if (body === undefined) return undefined;
  if (!route.form) return encoder.encode(JSON.stringify(body));
  const fields = Object.entries(body as Record<string, unknown>).filter(([, value]) => value !== undefined);
  return encoder.encode(
    new URLSearchParams(fields.map(([name, value]): [string, string] => [name, String(value)])).toString(),
  );
}
