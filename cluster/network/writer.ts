/** What brings the kernel up to date with what is known: changes that come close together at once, one write at a time, and again when one fails. */
import type { ComponentContext } from '@orrery/reconciler';

export interface Writer {
  /** Soon, with what else changes until then. */
  plan(): void;
  /** Resolves when all that is known now is in the kernel. Never rejects: it is tried until it is, or all ends. */
  write(): Promise<void>;
}

export interface WriterOptions {
  /** Changes that come this close together are written together. */
  readonly gatherMs: number;
  /** Writes all that is known when it is called. */
  readonly write: () => Promise<void>;
  /** Told of each write that fails; the next is a second later. */
  readonly failed: (error: unknown) => void;
}

const retryMs = 1_000;

/** Writes until the context's signal aborts, and nothing after that. */
export function createWriter(
  { clock, signal }: Pick<ComponentContext, 'clock' | 'signal'>,
  options: WriterOptions,
): Writer {
  let isPlanned = false;
  const untilWritten = async () => {
    while (!signal.aborted) {
      try {
        return await options.write();
      } catch (error) {
        options.failed(error);
        await clock.sleep(retryMs, signal);
      }
    }
  };
  // One at a time; whoever waits behind one that runs waits for one and the same that follows it.
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = (): Promise<void> => {
    const mine = untilWritten();
    running = mine;
    return mine.finally(() => {
      if (running === mine) running = undefined;
    });
  };
  const write = (): Promise<void> => {
    if (!running) return run();
    return (next ??= running.then(() => {
      next = undefined;
      return run();
    }));
  };
  return {
    write,
    plan() {
      if (isPlanned || signal.aborted) return;
      isPlanned = true;
      clock.after(options.gatherMs, () => {
        isPlanned = false;
        void write();
      });
    },
  };
}
