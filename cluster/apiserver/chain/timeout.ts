/** A request that takes too long is answered without waiting for it. */
import type { Clock } from '@orrery/machinery/clock';
import { StatusError } from '@orrery/machinery/status';
import type { Filter } from './context.ts';
import { isLongRunning } from './fairness.ts';

export const requestTimeoutMs = 60_000;

export const timeout =
  (clock: Clock, timeoutMs = requestTimeoutMs): Filter =>
  next =>
  context => {
    if (isLongRunning(context)) return next(context);
    return new Promise((resolve, reject) => {
      const timer = clock
        .after(timeoutMs, () => {
          reject(new StatusError(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', {}));
        })
        .unref();
      next(context).then(
        response => {
          timer.cancel();
          resolve(response);
        },
        (error: unknown) => {
          timer.cancel();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  };
