/**
 * Calls of this server to webhooks that a configuration names: a review out, a review back. No identity of ours goes along, redirects are not
 * followed, answers are bounded in size and time, and nothing of an answer that is no review is told to the user.
 */
import type { Handler, Request, Response } from '@orrery/http';
import { readBody } from '@orrery/http';
import type { WebhookClientConfig } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import type { Reader } from '../types.ts';
import { encodeJson, parseJson } from '../registry/json.ts';
import { CalloutError, socketWords, statusWords } from './words.ts';
import { targetOf } from './target.ts';
import type { Target } from './target.ts';

/** A place to connect to. Equal places share their connections. */
export interface WebhookPlace {
  /** `https://host:port`; the host is what the certificate must name. */
  readonly origin: string;
  /** Where that really is, when it is not to be looked up by its name. */
  readonly address?: { readonly host: string; readonly port: number };
  /** PEM certificates that may vouch for it; the machine's unless given. */
  readonly ca?: string;
}

/** HTTP/1.1 over TLS, without credentials. A connection that cannot be made rejects with the socket's error. */
export type WebhookTransport = (place: WebhookPlace) => Handler;

export interface CalloutOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Answers with more bytes are refused. */
  readonly answerBytesMax?: number;
}

/** Posts a review and answers the parsed answer. @throws CalloutError in upstream's words */
export type Callout = (config: WebhookClientConfig, review: unknown, options: CalloutOptions) => Promise<unknown>;

const answerBytesMaxDefault = 10 * 1024 * 1024;

export interface CalloutParts {
  readonly reads: Reader;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: WebhookTransport | undefined;
}

export function createCallout({ reads, clock, random, transport }: CalloutParts): Callout {
  return async (config, review, options) => {
    const target = targetOf(config, options.timeoutMs);
    const failed = (words: string): CalloutError => new CalloutError(`Post "${target.url}": ${words}`, 503);
    const deadline = deadlineOf(clock, options);
    try {
      const place = await placeOf(target, reads, random).catch((error: Error) => Promise.reject(failed(error.message)));
      if (transport === undefined) throw failed('this server reaches no webhooks');
      const request: Request = {
        method: 'POST',
        target: target.path,
        headers: {
          host: target.shownHost,
          accept: 'application/json',
          'content-type': 'application/json',
          'user-agent': 'kube-apiserver-admission',
        },
        body: encodeJson(review),
        signal: deadline.signal,
      };
      const limit = options.answerBytesMax ?? answerBytesMaxDefault;
      try {
        return await deadline.within(exchange(transport(place), request, limit));
      } catch (error) {
        if (error instanceof CalloutError) throw error;
        throw failed(deadline.signal.aborted ? deadline.words() : socketWords(error, place));
      }
    } finally {
      deadline.end();
    }
  };
}

async function placeOf(target: Target, reads: Reader, random: Random): Promise<WebhookPlace> {
  const address = await target.resolve(reads, random);
  return { origin: target.origin, ...(address && { address }), ...(target.ca && { ca: target.ca }) };
}

async function exchange(handler: Handler, request: Request, limit: number): Promise<unknown> {
  const response = await send(handler, request);
  if (response.status < 200 || response.status > 206) {
    dropBody(response);
    throw new CalloutError(statusWords(response.status), response.status);
  }
  const body = await readBody(response.body, { limit, signal: request.signal }).catch((error: unknown) => {
    if (error instanceof RangeError) throw new CalloutError(`the answer is larger than ${limit} bytes`, 503);
    throw error;
  });
  try {
    return parseJson<unknown>(body);
  } catch {
    throw new CalloutError("couldn't get version/kind; json parse error: the answer is no JSON", 503);
  }
}

/** Reviews may be repeated by contract: one that met a kept connection which was closed meanwhile is sent anew. */
async function send(handler: Handler, request: Request): Promise<Response> {
  try {
    return await handler(request);
  } catch (error) {
    const { reused } = error as { reused?: boolean };
    if (!reused || request.signal.aborted) throw error;
    return handler(request);
  }
}

/** Reads nothing more and lets the connection go. */
function dropBody({ body }: Response): void {
  if (body !== undefined && 'start' in body) readBody(body, { limit: 0 }).catch(() => {});
}

interface Deadline {
  readonly signal: AbortSignal;
  /** Rejects when the time is over, whatever the other side does. */
  within<T>(work: Promise<T>): Promise<T>;
  words(): string;
  end(): void;
}

function deadlineOf(clock: Clock, { timeoutMs, signal: outer }: CalloutOptions): Deadline {
  const stop = new AbortController();
  let isLate = false;
  const timer = clock.after(timeoutMs, () => {
    isLate = true;
    stop.abort(new Error('context deadline exceeded'));
  });
  const abort = (): void => stop.abort(new Error('context canceled'));
  outer?.addEventListener('abort', abort, { once: true });
  if (outer?.aborted) abort();
  const { signal } = stop;
  return {
    signal,
    within: work =>
      new Promise((resolve, reject) => {
        const over = (): void => reject(signal.reason as Error);
        signal.addEventListener('abort', over, { once: true });
        if (signal.aborted) over();
        work.then(resolve, reject);
      }),
    words: () => (isLate ? 'context deadline exceeded' : 'context canceled'),
    end() {
      timer.cancel();
      outer?.removeEventListener('abort', abort);
    },
  };
}
