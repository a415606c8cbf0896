/** The clock of the page, and what time it is by it. */
import { createContext, use, useEffect, useState } from 'react';
import { systemClock, type Clock } from '@orrery/machinery/clock';

export const ClockContext = createContext<Clock>(systemClock);
export const useClock = (): Clock => use(ClockContext);

/** The time by the page's clock, told anew every `stepMs`. */
export function useNow(stepMs: number): number {
  const clock = useClock();
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    setNow(clock.now());
    const timer = clock.every(stepMs, () => {
      if (!document.hidden) setNow(clock.now());
    });
    return () => timer.cancel();
  }, [clock, stepMs]);
  return now;
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
