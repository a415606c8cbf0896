/** Header blocks of SPDY/3: length-prefixed pairs in one deflate stream per direction and connection. */
import { constants, inflateRawSync } from 'node:zlib';
import { headerDictionary } from './dictionary.data.ts';

/** Names in lower case. Repeated values are one string, separated by a null character on the wire and ", " here. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** How far back a deflate stream may refer. */
const windowBytes = 32 * 1024;
/** No header block of a stream is larger; what inflates to more is an attack. */
const largestBlock = 64 * 1024;

/** Turns header blocks into what goes on the wire. Must see all blocks of one direction, in order. */
export type HeaderEncoder = (headers: SpdyHeaders) => Buffer;
/** The inverse. Throws for what is not a header block. */
export type HeaderDecoder = (block: Uint8Array) => SpdyHeaders;

/**
 * Blocks go out as stored deflate blocks: a valid stream that needs no state and no compressor. They are a hundred bytes, sent
 * once per stream. The empty block at the end is what makes Go's inflater hand out everything before it.
 */
export function createHeaderEncoder(): HeaderEncoder {
  let started = false;
  return headers => {
    const pieces: Buffer[] = started ? [] : [Buffer.from([0x78, 0x01])];
    started = true;
    const plain = plainBlock(headers);
    for (let at = 0; at < plain.length; at += 0xffff) pieces.push(...stored(plain.subarray(at, at + 0xffff)));
    pieces.push(...stored(Buffer.alloc(0)));
    return Buffer.concat(pieces);
  };
}

function stored(data: Buffer): Buffer[] {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(data.length, 1);
  head.writeUInt16LE(~data.length & 0xffff, 3);
  return [head, data];
}

function plainBlock(headers: SpdyHeaders): Buffer {
  const texts = Object.entries(headers).flatMap(([name, value]) => [
    Buffer.from(name.toLowerCase()),
    Buffer.from(value),
  ]);
  const block = Buffer.alloc(4 + texts.reduce((sum, text) => sum + 4 + text.length, 0));
  let at = block.writeUInt32BE(texts.length / 2);
  for (const text of texts) {
    at = block.writeUInt32BE(text.length, at);
    at += text.copy(block, at);
  }
  return block;
}

/**
 * Each block ends on a byte boundary (senders flush after it), so it can be inflated by itself, given what came before as the
 * dictionary of a raw stream: no state but the last 32 KiB, and no asynchronous stream in the middle of a parser.
 */
export function createHeaderDecoder(): HeaderDecoder {
  let window: Buffer = headerDictionary;
  let started = false;
  return block => {
    let compressed: Uint8Array = block;
    if (!started) {
      compressed = block.subarray(zlibHeaderBytes(block));
      started = true;
    }
    const plain = inflateRawSync(compressed, {
      dictionary: window,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: largestBlock,
    });
    window = Buffer.concat([window, plain]).subarray(-windowBytes);
    return pairs(plain);
  };
}

/** Two bytes, and four more when the dictionary is named. */
function zlibHeaderBytes(block: Uint8Array): number {
  const [method = 0, flags = 0] = block;
  if ((method & 0x0f) !== 8 || (method * 256 + flags) % 31 !== 0)
    throw new Error('SPDY: header block is not compressed');
  return (flags & 0x20) !== 0 ? 6 : 2;
}

function pairs(plain: Buffer): SpdyHeaders {
  const headers: Record<string, string> = Object.create(null);
  let at = 4;
  const text = () => {
    const length = plain.readUInt32BE(at);
    at += 4 + length;
    if (at > plain.length) throw new Error('SPDY: header block is cut short');
    return plain.toString('utf8', at - length, at);
  };
  for (let left = plain.readUInt32BE(0); left > 0; left--) {
    const name = text().toLowerCase();
    headers[name] = text().replaceAll('\0', ', ');
  }
  return headers;
}
