/** Node's streams as our {@link Sink} and {@link Duplex}. */
import type { Writable, Duplex as NodeDuplex } from 'node:stream';
import type { Duplex, Sink } from '../types.ts';

/** What both kinds of responses and sockets offer. */
export type Target = Pick<Writable, 'write' | 'end' | 'on' | 'once' | 'destroy' | 'writableLength' | 'destroyed'>;

/** A sink over anything writable. `breakOff` must make the peer see that the body is incomplete. */
export function sinkOf(target: Target, breakOff: () => void = () => target.destroy()): Sink {
  const closes: (() => void)[] = [];
  let ended = false;
  let gone = target.destroyed;
  target.on('error', () => {});
  target.once('close', () => {
    gone = true;
    for (const callback of closes.splice(0)) callback();
  });
  return {
    write: chunk => (ended || gone ? true : target.write(chunk)),
    end() {
      if (ended || gone) return;
      ended = true;
      target.end();
    },
    destroy() {
      if (gone) return;
      ended = true;
      breakOff();
    },
    get queuedBytes() {
      return gone ? 0 : target.writableLength;
    },
    get closed() {
      return ended || gone;
    },
    onDrain: callback => void target.on('drain', callback),
    onClose: callback => void (gone ? callback() : closes.push(callback)),
  };
}

/** A two-way stream over a socket (or any duplex of Node) that nobody else reads. */
export function duplexOf(socket: NodeDuplex): Duplex {
  const ends: (() => void)[] = [];
  let ended = false;
  const sink = sinkOf(socket);
  socket.pause();
  socket.on('end', () => {
    ended = true;
    // Whoever does not care for the end of the other side is not left with half a connection.
    if (ends.length === 0) sink.end();
    for (const callback of ends) callback();
  });
  return Object.defineProperties(
    {
      onData(callback: (chunk: Uint8Array) => void) {
        socket.on('data', callback);
        socket.resume();
      },
      onEnd: (callback: () => void) => void (ended ? callback() : ends.push(callback)),
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
    },
    Object.getOwnPropertyDescriptors(sink),
  ) as Duplex;
}

/** Writes slices in order in groups of about this size, waiting for the peer between them: fast, and never all at once in memory. */
export const groupBytes = 256 * 1024;

/** What slices are written to: `end` takes the last of them. */
export interface SliceTarget {
  readonly destroyed: boolean;
  write(chunk: Uint8Array): boolean;
  end(chunk: Uint8Array): unknown;
  once(event: 'close' | 'drain', listener: () => void): unknown;
}

/** Writes all slices and ends the target; stops early when the target closes. */
export async function writeSlices(target: SliceTarget, slices: readonly Uint8Array[]): Promise<void> {
  const closed = new Promise<void>(resolve => target.once('close', resolve));
  let group: Uint8Array[] = [];
  let size = 0;
  for (const slice of slices) {
    group.push(slice);
    size += slice.length;
    if (size < groupBytes) continue;
    if (target.destroyed) return;
    if (!target.write(group.length === 1 ? group[0]! : Buffer.concat(group, size)))
      await Promise.race([closed, new Promise<void>(resolve => target.once('drain', resolve))]);
    group = [];
    size = 0;
  }
  if (!target.destroyed) target.end(Buffer.concat(group, size));
}

export const byteLength = (slices: readonly Uint8Array[]): number =>
  slices.reduce((sum, slice) => sum + slice.length, 0);
