/** What all actions on releases share. */
import type { Client } from '@orrery/client';
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import { ReleaseError } from '../errors.ts';
import type { ActionOptions, ReleaseStatus } from '../types.ts';
import { releaseOf, type Storage, type StoredRelease } from './storage.ts';

export interface ActionContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: Storage;
}

/** Until when an action waits, and whether it still should. */
export interface Patience {
  /** Milliseconds for each thing that is waited for. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const timeoutDefaultMs = 5 * 60_000;

export const patienceOf = ({ timeout, signal }: Partial<ActionOptions>): Patience => ({
  timeoutMs: timeout ?? timeoutDefaultMs,
  signal,
});

const firstPauseMs = 20;
const pauseMaxMs = 2000;

/** Asks again, ever more slowly, until the answer is not undefined. @throws ReleaseError when time is up, the signal's reason when it aborts */
export async function until<T>(
  { clock }: Pick<ActionContext, 'clock'>,
  { timeoutMs, signal }: Patience,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const end = clock.monotonic() + timeoutMs;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, pauseMaxMs)) {
    signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    const left = end - clock.monotonic();
    if (left <= 0) throw new ReleaseError('timed out waiting for the condition');
    await clock.sleep(Math.min(pause, left), signal);
  }
}

/** A time as Go writes it in JSON. */
export const timeText = (clock: Clock): string => new Date(clock.now()).toISOString();

/** The release with another status. */
export const marked = (
  release: StoredRelease,
  status: ReleaseStatus,
  description = release.info.description,
): StoredRelease => ({
  ...release,
  info: { ...release.info, status, description },
});

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Stores a release as failed and throws why. What cannot be stored any more does not hide the reason. */
export async function fail(
  { storage }: ActionContext,
  release: StoredRelease,
  description: string,
  cause: unknown,
): Promise<never> {
  const failed = marked(release, 'failed', description);
  await storage.update(failed).catch(() => {});
  throw new ReleaseError(messageOf(cause), releaseOf(failed), cause);
}

const nameShape = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const nameMax = 53;

export const isReleaseName = (name: string): boolean => name.length <= nameMax && nameShape.test(name);

/** @throws ReleaseError in Helm's words */
export function checkName(name: string): void {
  if (isReleaseName(name)) return;
  throw new ReleaseError(
    `release name ${JSON.stringify(name)}: invalid release name, must match regex ${nameShape.source} and the length must not be longer than ${nameMax}`,
  );
}
