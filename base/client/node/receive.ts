/** Turning what Node receives into bodies and headers. */
import type { Readable } from 'node:stream';
import { joinBytes, type Body, type Headers, type Sink } from '@orrery/http';

/** Bodies announced up to this size are read at once, so that an answer nobody reads holds nothing open. */
const readAtOnceBytes = 1 << 20;

/** The body of an answer: bytes when it is announced and small, otherwise a stream that flows once it is started. */
export async function receive(source: Readable, headers: Headers, isComplete: () => boolean): Promise<Body> {
  const announced = Number(headers['content-length'] ?? NaN);
  if (!(announced <= readAtOnceBytes)) return { start: sink => pour(source, sink, isComplete) };
  return gather(source, announced);
}

/** The announced bytes are the answer: a stream that closes with the last of them, before it says that it ends, has said it all. */
function gather(source: Readable, announced: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    const whole = () => resolve(joinBytes(pieces));
    const closed = () => {
      if (size >= announced) return whole();
      const what = `the answer broke off after ${size} of ${announced} bytes`;
      reject(Object.assign(new Error(what), { code: 'ECONNRESET' }));
    };
    source.on('data', (piece: Buffer) => {
      pieces.push(piece);
      size += piece.length;
    });
    source.once('error', reject);
    // An answer to HEAD announces a body and ends without one.
    source.once('end', whole);
    source.once('close', closed);
  });
}

function pour(source: Readable, sink: Sink, isComplete: () => boolean): void {
  source.on('error', () => sink.destroy());
  source.once('close', () => (isComplete() ? sink.end() : sink.destroy()));
  sink.onDrain(() => source.resume());
  sink.onClose(() => {
    // Left before the end: the server is told to stop. Nothing happens to a body that is over.
    if (!source.readableEnded) source.destroy();
  });
  source.on('end', () => {
    if (isComplete()) sink.end();
  });
  source.on('data', (piece: Buffer) => {
    if (!sink.write(piece)) source.pause();
  });
  if (source.destroyed) sink.destroy();
}

/** Headers as Node gives them, without HTTP/2's pseudo headers. */
export function receivedHeaders(raw: object): Headers {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (!name.startsWith(':') && value !== undefined) headers[name] = value as string | string[];
  }
  return headers;
}
