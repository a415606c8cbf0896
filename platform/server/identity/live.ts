/** Requests under way, by session: what ends when a session does, open watches and terminals included. */
import { isStream, type Duplex, type Handler, type Request, type Response, type Sink } from '@orrery/http';

export interface LiveRequests {
  /** Runs a request of a session so that `end` reaches its answer while that goes on: watches, logs, terminals. */
  run(session: string, request: Request, handler: Handler): Promise<Response>;
  end(session: string): void;
  endAll(): void;
  readonly size: number;
}

export function createLiveRequests(): LiveRequests {
  const running = new Map<string, Set<() => void>>();
  const track = (session: string, stop: () => void): (() => void) => {
    const set = running.get(session) ?? new Set();
    running.set(session, set.add(stop));
    return () => {
      set.delete(stop);
      if (set.size === 0 && running.get(session) === set) running.delete(session);
    };
  };
  return {
    async run(session, request, handler) {
      const ending = new AbortController();
      const forward = () => ending.abort(request.signal.reason);
      request.signal.addEventListener('abort', forward, { once: true });
      if (request.signal.aborted) forward();
      // What is answered at once is let finish: its rights were looked at a moment ago, and half a write helps nobody.
      let answered = false;
      let isOver = false;
      const end = () => {
        isOver = true;
        if (answered) ending.abort(new Error('the session is over'));
      };
      const untrack = track(session, end);
      const over = () => {
        untrack();
        request.signal.removeEventListener('abort', forward);
      };
      try {
        const response = await handler({ ...request, signal: ending.signal });
        answered = true;
        if (isOver && (response.upgrade || isStream(response.body))) end();
        return held(response, ending.signal, over);
      } catch (error) {
        over();
        throw error;
      }
    },
    end(session) {
      for (const stop of running.get(session) ?? []) stop();
    },
    endAll() {
      for (const set of running.values()) for (const stop of set) stop();
    },
    get size() {
      return running.size;
    },
  };
}

/** The answer, whose stream breaks off when `signal` aborts; `over` is called when it has ended. */
function held(response: Response, signal: AbortSignal, over: () => void): Response {
  const { body, upgrade } = response;
  const guard = (sink: Sink | Duplex): void => {
    const stop = () => sink.destroy();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    sink.onClose(() => {
      signal.removeEventListener('abort', stop);
      over();
    });
  };
  if (upgrade)
    return {
      ...response,
      upgrade(stream) {
        guard(stream);
        upgrade(stream);
      },
    };
  if (!isStream(body)) {
    over();
    return response;
  }
  return {
    ...response,
    body: {
      start(sink) {
        guard(sink);
        body.start(sink);
      },
    },
  };
}
