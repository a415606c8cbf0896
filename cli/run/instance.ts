/** The data directory as the command line sees it: prepared, versioned, and held by at most one running cluster. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { layoutOf, type Layout, type Settings } from '@orrery/embedded/layout';
import { CliError } from '../error.ts';
import { isAlive, type ProcessIdentity } from '../host/process.ts';

/** The format of the directory as a whole; parts (the store) stamp their own. */
const dataFormat = 1;

/** The unprivileged user of the server process: a number of the range that systemd sets aside for such users, with no entry. */
export const serverUser = 61_860;

export interface Instance extends ProcessIdentity {
  readonly server?: ProcessIdentity;
  readonly port: number;
  readonly version: string;
  readonly startedAt: string;
  readonly simulated: boolean;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

export const layoutFor = (options: { dataDir?: string }): Layout =>
  layoutOf(resolve(options.dataDir ?? (isRoot() ? '/var/lib/orrery' : join(homedir(), '.local/share/orrery'))));

/**
 * Makes the directory if it is not there and checks its format.
 * @throws CliError in one sentence when it cannot be used; nothing was changed then.
 */
export function prepareDataDir(layout: Layout): void {
  try {
    mkdirSync(layout.root, { recursive: true, mode: 0o755 });
    checkFormat(layout);
    for (const folder of [layout.images, layout.logs]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const folder of [layout.server.root, layout.server.store, layout.server.pki]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (isRoot()) chownSync(folder, serverUser, serverUser);
    }
    if (isRoot()) mkdirSync(layout.agent.root, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOSPC'
        ? 'the disk is full: free some space'
        : `${message}: choose another with --data-dir or mend its permissions`;
    throw new CliError(`the data directory ${layout.root} cannot be used: ${why}`);
  }
  if (isRoot()) checkEnterable(layout.root);
}

function checkFormat(layout: Layout): void {
  if (!existsSync(layout.formatFile)) {
    writeFileSync(layout.formatFile, `orrery ${dataFormat}\n`, { mode: 0o644 });
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

/** The server's user must be able to reach its folder: every folder above must let others pass. */
function checkEnterable(root: string): void {
  for (let folder = root; folder !== dirname(folder); folder = dirname(folder)) {
    if ((statMode(folder) & 0o001) === 0) {
      throw new CliError(
        `the data directory ${root} cannot be reached by the unprivileged user of the server since ${folder} lets only its owner in: choose another with --data-dir`,
      );
    }
  }
}

const statMode = (path: string): number => statSync(path).mode;

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

export const writeInstance = (layout: Layout, instance: Instance): void => writeJson(layout.instanceFile, instance);
export const removeInstance = (layout: Layout): void => rmSync(layout.instanceFile, { force: true });

export function readSettings(layout: Layout): Partial<Settings> {
  try {
    return JSON.parse(readFileSync(layout.settingsFile, 'utf8')) as Partial<Settings>;
  } catch {
    return {};
  }
}

export const writeSettings = (layout: Layout, settings: Settings): void => writeJson(layout.settingsFile, settings);

function writeJson(path: string, value: unknown): void {
  writeFileSync(`${path}.next`, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o644 });
  chmodSync(`${path}.next`, 0o644);
  renameSync(`${path}.next`, path);
}
