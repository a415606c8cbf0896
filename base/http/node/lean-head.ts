/**
 * Reading the plain, common shape of an HTTP/1.1 request head (RFC 9112). Whatever is not surely of that shape is `odd`: it is for
 * the full parser to serve or to refuse, so that no byte is ever read in two ways.
 */
import { headersOf } from './head.ts';
import type { RequestHead } from './exchanges.ts';
import type { Headers } from '../types.ts';

/** A header block with what was read from it: clients send the same one again and again. */
export interface HeaderBlock {
  readonly bytes: Buffer;
  readonly headers: Headers;
  /** Bytes of the body that follows; 0 when no length was announced. */
  readonly bodyBytes: number;
}

export interface LeanHead {
  readonly head: RequestHead;
  readonly block: HeaderBlock;
  /** Where the body begins. */
  readonly end: number;
}

/** `partial`: more bytes may make it a plain head. */
export type Reading = LeanHead | 'partial' | 'odd';

const headEnd = Buffer.from('\r\n\r\n');
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const starts = methods.map(method => `${method} /`);
const longestStart = Math.max(...starts.map(start => start.length));

/** The characters of a URI's path and query (RFC 3986); fragments and what should have been escaped are odd. */
const requestLine = new RegExp(`^(${methods.join('|')}) (/[!$-;=?-Z[\\]_a-z~]*) HTTP/1\\.1$`);
/** Lines of a token, a colon and printable ASCII, with nothing between name and colon, and none continued. */
const headerLines = /^(?:[A-Za-z0-9_.-]+:[\t\x20-\x7e]*\r\n)+$/;
const plainLength = /^(?:0|[1-9]\d{0,8})$/;

/** Headers that change what the connection or the body is. */
const oddNames = new Set([
  'transfer-encoding',
  'upgrade',
  'expect',
  'trailer',
  'te',
  'http2-settings',
  'proxy-connection',
]);

/**
 * Reads the head at `from`. `known` is the block of the request before: when the bytes are the same, so is the meaning.
 * Heads longer than `limit` bytes are odd.
 */
export function readHead(bytes: Buffer, from: number, limit: number, known: HeaderBlock | undefined): Reading {
  const end = bytes.indexOf(headEnd, from);
  if (end < 0) return bytes.length - from <= limit && mayBecomePlain(bytes, from) ? 'partial' : 'odd';
  if (end - from > limit) return 'odd';
  const lineEnd = bytes.indexOf(carriageReturn, from);
  const line = requestLine.exec(bytes.toString('latin1', from, lineEnd));
  if (line === null || bytes[lineEnd + 1] !== lineFeed) return 'odd';
  const [, method, target] = line as unknown as [string, string, string];
  const [blockStart, blockEnd] = [lineEnd + 2, end + 2];
  const same =
    known?.bytes.length === blockEnd - blockStart &&
    bytes.compare(known.bytes, 0, known.bytes.length, blockStart, blockEnd) === 0;
  const block = same ? known : blockOf(bytes, blockStart, blockEnd);
  return block ? { head: { method, target, headers: block.headers }, block, end: end + headEnd.length } : 'odd';
}

/** Waiting is for heads that have begun well: others get their answer at once. */
function mayBecomePlain(bytes: Buffer, from: number): boolean {
  const begun = bytes.toString('latin1', from, from + longestStart);
  if (!starts.some(start => begun.startsWith(start) || start.startsWith(begun))) return false;
  for (let at = bytes.indexOf(lineFeed, from); at >= 0; at = bytes.indexOf(lineFeed, at + 1))
    if (bytes[at - 1] !== carriageReturn) return false;
  return true;
}

function blockOf(bytes: Buffer, from: number, end: number): HeaderBlock | undefined {
  const text = bytes.toString('latin1', from, end);
  if (!headerLines.test(text)) return undefined;
  const raw: string[] = [];
  const counts = { host: 0, 'content-length': 0, connection: 0 };
  for (const line of text.slice(0, -2).split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (oddNames.has(name)) return undefined;
    if (name in counts) counts[name as keyof typeof counts]++;
    raw.push(name, line.slice(colon + 1).trim());
  }
  if (counts.host !== 1 || counts['content-length'] > 1 || counts.connection > 1) return undefined;
  const headers = headersOf(raw);
  const length = headers['content-length'] as string | undefined;
  if (length !== undefined && !plainLength.test(length)) return undefined;
  // An end of the connection is odd too: it happens once.
  if (counts.connection === 1 && (headers['connection'] as string).toLowerCase() !== 'keep-alive') return undefined;
  return { bytes: Buffer.from(bytes.subarray(from, end)), headers, bodyBytes: Number(length ?? 0) };
}
