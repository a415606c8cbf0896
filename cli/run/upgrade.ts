/**
 * From one version of Orrery to a newer one on the same data directory. The processes are replaced and containers run on; what the older
 * one held is copied before. An older version than the last is refused: it may not understand what the newer one wrote.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '@orrery/embedded/layout';
import { CliError } from '../error.ts';

/** Before versions were written down. */
export const unknownVersion = 'an earlier version';

/** Negative when `left` is the older one; what is no version is older than any. A release comes after its previews (`0.2.0-rc.1`). */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [partsOf(left), partsOf(right)];
  const numbers = a.numbers.map((number, at) => number - b.numbers[at]!).find(difference => difference !== 0) ?? 0;
  if (numbers !== 0) return numbers;
  if (a.preview === b.preview) return 0;
  if (a.preview === '' || b.preview === '') return a.preview === '' ? 1 : -1;
  return a.preview.localeCompare(b.preview, 'en', { numeric: true });
}

function partsOf(version: string): { readonly numbers: readonly number[]; readonly preview: string } {
  const [, major = -1, minor = -1, patch = -1, preview = ''] = /^v?(\d+)\.(\d+)\.(\d+)(?:-(.+))?$/.exec(version) ?? [];
  return { numbers: [major, minor, patch].map(Number), preview };
}

export interface Past {
  readonly root: string;
  /** The version of the cluster that runs now. */
  readonly running?: string;
  /** The version that ran last, whether it runs or not; absent for a directory without a past. */
  readonly last?: string;
}

export interface Upgrade {
  readonly from: string;
}

/**
 * What a start of `version` means after that past.
 * @returns the upgrade, if it is one.
 * @throws CliError for a step back.
 */
export function planUpgrade(version: string, { root, running, last }: Past): Upgrade | undefined {
  if (running !== undefined && compareVersions(version, running) < 0)
    throw new CliError(
      `the cluster on ${root} runs Orrery ${running}, and this is the older ${version}: use the "orrery" of ${running} or of a newer version`,
    );
  const from = running ?? last;
  if (from === undefined) return undefined;
  const order = compareVersions(version, from);
  if (order < 0)
    throw new CliError(
      `the data directory ${root} was last used by Orrery ${from}, and this is the older ${version}: start it with ${from} or newer, or put back what was kept in ${join(root, 'backups')} before the upgrade`,
    );
  return order > 0 ? { from } : undefined;
}

/** What an older version needs to go on where it stopped. Its program is in its own clone or archive. */
const kept = (layout: Layout): string[] => [
  layout.formatFile,
  layout.settingsFile,
  layout.server.store,
  layout.server.pki,
];

/** @throws CliError when the copy that an upgrade makes would not fit, or nearly not. */
export function checkRoom(layout: Layout): void {
  const needed = kept(layout).reduce((sum, path) => sum + bytesIn(path), 0);
  const { bavail, bsize } = statfsSync(layout.root);
  if (bavail * bsize < needed + (64 << 20))
    throw new CliError(
      `an upgrade keeps a copy of what the cluster holds (${(needed / 1e6).toFixed(0)} MB), and ${layout.root} has no room for it: free some space`,
    );
}

function bytesIn(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}

/**
 * Copies what the cluster holds; nothing of it may run. Owners, modes and times are kept, so that it can be put back as it is.
 * @param time what tells the copies of one version apart, e.g. 2026-01-02T03-04-05Z
 * @returns where it is.
 */
export function keepCopy(layout: Layout, from: string, time: string): string {
  const target = join(layout.root, 'backups', `${from.replaceAll(/[^\w.-]+/g, '-')}-${time}`);
  const next = `${target}.next`;
  mkdirSync(join(layout.root, 'backups'), { recursive: true, mode: 0o700 });
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { mode: 0o700 });
  try {
    for (const path of kept(layout).filter(file => existsSync(file))) {
      const folder = join(next, path.slice(layout.root.length), '..');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // Blocks are shared where the file system can.
      execFileSync('cp', ['-a', '--reflink=auto', path, folder], { stdio: ['ignore', 'ignore', 'pipe'] });
    }
    renameSync(next, target);
  } catch (error) {
    rmSync(next, { recursive: true, force: true });
    const { stderr, message } = error as Error & { stderr?: Buffer };
    throw new CliError(
      `what the cluster holds could not be copied before the upgrade: ${(stderr?.toString().trim() || message).split('\n')[0]}; nothing was changed, and Orrery ${from} can start it again`,
    );
  }
  return target;
}
