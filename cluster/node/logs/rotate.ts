/** Keeps log files small: 10 MiB each, five per container, older ones compressed (upstream `pkg/kubelet/logs`). */
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { isMissing } from '../volumes/errors.ts';

export interface RotationLimits {
  maxBytes: number;
  /** The file in use included. */
  maxFiles: number;
}

export const rotationLimits: RotationLimits = { maxBytes: 10 * 1024 * 1024, maxFiles: 5 };

/** `20240102-150405`: sorts by time. */
const stampOf = (now: number): string =>
  new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');

/**
 * Renames a log file that has grown too large, lets the runtime open a new one, and tidies up older ones. Answers whether it did. When the
 * runtime cannot reopen, the file gets its name back.
 */
export async function rotate(
  file: string,
  reopen: () => Promise<void>,
  now: number,
  limits = rotationLimits,
): Promise<boolean> {
  const size = await sizeOf(file);
  if (size === undefined || size < limits.maxBytes) return false;
  await tidy(file, limits);
  const old = `${file}.${stampOf(now)}`;
  await rename(file, old);
  try {
    await reopen();
  } catch (error) {
    await rename(old, file);
    throw error;
  }
  return true;
}

/** Removes what is over the number, half-made archives included, and compresses all but the newest. */
async function tidy(file: string, { maxFiles }: RotationLimits): Promise<void> {
  const directory = path.dirname(file);
  const prefix = `${path.basename(file)}.`;
  const names = (await readdir(directory)).filter(name => name.startsWith(prefix)).sort();
  for (const name of names.filter(half => half.endsWith('.tmp'))) await rm(path.join(directory, name), { force: true });
  const old = names.filter(name => !name.endsWith('.tmp'));
  // The file in use and the one it is about to become are two.
  const excess = Math.max(0, old.length - (maxFiles - 2));
  for (const name of old.slice(0, excess)) await rm(path.join(directory, name), { force: true });
  for (const name of old.slice(excess)) if (!name.endsWith('.gz')) await compress(path.join(directory, name));
}

async function compress(file: string): Promise<void> {
  await pipeline(createReadStream(file), createGzip(), createWriteStream(`${file}.tmp`, { mode: 0o640 }));
  await rename(`${file}.tmp`, `${file}.gz`);
  await rm(file, { force: true });
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
