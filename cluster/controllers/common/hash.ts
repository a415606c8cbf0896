/** Short hashes in names and labels, with upstream's length and alphabet (`util/rand.SafeEncodeString` of FNV-1a). */

const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** The 32-bit FNV-1a hash of the UTF-8 bytes of a text. */
export function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Each digit of a number as a letter that cannot form words. */
export const safeEncode = (value: number): string =>
  Array.from(String(value), letter => letters[letter.charCodeAt(0) % letters.length]!).join('');

/** JSON with sorted keys and without absent or empty members: equal values have equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`)
    .join(',')}}`;
}

/**
 * The hash of a pod template, 8 to 10 letters. It need not equal upstream's (which hashes a print of Go's memory layout): all that
 * counts is that it is stable, and that `collisions` changes it.
 */
export const templateHash = (template: unknown, collisions: number | undefined): string =>
  safeEncode(fnv32a(canonicalJson(template) + (collisions === undefined ? '' : `#${collisions}`)));
