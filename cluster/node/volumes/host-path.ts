/** `hostPath` volumes and what their type promises (upstream `pkg/volume/hostpath`). */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import type { HostPathVolumeSource } from '@orrery/kinds/types';
import { isMissing } from './errors.ts';

/** Makes or checks the path, and answers it. Rejects in upstream's words. */
export async function prepareHostPath({ path, type = '' }: HostPathVolumeSource): Promise<string> {
  const found = await stat(path).catch(error => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (!found && type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  else if (!found && type === 'FileOrCreate') await writeFile(path, '', { mode: 0o644 });
  else check(path, type, found);
  return path;
}

const kinds: Record<string, { name: string; is(facts: Stats): boolean }> = {
  Directory: { name: 'a directory', is: facts => facts.isDirectory() },
  DirectoryOrCreate: { name: 'a directory', is: facts => facts.isDirectory() },
  File: { name: 'a file', is: facts => facts.isFile() },
  FileOrCreate: { name: 'a file', is: facts => facts.isFile() },
  Socket: { name: 'a socket file', is: facts => facts.isSocket() },
  CharDevice: { name: 'a character device', is: facts => facts.isCharacterDevice() },
  BlockDevice: { name: 'a block device', is: facts => facts.isBlockDevice() },
};

function check(path: string, type: string, found: Stats | undefined): void {
  if (type === '') return;
  const kind = kinds[type];
  if (!kind) throw new Error(`${type} is an invalid volume type`);
  if (!found || !kind.is(found)) throw new Error(`hostPath type check failed: ${path} is not ${kind.name}`);
}
