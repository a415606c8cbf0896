/** Chart archives: a gzipped tar with one folder. What comes from strangers is bounded in size, number and place. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { unpackTar, type TarHeader } from 'modern-tar';
import { ChartError } from '../errors.ts';

const mebibyte = 1 << 20;

/** Bytes, and entries of any kind. Helm's own limits are the same or wider. */
export const archiveLimits = {
  packed: 32 * mebibyte,
  unpacked: 100 * mebibyte,
  file: 5 * mebibyte,
  entries: 10_000,
} as const;

const unzip = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

async function unpacked(archive: Uint8Array): Promise<Uint8Array> {
  if (archive.length > archiveLimits.packed)
    throw new ChartError(`the chart archive is larger than ${archiveLimits.packed} bytes`);
  if (archive[0] !== 0x1f || archive[1] !== 0x8b) throw new ChartError('the chart archive is not compressed with gzip');
  try {
    return await unzip(archive, { maxOutputLength: archiveLimits.unpacked });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new ChartError(`decompressed chart is larger than the maximum size ${archiveLimits.unpacked}`);
    }
    throw new ChartError(`the chart archive cannot be decompressed: ${(error as Error).message}`);
  }
}

/** The name inside the chart's folder; undefined for the folder itself. */
export function placeInChart(name: string): string | undefined {
  const slashed = name.replaceAll('\\', '/');
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f]/.test(slashed)) throw new ChartError('chart contains illegally named files');
  if (slashed.startsWith('/') || /^[A-Za-z]:/.test(slashed))
    throw new ChartError('chart illegally contains absolute paths');
  const parts = slashed.split('/').filter(part => part !== '' && part !== '.');
  if (parts.includes('..')) throw new ChartError('chart illegally references parent directory');
  const inside = parts.slice(1);
  if (inside.length === 0 && parts[0] === 'Chart.yaml') throw new ChartError('chart yaml not in base directory');
  return inside.length === 0 ? undefined : inside.join('/');
}

/** Checked before anything of an entry is read. @throws ChartError */
function checkEntry({ name, type, size }: TarHeader): void {
  if (type !== undefined && type !== 'file' && type !== 'directory') {
    throw new ChartError(`the chart archive has an entry that is no file: ${JSON.stringify(name)} is a ${type}`);
  }
  placeInChart(name);
  if (size > archiveLimits.file) {
    throw new ChartError(
      `decompressed chart file ${JSON.stringify(name)} is larger than the maximum file size ${archiveLimits.file}`,
    );
  }
}

/** The files of an archive, by their names inside the chart. @throws ChartError */
export async function filesOfArchive(archive: Uint8Array): Promise<Map<string, Uint8Array>> {
  const tar = await unpacked(archive);
  const files = new Map<string, Uint8Array>();
  let count = 0;
  const filter = (header: TarHeader): boolean => {
    if (++count > archiveLimits.entries) {
      throw new ChartError(`the chart archive has more than ${archiveLimits.entries} entries`);
    }
    checkEntry(header);
    return header.type !== 'directory';
  };
  try {
    for (const { header, data } of await unpackTar(tar, { filter })) {
      const place = placeInChart(header.name);
      if (place !== undefined) files.set(place, data ?? new Uint8Array(0));
    }
  } catch (error) {
    if (error instanceof ChartError) throw error;
    throw new ChartError(`the chart archive cannot be read: ${(error as Error).message}`);
  }
  if (files.size === 0) throw new ChartError('no files in chart archive');
  return files;
}
