/** What happened, line by line: its hash says whether two runs were the same, its end explains a failure. */
import { createHash } from 'node:crypto';

export interface Journal {
  note(text: string): void;
  /** Of all lines so far, hexadecimal. */
  hash(): string;
  /** The newest lines, oldest first. */
  last(): readonly string[];
  readonly lines: number;
}

export interface JournalOptions {
  readonly elapsedMs: () => number;
  /** How many lines are kept for a failure. */
  readonly kept: number;
  /** Is given every line at once. */
  readonly trace?: (line: string) => void;
}

export function createJournal({ elapsedMs, kept, trace }: JournalOptions): Journal {
  const hash = createHash('sha256');
  const ring: string[] = [];
  let pending = '';
  let lines = 0;
  const flush = () => {
    hash.update(pending);
    pending = '';
  };
  return {
    note(text) {
      const line = `${(elapsedMs() / 1000).toFixed(4)} ${text}`;
      ring[lines++ % kept] = line;
      pending += `${line}\n`;
      if (pending.length > 65_536) flush();
      trace?.(line);
    },
    hash() {
      flush();
      return hash.copy().digest('hex');
    },
    last: () => (lines <= kept ? [...ring] : [...ring.slice(lines % kept), ...ring.slice(0, lines % kept)]),
    get lines() {
      return lines;
    },
  };
}
