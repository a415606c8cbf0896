/** How a running cluster is asked to end, and how its parts end in order. */
import { systemClock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';

/** A part that hangs must not keep the others alive. */
const partGraceMs = 12_000;

/**
 * Aborts at SIGTERM or SIGINT; before `settle` is called also when the command that waits for the start is gone. A second signal ends
 * the process at once.
 */
export function stopRequest(): { readonly signal: AbortSignal; settle(): void } {
  const request = new AbortController();
  const abort = () => request.abort();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, abort);
  process.once('disconnect', abort);
  return { signal: request.signal, settle: () => void process.off('disconnect', abort) };
}

/** Resolves when the signal aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Something that was started: `close` is called once, with whether the start as a whole succeeded. */
export interface Part {
  readonly name: string;
  close(started: boolean): Promise<void>;
}

/** Ends the parts, the last one first, each within a time. */
export async function closeAll(parts: readonly Part[], started: boolean, log: Log): Promise<void> {
  for (const part of parts.toReversed()) {
    const patience = new AbortController();
    const late = systemClock.sleep(partGraceMs, patience.signal).then(() => {
      if (!patience.signal.aborted) throw new Error(`not within ${partGraceMs} ms`);
    });
    try {
      await Promise.race([part.close(started), late]);
    } catch (error) {
      log.error('a part did not stop', { part: part.name, error });
    } finally {
      patience.abort();
    }
  }
}
