/** Lines of CRI log files: `<RFC 3339 time> <stream> <tags> <content>`. */

export interface LogLine {
  /** As written, with nanoseconds. */
  time: string;
  stream: 'stdout' | 'stderr';
  /** The line goes on in the next record of its stream. */
  partial: boolean;
  /** With the line feed, unless partial. */
  content: Uint8Array;
}

const space = 0x20;
const lineFeed = 0x0a;

/** One record, with or without its line feed; undefined when it is not of this form. */
export function parseLine(record: Uint8Array): LogLine | undefined {
  const end = record.at(-1) === lineFeed ? record.length - 1 : record.length;
  const first = record.indexOf(space);
  const second = first < 0 ? -1 : record.indexOf(space, first + 1);
  if (second < 0 || second >= end) return undefined;
  const found = record.indexOf(space, second + 1);
  const third = found < 0 || found > end ? end : found;
  const time = latin(record.subarray(0, first));
  const stream = latin(record.subarray(first + 1, second));
  if ((stream !== 'stdout' && stream !== 'stderr') || Number.isNaN(Date.parse(time))) return undefined;
  const partial = latin(record.subarray(second + 1, third)).split(':')[0] === 'P';
  const text = record.subarray(Math.min(third + 1, end), end);
  return { time, stream, partial, content: partial ? text : withLineFeed(text) };
}

const latin = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

function withLineFeed(text: Uint8Array): Uint8Array {
  const line = new Uint8Array(text.length + 1);
  line.set(text);
  line[text.length] = lineFeed;
  return line;
}

/** Nanoseconds of an RFC 3339 time, for comparisons. */
export function nanosecondsOf(time: string): bigint {
  const [, head = '', fraction = '', zone = 'Z'] =
    /^(.*?\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  return BigInt(Date.parse(head + zone)) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}
