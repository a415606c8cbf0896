/** One holder of a data directory at a time, for as long as its process lives. */
import { chmodSync } from 'node:fs';

/**
 * Takes a lock on a file; the kernel gives it back when this process ends, however it ends (docs/decisions/0111). It holds across
 * network and process namespaces.
 * @returns what releases it, or undefined when another process holds it.
 */
export async function lockFile(path: string): Promise<(() => void) | undefined> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    chmodSync(path, 0o600);
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return undefined;
    throw error;
  }
  return () => database.close();
}

/** SQLITE_BUSY. */
const busy = 5;
