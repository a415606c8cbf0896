/** What many measurements of one thing come to. */

/** The middle value; of an even number the mean of the two in the middle. @throws RangeError when there is none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Largest less smallest, as a share of the median: how far a figure can be trusted. 0 when all are 0. */
export function spread(values: readonly number[]): number {
  const middle = median(values);
  return middle === 0 ? 0 : (Math.max(...values) - Math.min(...values)) / middle;
}

/**
 * How many times as large the first are as the second: the median of the ratios of each round, since what disturbs a round disturbs both.
 * Rounds that only one of them has are left out; undefined when nothing is left.
 */
export function pairedRatio(first: readonly number[], second: readonly number[]): number | undefined {
  const ratios = first.flatMap((value, round) => {
    const other = second[round];
    return other === undefined || other === 0 ? [] : [value / other];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}

/** The value that `percent` of the values do not exceed (nearest rank). @throws RangeError when there is none. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
}
