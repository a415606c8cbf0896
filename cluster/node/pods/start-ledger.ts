/** What the agent remembers of starting one pod's containers: failures, back-off, and what it has said about them. */
import type { Clock } from '@orrery/machinery/clock';
import { raiseBackOff, type BackOffEntry } from './back-off.ts';
import type { ObservedContainer } from './observed.ts';
import type { Waiting } from './plan-steps.ts';
import { StartError } from './start-error.ts';

/** Milliseconds until a start that failed is tried again, unless the failure says otherwise. */
const restMs = 10_000;

interface StartFailure extends Waiting {
  retryAt: number;
}

export class StartLedger {
  readonly #clock: Clock;
  readonly #failures = new Map<string, StartFailure>();
  readonly #backOff = new Map<string, BackOffEntry>();
  readonly #announced = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `last` is the instance that this one follows. */
  started(name: string, last: ObservedContainer | undefined): void {
    this.#failures.delete(name);
    if (last?.state === 'exited') this.#raise(name, last);
  }

  failed(name: string, error: unknown, last: ObservedContainer | undefined): void {
    const known = error instanceof StartError ? error : undefined;
    const reason = known?.reason ?? 'CreateContainerError';
    const retryAt = this.#clock.now() + (known?.retryMs ?? restMs);
    this.#failures.set(name, { name, reason, message: (error as Error).message, retryAt });
    if (reason === 'RunContainerError' || reason === 'PostStartHookError') this.#raise(name, last);
  }

  #raise(name: string, last: ObservedContainer | undefined): void {
    const now = this.#clock.now();
    this.#backOff.set(name, raiseBackOff(this.#backOff.get(name), last?.finishedAt ?? now, now));
  }

  backOff(name: string): BackOffEntry | undefined {
    return this.#backOff.get(name);
  }

  mayStart(name: string): boolean {
    return (this.#failures.get(name)?.retryAt ?? 0) <= this.#clock.now();
  }

  /** When the next failed start may be tried again; Infinity when none failed. */
  nextRetry(): number {
    const now = this.#clock.now();
    return Math.min(Infinity, ...[...this.#failures.values()].map(({ retryAt }) => retryAt).filter(at => at > now));
  }

  /** Waiting reasons by container; those of the plan come before older failures. */
  reasons(planned: readonly Waiting[]): Map<string, { reason: string; message: string }> {
    return new Map(
      [...this.#failures.values(), ...planned].map(({ name, reason, message }) => [name, { reason, message }]),
    );
  }

  /** True the first time it is asked about an ended instance. */
  announceOnce(id: string): boolean {
    if (this.#announced.has(id)) return false;
    this.#announced.add(id);
    return true;
  }
}
