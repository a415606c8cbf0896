/** Byte order of keys: the order of their UTF-8 bytes, which etcd and Kubernetes page by. */

/**
 * Compares two keys as their UTF-8 bytes would compare. JavaScript's `<` compares UTF-16 units and puts characters
 * outside the basic plane (surrogate pairs) before U+E000..U+FFFF, where UTF-8 puts them last.
 * @returns negative, 0 or positive
 */
export function compareKeys(left: string, right: string): number {
  if (left === right) return 0;
  const shorter = Math.min(left.length, right.length);
  for (let i = 0; i < shorter; i++) {
    const difference = left.charCodeAt(i) - right.charCodeAt(i);
    if (difference !== 0) return rank(left.charCodeAt(i)) - rank(right.charCodeAt(i));
  }
  return left.length - right.length;
}

/** What compares these keys as {@link compareKeys} does: where no unit is a surrogate or above, JavaScript's own order is right, and a quarter of the work. */
export const comparerOf = (keys: IteratorObject<string>): typeof compareKeys =>
  keys.some(key => /[\ud800-\uffff]/.test(key))
    ? compareKeys
    : (left, right) => (left < right ? -1 : left > right ? 1 : 0);

/** Moves surrogates above all other units, and keeps the rest in order. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit > 0xdfff ? unit - 0x800 : unit + 0x2000);

/** The number of leading items for which `before` holds; it must hold for a prefix of them. */
export function countLeading<T>(items: readonly T[], before: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(items[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
