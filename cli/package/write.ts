/** Writes an archive: the same parts give the same bytes. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { headOf, padOf, tail } from '@orrery/machinery/tar';
import { foldersOf, sorted, sumsFile, sumsText, type Part, type Sum } from './parts.ts';

export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

export interface WriteOptions {
  /** The one folder that everything lies in. */
  readonly folder: string;
  /** Of every file, in seconds. */
  readonly mtime: number;
  /** Called with how much of `total` bytes was read. */
  readonly progress: (read: number, total: number) => void;
}

/** Writes `file` as a whole or not at all. */
export async function writeArchive(file: string, parts: readonly Part[], options: WriteOptions): Promise<Written> {
  const temporary = `${file}.${process.pid}`;
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const tar = Readable.from(tarOf(parts, options), { objectMode: false });
    // The fourth level takes half the time of the usual one, for a few percent.
    await pipeline(tar, createGzip({ level: 4 }), counted, createWriteStream(temporary));
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  return { bytes, sha256: hash.digest('hex') };

  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
}

const sizeOf = (part: Part): number => ('text' in part ? Buffer.byteLength(part.text) : part.size);

async function* tarOf(parts: readonly Part[], options: WriteOptions): AsyncGenerator<Uint8Array> {
  const { folder, mtime } = options;
  const total = 2 * parts.reduce((sum, part) => sum + sizeOf(part), 0);
  let read = 0;
  const count = (bytes: number) => options.progress((read += bytes), total);
  const sums = await sumsOf(parts, count);
  const all = sorted([...parts, { name: sumsFile, text: sumsText(sums) }]);
  const folders = ['', ...foldersOf(all.map(({ name }) => name))];
  for (const name of folders)
    yield* headOf({ name: `${[folder, name].filter(Boolean).join('/')}/`, type: '5', size: 0, mode: 0o755, mtime });
  for (const part of all) {
    const size = sizeOf(part);
    yield* headOf({ name: `${folder}/${part.name}`, type: '0', size, mode: part.executable ? 0o755 : 0o644, mtime });
    let written = 0;
    for await (const chunk of contentOf(part)) {
      written += chunk.length;
      count(chunk.length);
      yield chunk;
    }
    if (written !== size) throw new Error(`${part.name} changed while it was packed: run this again`);
    yield padOf(size);
  }
  yield tail();
}

async function sumsOf(parts: readonly Part[], count: (bytes: number) => void): Promise<Sum[]> {
  const sums: Sum[] = [];
  for (const part of sorted(parts)) {
    const hash = createHash('sha256');
    for await (const chunk of contentOf(part)) {
      hash.update(chunk);
      count(chunk.length);
    }
    sums.push({ name: part.name, sha256: hash.digest('hex') });
  }
  return sums;
}

async function* contentOf(part: Part): AsyncGenerator<Buffer> {
  if ('text' in part) yield Buffer.from(part.text);
  else yield* createReadStream(part.from, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
}
