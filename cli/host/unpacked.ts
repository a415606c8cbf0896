/** The archive that this program was unpacked from, when it was (`orrery package`). */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readSums, readVersion, sumsFile, versionFile } from '../package/parts.ts';
import type { CarriedPackages } from './packages.ts';

/** The folder of the unpacked archive; undefined in a clone. The launcher says so. */
export const unpackedRoot = (): string | undefined => process.env.ORRERY_ARCHIVE || undefined;

/** Image archives that were carried along, which a node loads. */
export function carriedImages(): string | undefined {
  const root = unpackedRoot();
  return root !== undefined && existsSync(join(root, 'images')) ? join(root, 'images') : undefined;
}

export function carriedPackages(): CarriedPackages | undefined {
  const root = unpackedRoot();
  if (root === undefined || !existsSync(join(root, 'packages'))) return undefined;
  const { packages = '' } = readVersion(readFileSync(join(root, versionFile), 'utf8'));
  return { folder: join(root, 'packages'), system: packages };
}

/** @returns the files that are gone or not what was packed. */
export async function damagedFiles(root: string): Promise<string[]> {
  const damaged: string[] = [];
  for (const { name, sha256 } of readSums(readFileSync(join(root, sumsFile), 'utf8'))) {
    const hash = createHash('sha256');
    const read = pipeline(createReadStream(join(root, name)), hash).then(() => hash.digest('hex'));
    if ((await read.catch(() => '')) !== sha256) damaged.push(name);
  }
  return damaged;
}
