/** Sends a review to a webhook of a kubeconfig, and reads what comes back. */
import type { Handler } from '@orrery/http';
import { readBody } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';

export interface ReviewCall {
  readonly send: Handler;
  readonly path: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

const bytesMax = 1 << 20;

/** @throws Error when there is no answer in time, or none that is a JSON object */
export async function post({ send, path, clock, timeoutMs }: ReviewCall, review: object): Promise<object> {
  const stop = new AbortController();
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {});
  const timer = clock
    .after(timeoutMs, () => {
      const error = new Error('no answer in time');
      stop.abort(error);
      late.reject(error);
    })
    .unref();
  const exchange = async (): Promise<object> => {
    const headers = { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'kube-apiserver' };
    const body = Buffer.from(JSON.stringify(review));
    const answer = await send({ method: 'POST', target: path, headers, body, signal: stop.signal });
    const text = Buffer.from(await readBody(answer.body, { limit: bytesMax, signal: stop.signal })).toString();
    if (answer.status < 200 || answer.status > 299) throw new Error(`the answer was ${answer.status}`);
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) throw new Error('the answer is no object');
    return value;
  };
  try {
    return await Promise.race([exchange(), late.promise]);
  } finally {
    timer.cancel();
  }
}
