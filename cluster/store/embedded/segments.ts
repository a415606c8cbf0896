/** Segment files: made in advance, filled with zeros, so that a write changes no metadata and costs one flush. */
import { failpoint } from '@orrery/machinery/failpoint';
import type { FileSystem, StoreFile } from './files.ts';
import { currentFormat, encodeFileHeader, fileHeaderSize, segmentName } from './layout.ts';

/** A segment that is complete, and what it holds. */
export interface SealedSegment {
  readonly number: number;
  readonly size: number;
  /** The newest revision in it or before it. */
  readonly lastRevision: number;
}

/** A segment that batches are written to. */
export interface OpenSegment {
  readonly number: number;
  readonly path: string;
  readonly file: StoreFile;
  readonly capacity: number;
}

/** One write of zeros; a larger one would hold a thread of the pool for long. */
const zeros = Buffer.alloc(1024 * 1024);

/** Makes a segment of `capacity` bytes: under a temporary name until it is whole. */
export async function createSegment(
  files: FileSystem,
  directory: string,
  number: number,
  capacity: number,
): Promise<OpenSegment> {
  const path = `${directory}/${segmentName(number)}`;
  const temporary = `${path}.tmp`;
  const file = await files.open(temporary, 'create');
  try {
    await file.write(encodeFileHeader('segment', { format: currentFormat, number, revision: 0 }), 0);
    for (let at = fileHeaderSize; at < capacity; at += zeros.length) {
      await file.write(zeros.subarray(0, Math.min(zeros.length, capacity - at)), at);
    }
    failpoint('store.segment.filled');
    await file.sync();
    failpoint('store.segment.synced');
  } finally {
    await file.close();
  }
  await files.rename(temporary, path);
  failpoint('store.segment.named');
  await files.syncDirectory(directory);
  return { number, path, file: await files.open(path, 'durable'), capacity };
}
