/**
 * Numbers handed out of a range. A number is taken as long as anybody holds it: the stored objects that name it and the
 * writes in flight that want it. Automatic choice prefers the upper band, so that people can pick from the lower one
 * (Kubernetes enhancement 3070).
 */
import type { Random } from '@orrery/machinery/random';
import { Bitmap } from './bitmap.ts';

export interface Band {
  readonly minimum: number;
  readonly maximum: number;
  readonly step: number;
}

export const addressBand: Band = { minimum: 16, maximum: 256, step: 16 };
export const portBand: Band = { minimum: 16, maximum: 128, step: 32 };

/** How many numbers at the start of a range of `size` are left to people: min(max(minimum, size / step), maximum), 0 for tiny ranges. */
export const staticBand = (size: number, band: Band): number =>
  size <= band.minimum ? 0 : Math.min(Math.max(band.minimum, Math.floor(size / band.step)), band.maximum);

export class Pool {
  readonly size: number;
  readonly staticSize: number;
  #bitmap: Bitmap;
  #holders = new Map<number, number>();
  #random: Random;

  constructor(size: number, staticSize: number, random: Random) {
    this.size = size;
    this.staticSize = staticSize;
    this.#bitmap = new Bitmap(size);
    this.#random = random;
  }

  get used(): number {
    return this.#bitmap.used;
  }

  has(index: number): boolean {
    return this.#bitmap.has(index);
  }

  holders(index: number): number {
    return this.#holders.get(index) ?? 0;
  }

  /** One more holder. Numbers outside the range are ignored: they belong to an earlier configuration. */
  retain(index: number): void {
    if (index < 0 || index >= this.size) return;
    this.#holders.set(index, this.holders(index) + 1);
    this.#bitmap.add(index);
  }

  /** One holder less; frees the number with the last one. */
  release(index: number): void {
    const left = this.holders(index) - 1;
    if (left > 0) this.#holders.set(index, left);
    else if (this.#holders.delete(index)) this.#bitmap.delete(index);
  }

  /** Takes any free number, upper band first, from a random place on; undefined when the range is full. */
  takeAny(): number | undefined {
    const found = this.#free(this.staticSize, this.size) ?? this.#free(0, this.staticSize);
    if (found !== undefined) this.retain(found);
    return found;
  }

  #free(from: number, to: number): number | undefined {
    if (to <= from) return undefined;
    return this.#bitmap.firstFree(from, to, from + Math.floor(this.#random.float() * (to - from)));
  }
}
