/** Structured logs: one JSON object per line, values under secret-looking names replaced. */
import type { Clock } from './clock.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** A log whose lines all carry these fields, e.g. `{ component: 'scheduler' }`. */
  with(fields: Record<string, unknown>): Log;
}

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const secretName = /token|password|secret|authorization|private|credential/i;

/** Builds a log that hands finished lines (without the newline) to `write`. */
export function createLog(clock: Pick<Clock, 'now'>, write: (line: string) => void, level: LogLevel = 'info'): Log {
  const threshold = order.indexOf(level);
  const at = (fields: Record<string, unknown>): Log => {
    const emit = (name: LogLevel) => (message: string, more?: Record<string, unknown>) => {
      if (order.indexOf(name) < threshold) return;
      write(
        JSON.stringify({ time: new Date(clock.now()).toISOString(), level: name, message, ...fields, ...more }, redact),
      );
    };
    return {
      debug: emit('debug'),
      info: emit('info'),
      warn: emit('warn'),
      error: emit('error'),
      with: more => at({ ...fields, ...more }),
    };
  };
  return at({});
}

function redact(name: string, value: unknown): unknown {
  if (name !== '' && secretName.test(name) && typeof value === 'string') return '[redacted]';
  if (value instanceof Error) return value.stack ?? value.message;
  return value;
}

/** A log that keeps nothing, for tests and tools. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLog,
};
