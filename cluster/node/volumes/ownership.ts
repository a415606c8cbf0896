/** Gives a volume to the pod's fsGroup (upstream `SetVolumeOwnership`). */
import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

export interface OwnershipOptions {
  /** The volume is only read: group members get no right to write. */
  readonly?: boolean;
  /** Leave it alone when the top directory is right already. */
  onRootMismatch?: boolean;
}

const readWrite = 0o660;
const readOnly = 0o440;
const execute = 0o110;
const setGroupId = 0o2000;

/** Group, group bits, and the set-group-id bit of directories, recursively; symbolic links are not followed. */
export async function giveToGroup(directory: string, group: number, options: OwnershipOptions = {}): Promise<void> {
  if (options.onRootMismatch && (await isRight(directory, group, options))) return;
  await giveOne(directory, group, options);
}

async function isRight(directory: string, group: number, options: OwnershipOptions): Promise<boolean> {
  const { gid, mode } = await lstat(directory);
  const wanted = (options.readonly ? readOnly : readWrite) | execute | setGroupId;
  return gid === group && (mode & wanted) === wanted;
}

/** Children first: the top directory is only right when all below it is. */
async function giveOne(file: string, group: number, options: OwnershipOptions): Promise<void> {
  const facts = await lstat(file);
  if (facts.isDirectory()) {
    for (const name of await readdir(file)) await giveOne(path.join(file, name), group, options);
  }
  await lchown(file, facts.uid, group);
  if (facts.isSymbolicLink()) return;
  const bits = (options.readonly ? readOnly : readWrite) | (facts.isDirectory() ? execute | setGroupId : 0);
  await chmod(file, (facts.mode & 0o7777) | bits);
}
