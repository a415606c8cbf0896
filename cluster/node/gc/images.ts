/** Which images go when the disk fills up (upstream `image_gc_manager.go`). Pure. */
import type { Image } from '../runtime/types.ts';

export interface ImageGcLimits {
  /** Percent of the file system: above `high` images are removed until `low` is reached. */
  high: number;
  low: number;
  /** Milliseconds that an image is left alone after it was first seen. */
  minAgeMs: number;
}

export const imageGcLimits: ImageGcLimits = { high: 85, low: 80, minAgeMs: 120_000 };

export interface ImageRecord {
  image: Image;
  firstSeenAt: number;
  lastUsedAt: number;
}

export interface DiskUsage {
  capacityBytes: number;
  availableBytes: number;
}

/** Bytes to free; 0 while there is room. */
export function bytesToFree({ capacityBytes, availableBytes }: DiskUsage, { high, low }: ImageGcLimits): number {
  if (capacityBytes === 0) return 0;
  const usedPercent = 100 - Math.floor((availableBytes * 100) / capacityBytes);
  return usedPercent < high ? 0 : Math.max(0, Math.ceil((capacityBytes * (100 - low)) / 100) - availableBytes);
}

/** The unused images to remove, those that were used longest ago first. */
export function imagesToRemove(
  records: readonly ImageRecord[],
  used: ReadonlySet<string>,
  bytes: number,
  now: number,
  { minAgeMs }: ImageGcLimits,
): Image[] {
  const free = records
    .filter(({ image, firstSeenAt }) => !used.has(image.id) && !image.pinned && now - firstSeenAt >= minAgeMs)
    .sort((a, b) => a.lastUsedAt - b.lastUsedAt || a.firstSeenAt - b.firstSeenAt);
  const chosen: Image[] = [];
  let left = bytes;
  for (const { image } of free) {
    if (left <= 0) break;
    chosen.push(image);
    left -= image.size;
  }
  return chosen;
}
