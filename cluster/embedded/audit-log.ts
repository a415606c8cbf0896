/** Audit records in a file: JSON lines, set aside by size, a few generations kept. A disk that is full costs lines, never requests. */
import { accessSync, closeSync, constants, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '@orrery/machinery/log';

export interface AuditLog {
  /** Takes a JSON line without its end; on disk after the present turn of the event loop. */
  write(line: string): void;
  /** Writes what is left, and closes the file. */
  close(): void;
}

const defaults = { bytesMax: 100 * 1024 * 1024, generations: 5 };

/** @throws Error in one sentence when the file cannot be opened, or its folder takes no further ones. */
export function openAuditLog(path: string, log: Log, { bytesMax, generations } = defaults): AuditLog {
  let file = open(path);
  let size = fstatSync(file).size;
  let waiting: string[] = [];
  let lost = 0;
  const setAside = (): void => {
    closeSync(file);
    for (let at = generations - 1; at > 0; at--) rename(at === 1 ? path : `${path}.${at - 1}`, `${path}.${at}`);
    file = open(path);
    size = 0;
  };
  const flush = (): void => {
    if (waiting.length === 0) return;
    const text = Buffer.from(`${waiting.join('\n')}\n`);
    const count = waiting.length;
    waiting = [];
    try {
      if (size > 0 && size + text.length > bytesMax) setAside();
      for (let done = 0; done < text.length;) done += writeSync(file, text, done);
      size += text.length;
      if (lost > 0) log.error('audit records were lost', { records: lost });
      lost = 0;
    } catch (error) {
      if (lost === 0) log.error('audit records cannot be written', { error });
      lost += count;
    }
  };
  return {
    write(line) {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(line);
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}

function open(path: string): number {
  try {
    accessSync(dirname(path), constants.W_OK);
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw new Error(
      `the audit log ${path} cannot be written by the server's user (${(error as Error).message}): name a file in a folder of its own with --audit-log`,
      { cause: error },
    );
  }
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
