/** Chunks of a recording: compressed, and each tied to all before it. */
import { fromHex, toHex } from './encode.ts';
import type { Recorded } from './record.ts';
import type { RecordingStore } from './store.ts';

type Bytes = Uint8Array<ArrayBuffer>;

async function through(bytes: Bytes, { readable, writable }: CompressionStream | DecompressionStream): Promise<Bytes> {
  const writer = writable.getWriter();
  // What is wrong with the bytes is told by the side that reads.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  return new Uint8Array(await new Response(readable as ReadableStream<Bytes>).arrayBuffer());
}

export const packChunk = (text: string): Promise<Bytes> =>
  through(new TextEncoder().encode(text), new CompressionStream('gzip'));

export const unpackChunk = async (bytes: Bytes): Promise<string> =>
  new TextDecoder().decode(await through(bytes, new DecompressionStream('gzip')));

/** What a recording without chunks has. */
export const firstHash = '0'.repeat(64);

/** Of everything up to this chunk. */
export async function chained(hash: string, bytes: Bytes): Promise<string> {
  const before = fromHex(hash);
  const joined = new Uint8Array(before.length + bytes.length);
  joined.set(before);
  joined.set(bytes, before.length);
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', joined)));
}

/** All lines, as far as they can be read, and whether they are what was recorded. */
export async function readCast(store: RecordingStore, record: Recorded): Promise<{ text: string; intact: boolean }> {
  let hash = firstHash;
  let text = '';
  let whole = true;
  for await (const bytes of store.chunks(record)) {
    if (!bytes) {
      whole = false;
      continue;
    }
    hash = await chained(hash, bytes);
    try {
      text += await unpackChunk(bytes);
    } catch {
      whole = false;
    }
  }
  return { text, intact: whole && hash === record.hash };
}
