/** Requests under way, by session: what ends when a session does, open watches and terminals included. */
import { isStream, type Duplex, type Handler, type Request, type Response, type Sink } from '@orrery/http';

export interface RunOptions {
  /** Its handler looks after its rights itself, told by `onRightsLost`. */
  readonly rechecks?: boolean;
}

export interface LiveRequests {
  /** Runs a request of a session so that `end` reaches its answer while that goes on: watches, logs, terminals. */
  run(session: string, request: Request, handler: Handler, options?: RunOptions): Promise<Response>;
  end(session: string): void;
  /** Ends what stands on rights that may be gone, and tells those that look after theirs. Without a session: of everybody. */
  rightsLost(session?: string): void;
  onRightsLost(listener: (session?: string) => void): () => void;
  readonly size: number;
}

export function createLiveRequests(): LiveRequests {
  const running = new Map<string, Map<() => void, RunOptions>>();
  const listeners = new Set<(session?: string) => void>();
  const track = (session: string, stop: () => void, options: RunOptions): (() => void) => {
    const set = running.get(session) ?? new Map<() => void, RunOptions>();
    running.set(session, set.set(stop, options));
    return () => {
      set.delete(stop);
      if (set.size === 0 && running.get(session) === set) running.delete(session);
    };
  };
  return {
    async run(session, request, handler, options = {}) {
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
      const untrack = track(session, end, options);
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
      for (const stop of running.get(session)?.keys() ?? []) stop();
    },
    rightsLost(session) {
      const touched = session === undefined ? [...running.values()] : [running.get(session) ?? []];
      for (const set of touched) for (const [stop, { rechecks }] of set) if (!rechecks) stop();
      for (const listener of listeners) listener(session);
    },
    onRightsLost(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
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
