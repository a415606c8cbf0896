/** Connections and the requests under way on them: limits against slow clients, and an orderly end. Knows no protocol. */
import { errorAnswer } from '../answers.ts';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Connection, Handler, Headers, Request, Response } from '../types.ts';
import type { Limits } from './limits.ts';

/** How often connections and bodies are looked at. */
const sweepMs = 1_000;

/** Why the signal of a request aborts when nobody waits any more: made once, since making one costs as much as a small answer. */
const ended = new DOMException('This operation was aborted', 'AbortError');

/** One open connection. */
export interface Line {
  readonly about: Connection;
  /** Asks the client, where the protocol can, to send no more requests. */
  retire?(): void;
  /** Closes a connection that has nothing under way, after what was written. */
  end(): void;
  /** Cuts the connection. */
  cut(): void;
}

interface LineState extends Line {
  active: number;
  requests: number;
  since: number;
}

/** One request under way. */
export interface Exchange {
  /** Asks the handler for its answer, once the body is complete. A failing handler is answered for. */
  answer(head: RequestHead, body: Uint8Array): Promise<Response>;
  /** The answer could not be given. */
  failed(error: unknown): void;
  /** The answer is a stream: its signal aborts when the server is told to close. Upgrades are ended by `stop`, too. */
  streams(stop?: () => void): void;
  /** The peer is gone, or the answer is complete. */
  over(): void;
}

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
}

interface ExchangeState {
  streaming: boolean;
  bodyDeadline: number;
  stop?: () => void;
  abort(): void;
  cut(): void;
}

export interface Exchanges {
  readonly limits: Limits;
  readonly closing: boolean;
  readonly inFlight: number;
  /** Registers a connection; the result unregisters it. */
  connected(line: Line): { begin(cut: () => void): Exchange; closed(): void };
  /** Lets what is under way finish for `graceMs`, then cuts. Streams are told (by their signal) to end at once. */
  close(graceMs: number): Promise<void>;
}

export function createExchanges(handler: Handler, limits: Limits, clock: Clock, log: Log): Exchanges {
  const lines = new Set<LineState>();
  const running = new Set<ExchangeState>();
  let closing = false;
  let onIdle = () => {};

  const sweep = clock.every(sweepMs, () => {
    const now = clock.monotonic();
    for (const line of lines) {
      if (line.active > 0) continue;
      const limit = line.requests > 0 ? limits.idleMs : limits.headMs;
      if (now - line.since <= limit) continue;
      // A client of long standing is told; one that never asked anything is not worth the words.
      if (line.requests > 0) line.end();
      else line.cut();
    }
    for (const exchange of running) if (now > exchange.bodyDeadline) exchange.cut();
  });
  sweep.unref();

  const begin = (line: LineState, cut: () => void): Exchange => {
    // Most handlers never look at the signal: it is made when asked for.
    let controller: AbortController | undefined;
    let aborted = false;
    const state: ExchangeState = {
      streaming: false,
      bodyDeadline: clock.monotonic() + limits.bodyMs,
      cut,
      abort() {
        aborted = true;
        controller?.abort(ended);
      },
    };
    const signal = () => {
      controller ??= new AbortController();
      if (aborted) controller.abort(ended);
      return controller.signal;
    };
    line.active++;
    line.requests++;
    running.add(state);
    return {
      async answer({ method, target, headers }, body) {
        state.bodyDeadline = Infinity;
        const request: Request = {
          method,
          target,
          headers,
          body,
          connection: line.about,
          get signal() {
            return signal();
          },
        };
        try {
          return await handler(request);
        } catch (error) {
          if (!aborted) log.error('request failed', { method, target: target.split('?')[0], error });
          return errorAnswer(error);
        }
      },
      failed: error => log.error('answer failed', { error }),
      streams(stop) {
        state.streaming = true;
        state.stop = stop;
        if (closing) tellStream(state);
      },
      over() {
        if (!running.delete(state)) return;
        line.active--;
        line.since = clock.monotonic();
        state.abort();
        if (closing && line.active === 0) line.end();
        if (running.size === 0) onIdle();
      },
    };
  };
  return {
    limits,
    get closing() {
      return closing;
    },
    get inFlight() {
      return running.size;
    },
    connected(line) {
      const state: LineState = Object.assign(line, { active: 0, requests: 0, since: clock.monotonic() });
      lines.add(state);
      if (closing) line.end();
      return { begin: cut => begin(state, cut), closed: () => void lines.delete(state) };
    },
    async close(graceMs) {
      closing = true;
      for (const line of [...lines]) {
        line.retire?.();
        if (line.active === 0) line.end();
      }
      for (const exchange of [...running]) if (exchange.streaming) tellStream(exchange);
      if (running.size > 0 && graceMs > 0) {
        const late = new AbortController();
        onIdle = () => late.abort();
        await clock.sleep(graceMs, late.signal);
      }
      sweep.cancel();
      for (const exchange of [...running]) exchange.abort();
      for (const line of [...lines]) line.cut();
    },
  };
}

function tellStream(exchange: ExchangeState): void {
  exchange.abort();
  exchange.stop?.();
}
