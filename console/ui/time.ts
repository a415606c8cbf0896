/** The clock of the page, and what time it is by it. */
import { createContext, use, useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { systemClock, type Clock, type Timer } from '@orrery/machinery/clock';

export const ClockContext = createContext<Clock>(systemClock);
export const useClock = (): Clock => use(ClockContext);

interface Ticker {
  now: number;
  readonly listeners: Set<() => void>;
  timer?: Timer;
}
const tickers = new WeakMap<Clock, Map<number, Ticker>>();

/** One alarm per step, however many ages a page shows. */
function tickerOf(clock: Clock, stepMs: number): Ticker {
  const known = tickers.get(clock) ?? new Map<number, Ticker>();
  tickers.set(clock, known);
  const ticker = known.get(stepMs) ?? { now: clock.now(), listeners: new Set() };
  known.set(stepMs, ticker);
  return ticker;
}

/** Rings for `listener` until the returned function is called. */
function listen(clock: Clock, stepMs: number, listener: () => void): () => void {
  const ticker = tickerOf(clock, stepMs);
  if (ticker.listeners.size === 0) ticker.now = clock.now();
  ticker.listeners.add(listener);
  ticker.timer ??= clock.every(stepMs, () => {
    if (document.hidden) return;
    ticker.now = clock.now();
    for (const each of ticker.listeners) each();
  });
  return () => {
    ticker.listeners.delete(listener);
    if (ticker.listeners.size > 0) return;
    ticker.timer?.cancel();
    ticker.timer = undefined;
  };
}

/** The time by the page's clock, told anew every `stepMs`, but not while nobody looks. */
export function useNow(stepMs: number): number {
  const clock = useClock();
  const subscribe = useCallback((listener: () => void) => listen(clock, stepMs, listener), [clock, stepMs]);
  return useSyncExternalStore(subscribe, () => tickerOf(clock, stepMs).now);
}

/** A value as it was `delayMs` ago, when it has been still since: for typing that asks a server. */
export function useSettled<T>(value: T, delayMs: number): T {
  const clock = useClock();
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = clock.after(delayMs, () => setSettled(value));
    return () => timer.cancel();
  }, [clock, value, delayMs]);
  return settled;
}

/** False at first, true after `delayMs`: what takes no time needs no sign of waiting. */
export function useLate(delayMs = 150): boolean {
  const clock = useClock();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = clock.after(delayMs, () => setLate(true));
    return () => timer.cancel();
  }, [clock, delayMs]);
  return late;
}
