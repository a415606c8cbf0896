/**
 * Writes a set of files so that a reader sees either all old or all new ones (the layout of upstream's `AtomicWriter`): the files
 * are in a directory with a time stamp, `..data` is a symbolic link to it that is swapped by rename, and each visible name is a
 * link through `..data`.
 */
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '@orrery/machinery/clock';
import { nameSuffix, type Random } from '@orrery/machinery/random';
import { isMissing } from './errors.ts';

export interface PayloadFile {
  data: Uint8Array;
  /** Permission bits. */
  mode: number;
  /** Owner, where it must not be root (tokens of pods with one user). */
  uid?: number;
}

/** Relative path -> file. */
export type Payload = ReadonlyMap<string, PayloadFile>;

export interface AtomicWriterDependencies {
  clock: Pick<Clock, 'now'>;
  random: Random;
  /** Sets owners of a freshly written directory before anybody sees it. */
  own?(directory: string): Promise<void>;
}

const dataLink = '..data';
const newDataLink = '..data_tmp';
/** chown(2): leave the group as it is. */
const keepGroup = 0xffffffff;

/** Why a path cannot be in a volume, or undefined. */
export function pathProblem(name: string): string | undefined {
  if (name === '') return 'invalid path: must not be empty: ""';
  if (path.posix.isAbsolute(name)) return `invalid path: must be relative path: ${name}`;
  if (name.length > 4096) return 'invalid path: must be less than or equal to 4096 characters';
  const parts = name.split('/');
  if (parts.includes('..')) return `invalid path: must not contain '..': ${name}`;
  if (parts[0]!.startsWith('..')) return `invalid path: must not start with '..': ${name}`;
  if (parts.some(part => part.length > 255))
    return 'invalid path: file name must be less than or equal to 255 characters';
  return undefined;
}

/**
 * Makes `directory` show exactly `payload`. Answers false when it did already (nothing is touched then). Throws for a path that would
 * leave the volume. Safe to call again after a crash at any point.
 */
export async function writeAtomically(
  directory: string,
  payload: Payload,
  deps: AtomicWriterDependencies,
): Promise<boolean> {
  for (const name of payload.keys()) {
    const problem = pathProblem(name);
    if (problem) throw new Error(problem);
  }
  const files = new Map([...payload].map(([name, file]) => [path.posix.normalize(name), file]));
  const old = await readlinkOrUndefined(path.join(directory, dataLink));
  if (old !== undefined && (await shows(path.join(directory, old), files))) {
    await publish(directory, files);
    return false;
  }
  const stamp = stampedName(deps);
  await writeFiles(path.join(directory, stamp), files);
  await deps.own?.(path.join(directory, stamp));
  await rm(path.join(directory, newDataLink), { force: true });
  await symlink(stamp, path.join(directory, newDataLink));
  await rename(path.join(directory, newDataLink), path.join(directory, dataLink));
  await publish(directory, files);
  await removeOldStamps(directory, stamp);
  return true;
}

function stampedName({ clock, random }: AtomicWriterDependencies): string {
  const time = new Date(clock.now()).toISOString().slice(0, 19).replace(/[-T:]/g, '_');
  return `..${time}.${nameSuffix(random, 10)}`;
}

async function writeFiles(directory: string, files: Payload): Promise<void> {
  await mkdir(directory, { mode: 0o755 });
  await chmod(directory, 0o755);
  for (const [name, { data, mode, uid }] of files) {
    const file = path.join(directory, name);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, data, { mode });
    await chmod(file, mode);
    if (uid !== undefined) await chown(file, uid, keepGroup);
  }
}

/** Visible names are the first components of the paths; what is no longer in the payload disappears. */
async function publish(directory: string, files: Payload): Promise<void> {
  const wanted = new Set([...files.keys()].map(name => name.split('/')[0]!));
  for (const entry of await readdir(directory)) {
    if (!entry.startsWith('..') && !wanted.has(entry))
      await rm(path.join(directory, entry), { recursive: true, force: true });
  }
  for (const name of wanted) {
    const link = path.join(directory, name);
    const target = path.posix.join(dataLink, name);
    if ((await readlinkOrUndefined(link)) === target) continue;
    await rm(link, { recursive: true, force: true });
    await symlink(target, link);
  }
}

async function removeOldStamps(directory: string, current: string): Promise<void> {
  for (const entry of await readdir(directory)) {
    if (entry.startsWith('..') && entry !== dataLink && entry !== current) {
      await rm(path.join(directory, entry), { recursive: true, force: true });
    }
  }
}

/** True when the directory holds exactly these files with this content and these permission bits. */
async function shows(directory: string, files: Payload): Promise<boolean> {
  const present = await filesBelow(directory);
  if (present.length !== files.size) return false;
  for (const [name, { data, mode }] of files) {
    if (!present.includes(name)) return false;
    const file = path.join(directory, name);
    if (!Buffer.from(data).equals(await readFile(file))) return false;
    // A volume with an fsGroup has wider permissions than were asked for, never narrower ones.
    if (((await stat(file)).mode & mode & 0o777) !== (mode & 0o777)) return false;
  }
  return true;
}

async function filesBelow(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter(entry => !entry.isDirectory())
      .map(entry => path.relative(directory, path.join(entry.parentPath, entry.name)));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readlinkOrUndefined(file: string): Promise<string | undefined> {
  try {
    return await readlink(file);
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EINVAL') return undefined;
    throw error;
  }
}
