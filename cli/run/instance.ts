/** The data directory as the command line sees it: prepared, versioned, and held by at most one running cluster. */
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { layoutOf, type Layout, type Settings } from '@orrery/embedded/layout';
import { CliError } from '../error.ts';
import { lockFile } from '../host/lock.ts';
import { isAlive, stopProcess, type ProcessIdentity } from '../host/process.ts';

/** The format of the directory as a whole; parts (the store) stamp their own. */
const dataFormat = 1;

/** The unprivileged user of the server process: a number of the range that systemd sets aside for such users, with no entry. */
export const serverUser = 61_860;

export interface Instance extends ProcessIdentity {
  /** These two are absent until the API server answers. */
  readonly server?: ProcessIdentity;
  readonly port?: number;
  /** The address of the console, where the platform runs. */
  readonly console?: string;
  /** The API server elsewhere that this machine is a node of; absent where the server runs here. */
  readonly joined?: string;
  readonly version: string;
  readonly startedAt: string;
  readonly simulated: boolean;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

export const layoutFor = (options: { dataDir?: string }): Layout =>
  layoutOf(resolve(options.dataDir ?? (isRoot() ? '/var/lib/orrery' : join(homedir(), '.local/share/orrery'))));

/** What a user may have put into the directory before the first start. */
const welcome = new Set(['images', 'registries.yaml', 'lost+found']);

/**
 * Makes the directory if it is not there and checks its format.
 * @throws CliError when it cannot be used; what was there is as it was then.
 */
export function prepareDataDir(layout: Layout, withServer = true): void {
  try {
    if (isRoot() && withServer) checkEnterable(layout.root);
    makeDirectory(layout.root, 0o755);
    checkFormat(layout);
    for (const folder of [layout.images, layout.logs]) makeDirectory(folder, 0o700);
    for (const folder of withServer ? [layout.server.root, layout.server.store, layout.server.pki] : []) {
      makeDirectory(folder, 0o700);
      if (isRoot()) chownSync(folder, serverUser, serverUser);
    }
    if (isRoot()) makeDirectory(layout.agent.root, 0o700);
    accessSync(layout.root, constants.W_OK);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw unusable(layout.root, error as NodeJS.ErrnoException);
  }
}

/** Makes the folder of the audit log where it is missing, so that the server may write there; one that is there is left as it is. */
export function prepareAuditLog(path: string | undefined): void {
  if (path === undefined || existsSync(dirname(path))) return;
  try {
    makeDirectory(dirname(path), 0o700);
    if (isRoot()) chownSync(dirname(path), serverUser, serverUser);
  } catch (error) {
    throw new CliError(`the folder of the audit log ${path} cannot be made: ${(error as Error).message}`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the quota is used up: free some space',
  EROFS: 'the file system is read-only: choose another place with --data-dir',
  ENOTDIR: 'something above it is a file: choose another place with --data-dir',
  EEXIST: 'it is no directory: choose another place with --data-dir',
  ENOENT: 'no directory can be made there: choose another place with --data-dir',
  EPERM: 'no directory can be made there: choose another place with --data-dir',
  EACCES: 'permission is denied: choose another place with --data-dir, or mend its permissions',
};

function unusable(root: string, { code = '', message }: NodeJS.ErrnoException): CliError {
  const why = reasons[code] ?? `${message}: choose another place with --data-dir`;
  return new CliError(`the data directory ${root} cannot be used, since ${why}`);
}

const scarceBytes = 1 << 20;

/** A full disk, which some calls of Node report as an error of the device, is said in words; other errors as they are. */
export function explainDisk(layout: Layout, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT' || (code === 'EIO' && freeBytes(layout.root) < scarceBytes))
    return unusable(layout.root, { ...(error as Error), code: code === 'EIO' ? 'ENOSPC' : code });
  return error instanceof Error ? error : new Error(String(error));
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** Not Node's own recursive form: that one never returns where the file system cannot make directories (/proc). */
function makeDirectory(path: string, mode: number): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (!existsSync(dirname(path))) makeDirectory(dirname(path), 0o755);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another start was quicker; anything else in the way is told.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
  // Whatever the umask: the server's user must be able to pass.
  chmodSync(path, mode);
}

function checkFormat(layout: Layout): void {
  if (!existsSync(layout.formatFile)) {
    // `reset` removes the directory: it must hold nothing but what is Orrery's.
    const strange = readdirSync(layout.root).find(name => !welcome.has(name) && !name.startsWith('format.'));
    // Another start may have been quicker, and made them.
    if (strange !== undefined && !existsSync(layout.formatFile))
      throw new CliError(
        `the data directory ${layout.root} has other things in it (${strange}): choose an empty one with --data-dir`,
      );
    writeWhole(layout.formatFile, `orrery ${dataFormat}\n`);
    return;
  }
  const found = /^orrery (\d+)\n$/.exec(readFileSync(layout.formatFile, 'utf8'))?.[1];
  if (found === undefined)
    throw new CliError(`${layout.formatFile} is not Orrery's: choose another directory with --data-dir`);
  if (Number(found) > dataFormat) {
    throw new CliError(
      `the data directory ${layout.root} has format ${found}, this version knows ${dataFormat}: start it with the version that wrote it, or a newer one`,
    );
  }
}

/** The server's user must be able to reach its folder: every folder that is there must let others pass. */
function checkEnterable(root: string): void {
  for (let folder = root; folder !== dirname(folder); folder = dirname(folder)) {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found?.isDirectory() && (found.mode & 0o001) === 0) {
      throw new CliError(
        `the data directory ${root} cannot be reached by the unprivileged user of the server, since ${folder} lets only its owner in: choose another place with --data-dir`,
      );
    }
  }
}

/**
 * Makes this process the one that runs a cluster on the directory.
 * @returns what gives the place back.
 * @throws CliError when another process has it.
 */
export async function claimDataDir(layout: Layout): Promise<() => void> {
  const release = await lockFile(layout.lockFile);
  if (!release) throw alreadyRuns(layout, readInstance(layout));
  return release;
}

export const alreadyRuns = (layout: Layout, instance: Instance | undefined): CliError =>
  new CliError(
    `a ${instance?.joined ? 'node' : 'cluster'} already runs on ${layout.root}${instance ? ` (process ${instance.pid})` : ''}: see it with "orrery status", stop it with "orrery down"`,
  );

/** What runs on this directory, if anything does. */
export function runningInstance(layout: Layout): Instance | undefined {
  const instance = readInstance(layout);
  return instance && isAlive(instance) ? instance : undefined;
}

/** The last instance, alive or not. */
export function readInstance(layout: Layout): Instance | undefined {
  try {
    return JSON.parse(readFileSync(layout.instanceFile, 'utf8')) as Instance;
  } catch {
    return undefined;
  }
}

const stopGraceMs = 20_000;

/** Ends the processes of a cluster; containers go on. */
export async function stopInstance(layout: Layout, instance: Instance): Promise<void> {
  await stopProcess(instance, stopGraceMs);
  // The server ends with its parent; this is for a parent that was killed a moment ago.
  if (instance.server) await stopProcess(instance.server, stopGraceMs);
  removeInstance(layout);
}

export const writeInstance = (layout: Layout, instance: Instance): void => writeJson(layout.instanceFile, instance);
export const removeInstance = (layout: Layout): void => rmSync(layout.instanceFile, { force: true });

/** What a start leaves for the next one. */
export interface RememberedSettings extends Settings {
  /** The platform has answered once: its first account is there. */
  readonly platformKnown: boolean;
  /** Of Orrery; absent where it was not written down yet. */
  readonly version?: string;
}

export function readSettings(layout: Layout): Partial<RememberedSettings> {
  try {
    return JSON.parse(readFileSync(layout.settingsFile, 'utf8')) as Partial<RememberedSettings>;
  } catch {
    return {};
  }
}

export const writeSettings = (layout: Layout, settings: RememberedSettings): void =>
  writeJson(layout.settingsFile, settings);

const writeJson = (path: string, value: unknown): void => writeWhole(path, `${JSON.stringify(value, undefined, 2)}\n`);

/** The whole file or none of it, whatever happens meanwhile. */
function writeWhole(path: string, text: string): void {
  const next = `${path}.${process.pid}`;
  writeFileSync(next, text, { mode: 0o644 });
  chmodSync(next, 0o644);
  renameSync(next, path);
}
