/** Archives of images that are carried along. */
import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { readHead } from '@orrery/machinery/tar';
import { CliError } from '../error.ts';
import type { Part } from './parts.ts';

/** Archives as `orrery image import` takes them. @throws CliError for what is none. */
export async function imageParts(paths: readonly string[]): Promise<Part[]> {
  const parts: Part[] = [];
  for (const path of paths) {
    const name = `images/${basename(path)}`;
    if (parts.some(part => part.name === name))
      throw new CliError(`--images: two files are called ${basename(path)}`, 2);
    if (!(await isArchive(path)))
      throw new CliError(`--images: ${path} is no docker or OCI archive (.tar or .tar.gz)`, 2);
    parts.push({ name, from: resolve(path), size: statSync(path).size });
  }
  return parts;
}

async function isArchive(path: string): Promise<boolean> {
  const file = await open(path).catch((error: Error) => {
    throw new CliError(`--images: ${error.message}`, 2);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    if (buffer[0] === 0x1f && buffer[1] === 0x8b) return true;
    return bytesRead === 512 && readHead(buffer) !== undefined;
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
