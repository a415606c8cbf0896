/** Sizes and costs that are known within bounds; sums and products stop at the largest 64-bit number. */

export interface Range {
  readonly min: number;
  readonly max: number;
}

const largest = 2 ** 64;
const cap = (value: number): number => Math.min(value, largest);

export const unknown: Range = { min: 0, max: largest };
export const zero: Range = { min: 0, max: 0 };
export const exactly = (value: number): Range => ({ min: value, max: value });
export const sum = (...ranges: readonly Range[]): Range => ({
  min: cap(ranges.reduce((total, { min }) => total + min, 0)),
  max: cap(ranges.reduce((total, { max }) => total + max, 0)),
});
export const product = (a: Range, b: Range): Range => ({ min: cap(a.min * b.min), max: cap(a.max * b.max) });
/** Rounded up. */
export const times = ({ min, max }: Range, factor: number): Range => ({
  min: cap(Math.ceil(min * factor)),
  max: cap(Math.ceil(max * factor)),
});
export const union = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });
