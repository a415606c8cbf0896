import { useEffect, useRef } from 'react';
import { scrollable } from '../../ui/scrollable.ts';
import type { LogLine } from './buffer.ts';
import { piecesOf } from './buffer.ts';
import styles from './logs.module.css';

export interface LogViewProps {
  /** For screen readers. */
  readonly label: string;
  readonly lines: readonly LogLine[];
  /** Stays at the end while more comes, unless one has scrolled away from it. */
  readonly follow: boolean;
  readonly wrap: boolean;
  readonly times: boolean;
  readonly wanted: string;
}

/** As near to the end as counts as the end. */
const nearPx = 24;

/** Lines that are out of sight are not laid out (`content-visibility`). */
export function LogView({ label, lines, follow, wrap, times, wanted }: LogViewProps) {
  const place = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const element = place.current;
    if (element && follow && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [lines, follow, wrap]);
  return (
    <div
      ref={place}
      className={styles.lines}
      data-wrap={wrap || undefined}
      {...scrollable}
      role="log"
      aria-live="off"
      aria-label={label}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < nearPx;
      }}
    >
      {lines.map(line => (
        <Line key={line.id} line={line} times={times} wanted={wanted} />
      ))}
    </div>
  );
}

interface LineProps {
  readonly line: LogLine;
  readonly times: boolean;
  readonly wanted: string;
}

const Line = ({ line: { time, text }, times, wanted }: LineProps) => (
  <div className={styles.line}>
    {times && time && <time dateTime={time}>{time.replace('T', ' ').slice(0, 23)} </time>}
    {wanted === ''
      ? text || ' '
      : piecesOf(text, wanted).map((piece, at) => (at % 2 === 1 ? <mark key={at}>{piece}</mark> : piece))}
  </div>
);
