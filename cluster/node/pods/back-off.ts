/** Exponential delays per key (client-go `flowcontrol.Backoff`), as pure functions over one entry. */

export interface BackOffEntry {
  /** The delay that holds since the last failure, milliseconds. */
  delayMs: number;
  /** When the entry was last raised. */
  updatedAt: number;
}

export interface BackOffLimits {
  initialMs: number;
  maxMs: number;
}

/** Restarts of containers, and image pulls. */
export const restartLimits: BackOffLimits = { initialMs: 10_000, maxMs: 300_000 };

/** An entry is forgotten when nothing failed for twice the longest delay: 10 minutes. */
const expired = (entry: BackOffEntry, eventAt: number, limits: BackOffLimits): boolean =>
  eventAt - entry.updatedAt > 2 * limits.maxMs;

/** Milliseconds still to wait after an event (a container's end), 0 when it may go on. */
export function remainingBackOff(
  entry: BackOffEntry | undefined,
  eventAt: number,
  now: number,
  limits: BackOffLimits = restartLimits,
): number {
  if (!entry || expired(entry, eventAt, limits)) return 0;
  return Math.max(0, entry.delayMs - (now - eventAt));
}

/** The entry after one more try: the first delay, or twice the last one. */
export function raiseBackOff(
  entry: BackOffEntry | undefined,
  eventAt: number,
  now: number,
  limits: BackOffLimits = restartLimits,
): BackOffEntry {
  const delayMs =
    !entry || expired(entry, eventAt, limits) ? limits.initialMs : Math.min(entry.delayMs * 2, limits.maxMs);
  return { delayMs, updatedAt: now };
}
