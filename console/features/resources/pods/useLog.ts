/** A log as it grows: one request, read as long as somebody looks. */
import { useEffect, useRef, useState } from 'react';
import { expectSuccess } from '@orrery/client';
import { chunksOf } from '@orrery/http';
import { createLogBuffer, logLimits, type LogBuffer, type LogLine } from '../../../blocks/logs/buffer.ts';
import { useClusterData } from '../../../data/context.ts';
import { useClock } from '../../../ui/time.ts';

/** However fast a log grows, it is drawn no more often. */
const drawMs = 120;

export interface Log {
  readonly lines: readonly LogLine[];
  readonly state: 'connecting' | 'open' | 'ended' | 'broken';
  /** Lines that came and are kept no longer. */
  readonly dropped: number;
  /** Lines that came while it was paused. */
  readonly held: number;
  readonly error?: unknown;
  again(): void;
}

interface Drawn extends Pick<Log, 'lines' | 'state' | 'dropped' | 'error'> {}
const nothing: Drawn = { lines: [], state: 'connecting', dropped: 0 };

/** `paused` keeps what is shown as it is; reading goes on within the buffer's bounds. */
export function useLog(target: string, paused: boolean): Log {
  const { native } = useClusterData();
  const clock = useClock();
  const [turn, setTurn] = useState(0);
  const [drawn, setDrawn] = useState<Drawn>(nothing);
  const [held, setHeld] = useState(0);
  const still = useRef(paused);
  const draw = useRef(() => {});
  useEffect(() => {
    still.current = paused;
    if (!paused) draw.current();
  }, [paused]);
  useEffect(() => {
    const ending = new AbortController();
    const buffer: LogBuffer = createLogBuffer({ ...logLimits, timed: true });
    let now: Omit<Drawn, 'lines' | 'dropped'> = { state: 'connecting' };
    let shownUpTo = 0;
    let waiting = false;
    draw.current = () => {
      const lines = buffer.lines();
      const newest = lines.at(-1)?.id ?? 0;
      if (still.current) return setHeld(newest - shownUpTo);
      shownUpTo = newest;
      setHeld(0);
      setDrawn({ ...now, lines, dropped: buffer.dropped() });
    };
    const soon = () => {
      if (waiting) return;
      waiting = true;
      clock.after(drawMs, () => {
        waiting = false;
        if (!ending.signal.aborted) draw.current();
      });
    };
    setDrawn(nothing);
    void (async () => {
      try {
        const response = await native.raw('GET', target, { signal: ending.signal });
        await expectSuccess(response);
        now = { state: 'open' };
        soon();
        const decoder = new TextDecoder();
        for await (const chunk of chunksOf(response.body, ending.signal)) {
          buffer.push(decoder.decode(chunk, { stream: true }));
          soon();
        }
        buffer.end();
        now = { state: 'ended' };
      } catch (error) {
        // What was read stays readable when the connection breaks afterwards.
        now = now.state === 'open' ? { state: 'broken' } : { state: 'broken', error };
      }
      if (!ending.signal.aborted) soon();
    })();
    return () => ending.abort();
  }, [native, clock, target, turn]);
  return { ...drawn, held, again: () => setTurn(turn + 1) };
}
