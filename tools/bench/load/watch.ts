/** Watch fan-out: many watchers of one namespace, and a writer. Watchers count lines and parse nothing, so that they are as cheap as Node.js can be. */
import { request as plainRequest, type ClientRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Clock } from '@orrery/machinery/clock';

export interface FanOut {
  /** What is watched, e.g. `https://host:port/api/v1/namespaces/a/pods`, from which revision on. */
  readonly collection: string;
  readonly resourceVersion: string;
  readonly token: string;
  readonly watchers: number;
  readonly updates: number;
  /** Changes a second; 0 means the next as soon as the one before is answered. */
  readonly perSecond: number;
  /** Makes change number `n`, and resolves with its answer. */
  readonly change: (n: number) => Promise<void>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface FanOutResult {
  /** From the first change until the last watcher has the last event. */
  readonly elapsedMs: number;
  /** For each event of each watcher, from the moment its change was sent. */
  readonly delaysMs: readonly number[];
}

const newline = 0x0a;
const stallMs = 30_000;

/**
 * Runs the fan-out once.
 * @throws when a watch ends early, or nothing arrives for 30 s: each watcher must see each change, once.
 */
export async function fanOut(options: FanOut): Promise<FanOutResult> {
  const { watchers, updates, perSecond, change, clock, signal } = options;
  const sentAt: number[] = [];
  const delaysMs: number[] = [];
  const open: ClientRequest[] = [];
  const total = watchers * updates;
  const done = new AbortController();
  try {
    let arrived: () => void = () => {};
    let failed: (error: Error) => void = () => {};
    const allArrived = new Promise<void>((resolve, reject) => {
      arrived = resolve;
      failed = reject;
    });
    allArrived.catch(() => {});
    const listen = () => {
      let seen = 0;
      return (): void => {
        delaysMs.push(clock.monotonic() - sentAt[seen++]!);
        if (delaysMs.length === total) arrived();
      };
    };
    await Promise.all(Array.from({ length: watchers }, () => openWatch(options, open, listen(), failed)));
    const begun = clock.monotonic();
    for (let n = 0; n < updates; n++) {
      signal.throwIfAborted();
      const waitMs = perSecond > 0 ? begun + (n * 1000) / perSecond - clock.monotonic() : 0;
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      sentAt.push(clock.monotonic());
      await change(n);
    }
    await Promise.race([allArrived, stalled(() => delaysMs.length, total, clock, done.signal)]);
    return { elapsedMs: clock.monotonic() - begun, delaysMs };
  } finally {
    done.abort();
    for (const request of open) request.destroy();
  }
}

/** Resolves when the server has begun to answer; `onLine` is called for each event. */
function openWatch(
  { collection, resourceVersion, token }: FanOut,
  open: ClientRequest[],
  onLine: () => void,
  onFailure: (error: Error) => void,
): Promise<void> {
  const url = `${collection}?watch=true&resourceVersion=${resourceVersion}&timeoutSeconds=600`;
  const request = url.startsWith('https:') ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const options = { agent: false, rejectUnauthorized: false, headers: { authorization: `Bearer ${token}` } };
    const asked = request(url, options, response => {
      if (response.statusCode !== 200) return reject(new Error(`a watch was answered with ${response.statusCode}`));
      response.on('data', (chunk: Buffer) => {
        for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) onLine();
      });
      response.on('end', () => onFailure(new Error('a watch was ended by the server before all events had come')));
      resolve();
    });
    asked.on('error', error => {
      reject(error);
      onFailure(error);
    });
    asked.end();
    open.push(asked);
  });
}

/** Rejects when nothing has come for {@link stallMs}; is silent once `done`. */
async function stalled(count: () => number, total: number, clock: Clock, done: AbortSignal): Promise<void> {
  for (let before = -1; ;) {
    await clock.sleep(stallMs, done);
    const now = count();
    if (!done.aborted && now === before) throw new Error(`only ${now} of ${total} events came`);
    if (done.aborted) return;
    before = now;
  }
}
