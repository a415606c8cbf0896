/** Tar archives without extraction: a writer for what we make, and an index of what lies where in a file that others made. */
import type { FileHandle } from 'node:fs/promises';

export interface TarFile {
  name: string;
  content: Uint8Array;
  mode?: number;
  /** `file` unless given; the link's target is in `link`. */
  type?: 'file' | 'directory' | 'symlink' | 'hardlink';
  link?: string;
}

const block = 512;
const typeFlags = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;

/** A ustar archive, the same bytes for the same files: owner root, time zero. Names of at most 100 bytes. */
export function writeTar(files: readonly TarFile[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const file of files) {
    parts.push(tarHeader(file), file.content, new Uint8Array(-file.content.length & (block - 1)));
  }
  parts.push(new Uint8Array(2 * block));
  return new Uint8Array(Buffer.concat(parts));
}

function tarHeader({ name, content, mode = 0o644, type = 'file', link = '' }: TarFile): Uint8Array {
  const header = Buffer.alloc(block);
  if (Buffer.byteLength(name) > 100 || Buffer.byteLength(link) > 100) throw new Error(`name too long: ${name}`);
  const octal = (value: number, at: number, digits: number) =>
    header.write(value.toString(8).padStart(digits, '0'), at);
  header.write(name, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(content.length, 124, 11);
  octal(0, 136, 11);
  header.write(typeFlags[type], 156);
  header.write(link, 157);
  header.write('ustar\u000000', 257);
  header.fill(' ', 148, 156);
  octal(checksum(header), 148, 6);
  header[154] = 0;
  return header;
}

/** The sum of all bytes, those of the checksum itself counted as spaces. */
function checksum(header: Uint8Array): number {
  let sum = 8 * 32;
  for (let i = 0; i < block; i++) if (i < 148 || i >= 156) sum += header[i]!;
  return sum;
}

/** Where a member lies in the archive. */
export type TarEntry =
  | { readonly type: 'file'; readonly offset: number; readonly size: number }
  | { readonly type: 'link'; readonly target: string };

/** Bounds on what strangers may send. */
const mostEntries = 100_000;
const largestMetadata = 1024 * 1024;

/**
 * Reads all headers of an uncompressed archive. Names are normalised (`./a` is `a`); absolute names and names with `..` are refused,
 * so are members that lie outside the file and archives that end in the middle. Directories and devices are left out.
 */
export async function indexTar(file: FileHandle): Promise<Map<string, TarEntry>> {
  const { size: total } = await file.stat();
  const entries = new Map<string, TarEntry>();
  let extended: Record<string, string> = {};
  for (let at = 0; ;) {
    if (at + block > total) throw new Error('the archive ends in the middle');
    const header = await readAt(file, at, block);
    if (header.every(byte => byte === 0)) return entries;
    if (octalAt(header, 148, 8) !== checksum(header)) throw new Error('this is not a tar archive, or it is damaged');
    const size = extended['size'] === undefined ? sizeAt(header) : Number(extended['size']);
    if (!Number.isSafeInteger(size) || size < 0 || at + block + size > total) {
      throw new Error('a member of the archive lies outside of it');
    }
    const flag = String.fromCharCode(header[156]!);
    const next = at + block + Math.ceil(size / block) * block;
    if ('xgLK'.includes(flag)) {
      if (size > largestMetadata) throw new Error('a name in the archive is too long');
      Object.assign(extended, metadata(flag, await readAt(file, at + block, size)));
    } else {
      if (entries.size >= mostEntries) throw new Error(`the archive has more than ${mostEntries} members`);
      addEntry(entries, header, flag, extended, at + block, size);
      extended = {};
    }
    at = next;
  }
}

function addEntry(
  entries: Map<string, TarEntry>,
  header: Buffer,
  flag: string,
  extended: Record<string, string>,
  offset: number,
  size: number,
): void {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? textAt(header, 345, 155) : '';
  const plain = textAt(header, 0, 100);
  const name = safeName(extended['path'] ?? (prefix ? `${prefix}/${plain}` : plain));
  if (flag === '0' || flag === '\u0000' || flag === '7') entries.set(name, { type: 'file', offset, size });
  if (flag === '1' || flag === '2') {
    const link = extended['linkpath'] ?? textAt(header, 157, 100);
    // A hard link names its target from the archive's root, a symbolic one from its own directory.
    const target = flag === '1' ? link : `${name.split('/').slice(0, -1).join('/')}/${link}`;
    entries.set(name, { type: 'link', target: resolveInside(target.replace(/^\//, flag === '1' ? '/' : '')) });
  }
}

/** Name or link target from pax records or GNU long-name members. */
function metadata(flag: string, content: Buffer): Record<string, string> {
  if (flag === 'L') return { path: content.toString().replace(/\0+$/, '') };
  if (flag === 'K') return { linkpath: content.toString().replace(/\0+$/, '') };
  if (flag === 'g') return {};
  const records: Record<string, string> = {};
  // Records are "<length> <key>=<value>\n", the length counting itself.
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(32, at);
    const length = Number(content.toString('latin1', at, space));
    if (space < 0 || !Number.isInteger(length) || length <= space - at + 1 || at + length > content.length) {
      throw new Error('an extended header of the archive is damaged');
    }
    const [, key, value] = /^([^=]*)=([^]*)\n$/.exec(content.toString('utf8', space + 1, at + length)) ?? [];
    if (key === 'path' || key === 'linkpath' || key === 'size') records[key] = value!;
    at += length;
  }
  return records;
}

function safeName(name: string): string {
  const parts = name.split('/').filter(part => part !== '' && part !== '.');
  if (name.startsWith('/') || parts.includes('..') || name.includes('\0')) {
    throw new Error(`the archive has a member that points outside of it: ${JSON.stringify(name)}`);
  }
  return parts.join('/');
}

function resolveInside(path: string): string {
  const parts: string[] = [];
  if (path.startsWith('/'))
    throw new Error(`the archive has a link that points outside of it: ${JSON.stringify(path)}`);
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) {
      throw new Error(`the archive has a link that points outside of it: ${JSON.stringify(path)}`);
    }
  }
  return parts.join('/');
}

const textAt = (header: Buffer, at: number, length: number): string => {
  const end = header.indexOf(0, at);
  return header.toString('utf8', at, end < 0 || end > at + length ? at + length : end);
};

const octalAt = (header: Buffer, at: number, length: number): number =>
  parseInt(textAt(header, at, length).trim() || '0', 8);

/** Sizes from 8 GiB on are binary, marked by the highest bit. */
function sizeAt(header: Buffer): number {
  if ((header[124]! & 0x80) === 0) return octalAt(header, 124, 12);
  return Number(header.readBigUInt64BE(128));
}

async function readAt(file: FileHandle, at: number, size: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, at);
  if (bytesRead < size) throw new Error('the archive ends in the middle');
  return buffer;
}
