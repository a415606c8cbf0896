/** A text that is told on when typing pauses, and that follows when it is changed by other means, e.g. by going back. */
import { useEffect, useRef, useState } from 'react';
import { useClock } from './time.ts';

export function useTyped(
  text: string,
  onText: (text: string) => void,
  pauseMs: number,
): readonly [typed: string, type: (text: string) => void] {
  const clock = useClock();
  const [typed, setTyped] = useState(text);
  const told = useRef(text);
  const say = useRef(onText);
  say.current = onText;
  useEffect(() => {
    if (text !== told.current) setTyped(text);
    told.current = text;
  }, [text]);
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === told.current) return;
    const timer = clock.after(pauseMs, () => {
      told.current = wanted;
      say.current(wanted);
    });
    return () => timer.cancel();
  }, [typed, clock, pauseMs]);
  return [typed, setTyped];
}
