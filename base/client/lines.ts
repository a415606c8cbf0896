/** JSON values separated by newlines, cut at the level of bytes so that a character split between chunks stays whole. */
import { joinBytes } from '@orrery/http';

const newline = 10;
const decoder = new TextDecoder();

/** Yields each complete line of a byte stream without its newline; empty lines and an unfinished last line are left out. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let pending: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, start)) {
      const line = joinBytes([...pending, chunk.subarray(start, at)]);
      pending = [];
      start = at + 1;
      if (line.length > 0) yield decoder.decode(line);
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
}
