/** Opens the embedded store: lock, format, recovery, then a log to write to. */
import { failpoint } from '@orrery/machinery/failpoint';
import type { Clock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { Log } from '@orrery/machinery/log';
import { StoreOpenError } from '../types.ts';
import type { Store } from '../types.ts';
import { defaultRetention, Versions } from '../versions.ts';
import type { Retention } from '../versions.ts';
import { corrupt, restoreRemedy } from './damage.ts';
import { errorCode, readWhole, writeAtomically } from './files.ts';
import type { FileSystem } from './files.ts';
import { currentFormat, decodeFormat, encodeFormat, formatFileName, lockFileName, numberIn } from './layout.ts';
import { finishMigration, migrations } from './migrations.ts';
import { nodeFiles } from './node-files.ts';
import { recover, tidyUp } from './recovery.ts';
import { startEmbeddedStore } from './store.ts';

export interface StoreOptions extends Partial<Retention> {
  /** Where the files are; made when it is not there. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log?: Log;
  /** Called when the directory had an older format, with where its former files are. */
  readonly onMigrated?: ((backup: string) => void) | undefined;
  /** The real file system unless a test replaces it. */
  readonly files?: FileSystem;
  /** Size of a log segment, bytes; 16 MiB. */
  readonly segmentBytes?: number;
  /** When this many bytes of log could be replaced by a snapshot, one is written; 32 MiB. */
  readonly checkpointBytes?: number;
}

const mebibyte = 1024 * 1024;

/**
 * Opens the store in a directory, or makes one there. One process may have it open at a time.
 * @throws StoreOpenError when it cannot be opened: the message says why and what to do, and nothing was changed.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { directory, files = nodeFiles } = options;
  try {
    await files.makeDirectory(directory);
    const lock = await files.lock(`${directory}/${lockFileName}`);
    if (!lock) {
      throw new StoreOpenError(
        `another Orrery has ${directory} open; stop it with 'orrery down', or choose another directory with --data-dir`,
      );
    }
    try {
      return await openLocked(options, files, () => lock.release());
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    throw explain(directory, error);
  }
}

async function openLocked(options: StoreOptions, files: FileSystem, release: () => Promise<void>): Promise<Store> {
  const { directory, clock, log = silentLog } = options;
  const retention = {
    historyMs: options.historyMs ?? defaultRetention.historyMs,
    historyBytes: options.historyBytes ?? defaultRetention.historyBytes,
  };
  failpoint('store.open.locked');
  const backup = await settleFormat(files, directory, clock, log);
  if (backup !== undefined) options.onMigrated?.(backup);
  const versions = new Versions(clock, log, retention);
  const startedMs = clock.monotonic();
  const recovered = await recover(files, directory, versions, clock.now());
  failpoint('store.open.recovered');
  await tidyUp(files, directory, recovered);
  failpoint('store.open.tidied');
  const { revision, liveKeys: keys } = versions;
  log.info('store opened', { directory, revision, keys, ms: Math.round(clock.monotonic() - startedMs) });
  return startEmbeddedStore({
    files,
    directory,
    clock,
    log,
    retention,
    versions,
    // Its bytes are on disk now, and with them a whole segment would stay in memory.
    recovered: { ...recovered, last: undefined },
    release,
    segmentBytes: options.segmentBytes ?? 16 * mebibyte,
    checkpointBytes: options.checkpointBytes ?? 32 * mebibyte,
  });
}

/** Stamps a new directory, migrates an older one, and refuses a newer one. @returns where the files of an older one are kept. */
async function settleFormat(files: FileSystem, directory: string, clock: Clock, log: Log): Promise<string | undefined> {
  const path = `${directory}/${formatFileName}`;
  const names = await files.list(directory);
  if (!names.includes(formatFileName)) {
    if (names.some(name => numberIn(name, 'log') !== undefined || numberIn(name, 'snapshot') !== undefined)) {
      throw new StoreOpenError(`${path} is missing; ${restoreRemedy}`);
    }
    await writeAtomically(files, directory, formatFileName, encodeFormat(currentFormat));
    return undefined;
  }
  const found = decodeFormat((await readWhole(files, path)).toString());
  if (found === undefined) throw corrupt(path, 0, 'no format number');
  if (found > currentFormat) {
    throw new StoreOpenError(
      `${directory} has the store format ${found}, and this Orrery reads up to ${currentFormat}; start the newer Orrery that wrote it, or restore a backup made before the upgrade`,
    );
  }
  for (let format = found; format < currentFormat; format++) {
    const migrate = migrations[format];
    if (!migrate) throw new StoreOpenError(`${directory} has the unknown store format ${format}; ${restoreRemedy}`);
    log.info('migrating the store', { directory, from: format, to: format + 1 });
    await migrate(files, directory, clock, log);
  }
  return finishMigration(files, directory, clock, log);
}

/** What to do about a failure of the file system. */
function explain(directory: string, error: unknown): unknown {
  const code = errorCode(error);
  const say = (what: string, remedy: string) =>
    new StoreOpenError(`cannot use ${directory} (${code}): ${what}; ${remedy}`, { cause: error });
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    return say('it is not writable', 'change its owner, or choose another directory with --data-dir');
  }
  if (['ENOTDIR', 'EEXIST'].includes(code)) return say('it is not a directory', 'choose another with --data-dir');
  if (['ENOSPC', 'EDQUOT'].includes(code)) return say('the disk is full', 'free some space on it');
  if (code.startsWith('E') && !code.startsWith('ERR_')) return say('the disk refuses', 'check the disk and the path');
  return error;
}
