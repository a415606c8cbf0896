/**
 * A sub-path of a volume that a container cannot turn into a way out (upstream `pkg/volume/util/subpath`): the path is resolved, must
 * lie in the volume, and is then walked component by component without following links, through descriptors. What was found is bound
 * to a place of the kubelet's own.
 */
import { constants } from 'node:fs';
import { mkdir, open, realpath, stat, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { isMissing, isPresent } from './errors.ts';
import type { Mounter } from './mounts.ts';

/** Linux' O_PATH, which Node does not name. */
const openPath = 0o10000000;

export interface SubPathInput {
  /** The volume's directory on the host. */
  volume: string;
  subPath: string;
  /** Where the sub-path is bound to. */
  target: string;
  mounter: Mounter;
}

/** Answers the host path to mount: `target`. Rejects when the sub-path leaves the volume. */
export async function bindSubPath({ volume, subPath, target, mounter }: SubPathInput): Promise<string> {
  if ((await mounter.below(target)).includes(target)) return target;
  const inside = await resolveInside(volume, subPath);
  const handle = await walk(await realpath(volume), inside);
  try {
    await makeTarget(target, (await handle.stat()).isDirectory());
    await mounter.bindDescriptor(handle.fd, target);
  } finally {
    await handle.close();
  }
  return target;
}

/** Why a sub-path is refused by its text alone. */
export function subPathProblem(subPath: string): string | undefined {
  if (path.posix.isAbsolute(subPath)) return `error SubPath \`${subPath}\` must not be an absolute path`;
  if (subPath.split('/').includes('..')) return `unable to provision SubPath \`${subPath}\`: must not contain '..'`;
  return undefined;
}

/** The components below the volume after links were resolved; missing directories are made. */
export async function resolveInside(volume: string, subPath: string): Promise<string[]> {
  const problem = subPathProblem(subPath);
  if (problem) throw new Error(problem);
  const root = await realpath(volume);
  await makeInside(root, subPath);
  const found = await realpath(path.join(root, subPath));
  const relative = path.relative(root, found);
  if (relative.startsWith('..') || path.isAbsolute(relative)) {
    throw new Error(`subpath ${JSON.stringify(found)} not within volume path ${JSON.stringify(root)}`);
  }
  return relative === '' ? [] : relative.split('/');
}

/** Makes what is missing, one directory at a time below what was checked to lie in the volume. */
async function makeInside(root: string, subPath: string): Promise<void> {
  const parts = subPath.split('/').filter(part => part !== '' && part !== '.');
  let depth = parts.length;
  let existing: string | undefined;
  for (; depth >= 0 && existing === undefined; depth--) {
    existing = await realpath(path.join(root, ...parts.slice(0, depth))).catch(error => {
      if (isMissing(error)) return undefined;
      throw error;
    });
  }
  const missing = parts.slice(depth + 1);
  if (missing.length === 0 || existing === undefined) return;
  const relative = path.relative(root, existing);
  if (relative.startsWith('..'))
    throw new Error(`subpath ${JSON.stringify(existing)} not within volume path ${JSON.stringify(root)}`);
  let handle = await walk(root, relative === '' ? [] : relative.split('/'));
  const mode = (await stat(root)).mode & 0o7777;
  for (const part of missing) {
    const next = `/proc/self/fd/${handle.fd}/${part}`;
    try {
      await mkdir(next, { mode });
    } catch (error) {
      if (!isPresent(error)) throw error;
    }
    const deeper = await open(next, openPath | constants.O_NOFOLLOW);
    await handle.close();
    handle = deeper;
  }
  await handle.close();
}

/** Opens `parts` below `root`; a link met on the way is an error. */
async function walk(root: string, parts: readonly string[]): Promise<FileHandle> {
  let handle = await open(root, openPath | constants.O_NOFOLLOW);
  for (const part of parts) {
    const next = await open(`/proc/self/fd/${handle.fd}/${part}`, openPath | constants.O_NOFOLLOW).finally(() =>
      handle.close(),
    );
    if ((await next.stat()).isSymbolicLink()) {
      await next.close();
      throw new Error(`unexpected symlink found ${part}`);
    }
    handle = next;
  }
  return handle;
}

async function makeTarget(target: string, directory: boolean): Promise<void> {
  if (directory) {
    await mkdir(target, { recursive: true, mode: 0o750 });
    return;
  }
  await mkdir(path.dirname(target), { recursive: true, mode: 0o750 });
  await writeFile(target, '', { flag: 'a', mode: 0o640 });
}
