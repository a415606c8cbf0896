/** Reading request bodies within a bound. */
import type { Readable } from 'node:stream';
import { statusAnswer } from '../answers.ts';
import { joinBytes } from '../body.ts';
import { StatusError } from '@orrery/machinery/status';
import type { Response } from '../types.ts';

export const noBody = new Uint8Array(0);

/** Statuses that never have a body. */
export const bodiless = (status: number): boolean => status === 204 || status === 304;

/** How much of a body that is too large is still read, so that the client sees the answer and not a reset connection. */
const politeBytes = 64 << 20;

/**
 * The whole body; `too large` as soon as it is known to be (the rest is then read and dropped); undefined when the client went
 * away before its end.
 */
export function collectBody(
  source: Readable,
  limit: number,
  announced: number | undefined,
): Promise<Uint8Array | 'too large' | undefined> {
  return new Promise(resolve => {
    let pieces: Uint8Array[] = [];
    let size = 0;
    if (announced !== undefined && announced > limit) resolve('too large');
    source.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size <= limit) return void pieces.push(piece);
      pieces = [];
      resolve('too large');
      if (size > limit + politeBytes) source.destroy();
    });
    source.once('end', () => resolve(joinBytes(pieces)));
    source.once('close', () => resolve(undefined));
    source.once('error', () => resolve(undefined));
  });
}

/** Upstream's answer to a body beyond the limit. */
export const tooLarge = (limit: number): Response =>
  statusAnswer(new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`).toStatus());
