/** Equality of JSON values where an absent member, `undefined` and an empty map or list mean the same (apimachinery `equality.Semantic`). */

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => semanticEqual(item, b[index]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) if (!semanticEqual(left[key], right[key])) return false;
  return true;
}

/** Zero counts are absent once stored: they compare equal. */
export function statusChanged(before: object | undefined, after: object): boolean {
  const withoutZeros = (status: object | undefined) =>
    Object.fromEntries(Object.entries(status ?? {}).filter(([, value]) => value !== 0));
  return !semanticEqual(withoutZeros(before), withoutZeros(after));
}
