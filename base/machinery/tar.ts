/** Archives in the manner of tar (POSIX ustar, with the long names of GNU and pax), entry by entry. Pure. */

export const blockBytes = 512;

export interface TarHead {
  readonly name: string;
  /** `0` a file, `5` a folder, anything else something that is neither. */
  readonly type: string;
  readonly size: number;
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const textIn = (block: Uint8Array, start: number, length: number): string => {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
};

function numberIn(block: Uint8Array, start: number, length: number): number {
  // Large numbers are written in binary (GNU).
  if (block[start]! & 0x80) {
    let value = block[start]! & 0x7f;
    for (let at = start + 1; at < start + length; at++) value = value * 256 + block[at]!;
    return value;
  }
  const digits = textIn(block, start, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN;
}

const sumOf = (block: Uint8Array): number =>
  block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0);

/** Undefined for the empty block at the end. @throws RangeError for what is no head. */
export function readHead(block: Uint8Array): TarHead | undefined {
  if (block.every(byte => byte === 0)) return undefined;
  if (numberIn(block, 148, 8) !== sumOf(block)) throw new RangeError('this is no archive');
  const prefix = textIn(block, 257, 5) === 'ustar' && block[263] !== 0x20 ? textIn(block, 345, 155) : '';
  const name = textIn(block, 0, 100);
  const size = numberIn(block, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('an entry of the archive has no size');
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156] || 0x30),
    size,
    mode: numberIn(block, 100, 8) || 0o644,
    mtime: numberIn(block, 136, 12) || 0,
  };
}

/** The `path` and `size` of a pax head: lines of length, name and value. */
export function readPax(bytes: Uint8Array): { readonly path?: string; readonly size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const length = Number(decoder.decode(bytes.subarray(at, Math.max(at, blank))));
    if (blank < 0 || !Number.isInteger(length) || length <= blank - at) break;
    const record = decoder.decode(bytes.subarray(blank + 1, at + length - 1));
    const [name, ...value] = record.split('=');
    if (name === 'path') found.path = value.join('=');
    if (name === 'size') found.size = Number(value.join('='));
    at += length;
  }
  return found;
}

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

function block(name: string, { type, size, mode, mtime }: Omit<TarHead, 'name'>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(blockBytes);
  const put = (text: string, at: number) => bytes.set(encoder.encode(text), at);
  bytes.set(encoder.encode(name).subarray(0, 100), 0);
  put(octal(mode & 0o777, 8), 100);
  put(octal(0, 8), 108);
  put(octal(0, 8), 116);
  put(size > 0o77777777777 ? '' : octal(size, 12), 124);
  put(octal(Math.max(0, Math.floor(mtime)), 12), 136);
  put('        ', 148);
  put(type, 156);
  put('ustar\u000000', 257);
  put(octal(sumOf(bytes), 7), 148);
  return bytes;
}

const padded = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(Math.ceil(bytes.length / blockBytes) * blockBytes);
  whole.set(bytes);
  return whole;
};

/** A head of our own; a long name has one before it. */
export function headOf(head: TarHead): Uint8Array<ArrayBuffer>[] {
  const name = encoder.encode(head.name);
  if (name.length <= 100) return [block(head.name, head)];
  const said = ` path=${head.name}\n`;
  const rest = encoder.encode(said).length;
  // A record says its own length, of which the digits of that number are part.
  let length = rest + 1;
  while (`${length}`.length + rest > length) length++;
  const record = `${length}${said}`;
  const bytes = encoder.encode(record);
  return [
    block('PaxHeader', { type: 'x', size: bytes.length, mode: 0o644, mtime: 0 }),
    padded(bytes),
    block(decoder.decode(name.subarray(0, 100)), head),
  ];
}

export const padOf = (size: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array((blockBytes - (size % blockBytes)) % blockBytes);

/** The end of an archive. */
export const tail = (): Uint8Array<ArrayBuffer> => new Uint8Array(2 * blockBytes);
