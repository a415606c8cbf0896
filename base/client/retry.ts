/** Trying again, where Kubernetes' clients do: when the server asks for it, and when an update met a conflict. */
import { header, readBody, type Handler } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import { isReason } from '@orrery/machinery/status';

export interface RetryOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Random;
}

/** client-go gives up after so many. */
const mostRetries = 10;
/** No server makes us wait longer for one attempt, in seconds. */
const longestWaitSeconds = 60;

/**
 * A transport that waits and asks again when the answer is 429, or 5xx, with a `retry-after` in seconds. Safe for every request: such a
 * server has done nothing. Up to a tenth more is waited at random, so that clients refused together do not return together.
 */
export function retrying(transport: Handler, { clock, random }: RetryOptions): Handler {
  return async request => {
    for (let retries = 0; ; retries++) {
      const response = await transport(request);
      const seconds = Number(header(response.headers, 'retry-after') ?? NaN);
      const asked = response.status === 429 || response.status >= 500;
      if (!asked || !(seconds >= 0) || retries >= mostRetries || request.signal.aborted) return response;
      // An answer that nobody reads would hold its connection.
      await readBody(response.body, { limit: 1 << 20 }).catch(() => undefined);
      await clock.sleep(Math.min(seconds, longestWaitSeconds) * 1_000 * (1 + 0.1 * random.float()), request.signal);
    }
  };
}

/** As client-go's `DefaultBackoff`: four attempts, 10 ms, 50 ms, 250 ms apart. */
const conflictAttempts = 4;
const conflictFirstMs = 10;
const conflictGrowth = 5;

/** Runs `attempt` (which must read the object anew) again while it is rejected with a Conflict. */
export async function retryOnConflict<T>({ clock, random }: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isReason(error, 'Conflict') || tries >= conflictAttempts) throw error;
      await clock.sleep(conflictFirstMs * conflictGrowth ** (tries - 1) * (1 + 0.1 * random.float()));
    }
  }
}
