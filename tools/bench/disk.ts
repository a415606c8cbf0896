/** The floor of writes: how often a second this disk takes a small write and says that it is safe. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@orrery/machinery/clock';

const bytes = 1300;
/** The file is made in full first: what grows must write its new length too. */
const fileBytes = 16 * 1024 * 1024;

/** Writes one after the other for `durationMs`, each followed by fdatasync, in a file of its own under `directory`. */
export function syncsPerSecond(directory: string, durationMs: number, clock: Clock): number {
  const path = join(directory, 'bench-sync');
  const file = openSync(path, 'w');
  try {
    writeSync(file, Buffer.alloc(fileBytes));
    fdatasyncSync(file);
    const record = Buffer.alloc(bytes, 'x');
    const begun = clock.monotonic();
    let count = 0;
    while (clock.monotonic() - begun < durationMs) {
      writeSync(file, record, 0, bytes, (count++ * bytes) % (fileBytes - bytes));
      fdatasyncSync(file);
    }
    return (count * 1000) / (clock.monotonic() - begun);
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}
