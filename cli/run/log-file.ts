/** Lines of log to a file: a disk that is full costs the line, never the process. */
import { openSync, renameSync, statSync, writeSync } from 'node:fs';

/** A log larger than this is set aside (one generation) when it is next opened. */
const bytesMax = 16 * 1024 * 1024;

/** Opens a log for appending, 0600. */
export function openLog(path: string): number {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > bytesMax) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

/** Not Node's streams: one that failed once takes nothing any more, though space may be freed later. */
export const linesTo =
  (file: number) =>
  (line: string): void => {
    try {
      writeSync(file, `${line}\n`);
    } catch {
      // There is nowhere left to say it.
    }
  };
