/** From an older format on disk to the current one, step by step, each after a backup and repeatable after a crash. */
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { defaultRetention, Versions } from '../versions.ts';
import { readWhole, writeAtomically } from './files.ts';
import type { FileSystem } from './files.ts';
import { encodeFormat, fileHeaderSize, formatFileName, numberIn } from './layout.ts';
import { recover } from './recovery.ts';
import { createSegment } from './segments.ts';
import { writeSnapshot } from './snapshot.ts';

/** Brings a directory from the format it is listed under to the next one. */
export type Migration = (files: FileSystem, directory: string, clock: Clock, log: Log) => Promise<void>;

/** By the format that they start from. */
export const migrations: Readonly<Record<number, Migration>> = { 1: rewriteAs(2) };

/** A whole copy, made before anything is changed: the source of a migration, whether it runs once or again after a crash. */
const copyName = 'migrating';

/**
 * The migration for formats that {@link recover} still reads: the state is written anew as a snapshot, and the old segments are
 * obsolete by their numbers. Until the new stamp is written the copy is complete and the directory still counts as the old format.
 */
function rewriteAs(format: number): Migration {
  return async (files, directory, clock, log) => {
    const copy = `${directory}/${copyName}`;
    if (!(await files.list(directory)).includes(copyName)) await copyStore(files, directory);
    const versions = new Versions(clock, log, defaultRetention);
    const { nextSegment } = await recover(files, copy, versions, clock.now());
    await writeSnapshot(files, directory, versions, versions.revision, nextSegment);
    const segment = await createSegment(files, directory, nextSegment, fileHeaderSize);
    await segment.file.close();
    await writeAtomically(files, directory, formatFileName, encodeFormat(format));
  };
}

/** Gives the copy that a migration started from its lasting name, and returns it. */
export async function finishMigration(
  files: FileSystem,
  directory: string,
  clock: Clock,
  log: Log,
): Promise<string | undefined> {
  if (!(await files.list(directory)).includes(copyName)) return undefined;
  const time = new Date(clock.now()).toISOString().replaceAll(':', '-');
  const backup = `${directory}/backup-${time}`;
  await files.rename(`${directory}/${copyName}`, backup);
  await files.syncDirectory(directory);
  log.info('the store was migrated; its former files may be removed', { backup });
  return backup;
}

async function copyStore(files: FileSystem, directory: string): Promise<void> {
  const temporary = `${directory}/${copyName}.tmp`;
  await files.makeDirectory(temporary);
  for (const name of await files.list(directory)) {
    const belongs =
      name === formatFileName || numberIn(name, 'log') !== undefined || numberIn(name, 'snapshot') !== undefined;
    if (belongs) await copyFile(files, `${directory}/${name}`, `${temporary}/${name}`);
  }
  await files.syncDirectory(temporary);
  await files.rename(temporary, `${directory}/${copyName}`);
  await files.syncDirectory(directory);
}

async function copyFile(files: FileSystem, from: string, to: string): Promise<void> {
  const bytes = await readWhole(files, from);
  const file = await files.open(to, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}
