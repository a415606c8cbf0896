/** Time as a parameter: the only module that may touch the real clock, so that a seed can replay a whole control plane. */

/** A cancellable alarm returned by a {@link Clock}. */
export interface Timer {
  /** Stops the alarm; harmless when it already rang. */
  cancel(): void;
  /** Lets the process end although the alarm is still set. Returns itself for chaining. */
  unref(): Timer;
}

/** Where a component gets its time from. All durations are milliseconds. */
export interface Clock {
  /** Wall clock in milliseconds since the Unix epoch. May jump. */
  now(): number;
  /** Milliseconds that only move forward, with an arbitrary zero; for durations. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs`. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls `callback` every `periodMs` until cancelled. */
  every(periodMs: number, callback: () => void): Timer;
  /** Resolves after `delayMs`, or at once (without error) when `signal` aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

const timer = (handle: NodeJS.Timeout, clear: (handle: NodeJS.Timeout) => void): Timer => ({
  cancel: () => clear(handle),
  unref() {
    handle.unref?.();
    return this;
  },
});

/** The machine's timers count in 32 bits: what is later rings at once there. */
const longestMs = 2 ** 31 - 1;

/** An alarm some weeks ahead, as several in a row. */
function farAlarm(delayMs: number, callback: () => void): Timer {
  let left = delayMs;
  let isHeld = true;
  let handle: NodeJS.Timeout;
  const set = () => {
    const step = Math.min(left, longestMs);
    left -= step;
    handle = setTimeout(left > 0 ? set : callback, step);
    if (!isHeld) handle.unref?.();
  };
  set();
  return {
    cancel: () => clearTimeout(handle),
    unref() {
      isHeld = false;
      handle.unref?.();
      return this;
    },
  };
}

/**
 * The next turn of the loop. Timers that keep ringing are all served before any socket is: work that is cut into slices by them would keep
 * everybody waiting whom it makes room for. A browser has nothing else.
 */
function nextTurn(callback: () => void): Timer {
  if (typeof setImmediate !== 'function') return timer(setTimeout(callback, 0), clearTimeout);
  let isDue = true;
  const ring = () => {
    isDue = false;
    callback();
  };
  const handle = setImmediate(ring);
  let cancel = () => clearImmediate(handle);
  return {
    cancel: () => cancel(),
    unref() {
      if (!isDue) return this;
      cancel();
      // For an immediate that nobody waits for the loop does not wake: it would ring when the next timer or socket does.
      const later = setTimeout(ring, 0).unref();
      cancel = () => clearTimeout(later);
      return this;
    },
  };
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    if (delayMs > longestMs) return farAlarm(delayMs, callback);
    return delayMs === 0 ? nextTurn(callback) : timer(setTimeout(callback, delayMs), clearTimeout);
  },
  every: (periodMs, callback) => timer(setInterval(callback, periodMs), clearInterval),
  sleep: (delayMs, signal) => sleepOn(systemClock, delayMs, signal),
};

/** `sleep` for any clock that can set an alarm; used by implementations of {@link Clock}. */
export function sleepOn(clock: Pick<Clock, 'after'>, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve();
    const alarm = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', wake);
      resolve();
    });
    const wake = () => {
      alarm.cancel();
      resolve();
    };
    signal?.addEventListener('abort', wake, { once: true });
  });
}

/** RFC 3339 with seconds, the form of Kubernetes' `metav1.Time`. */
export const formatTime = (epochMs: number): string => `${new Date(epochMs).toISOString().slice(0, 19)}Z`;

/** RFC 3339 with microseconds, the form of Kubernetes' `metav1.MicroTime`. */
export const formatMicroTime = (epochMs: number): string => `${new Date(epochMs).toISOString().slice(0, 23)}000Z`;
