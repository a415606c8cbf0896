/** A transport over `fetch`: for browsers, and wherever nothing but `fetch` is at hand. */
import type { Body, Handler, Headers, Request, Response, Sink } from '@orrery/http';

export interface FetchOptions {
  /** Stands before every target, e.g. `https://host`; nothing (the page's own origin) unless given. */
  readonly server?: string;
  /** Headers of every request; those of the request itself win. */
  readonly headers?: Headers;
}

/** What the browser sets itself and refuses to have set. */
const forbidden = new Set(['host', 'connection', 'content-length', 'user-agent', 'accept-encoding']);

/**
 * Redirects are not followed but rejected. Upgrades are rejected: browsers open WebSockets by other means. Rejects with a TypeError when
 * there is no answer, with the signal's reason after an abort.
 */
export function fetchTransport(options: FetchOptions = {}): Handler {
  return async (request: Request): Promise<Response> => {
    if (request.headers['upgrade'] !== undefined) throw new TypeError('fetch cannot switch protocols');
    const answer = await fetch(`${options.server ?? ''}${request.target}`, {
      method: request.method,
      headers: pairsOf({ ...options.headers, ...request.headers }),
      signal: request.signal,
      redirect: 'error',
      ...(request.body.length > 0 && { body: new Uint8Array(request.body) }),
    });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: bodyOf(answer.body) };
  };
}

function pairsOf(headers: Headers): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || forbidden.has(name)) return [];
    return (typeof value === 'string' ? [value] : value).map(one => [name, one]);
  });
}

function bodyOf(stream: ReadableStream<Uint8Array> | null): Body | undefined {
  return stream === null ? undefined : { start: sink => void pour(stream.getReader(), sink) };
}

/** Reads on only while the sink has room. */
async function pour(reader: ReadableStreamDefaultReader<Uint8Array>, sink: Sink): Promise<void> {
  let wake = () => {};
  sink.onDrain(() => wake());
  sink.onClose(() => {
    wake();
    reader.cancel().catch(() => {});
  });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return sink.end();
      const room = new Promise<void>(resolve => (wake = resolve));
      if (!sink.write(value) && !sink.closed) await room;
    }
  } catch {
    sink.destroy();
  }
}
