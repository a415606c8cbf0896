/** Whether what is there is what an import wants, and whether it is still what an earlier one wrote. Pure. */

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNames = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0 && value.every(item => typeof item !== 'object');

/**
 * Of `there` what `wanted` speaks of: what controllers and people added besides does not count. Lists of names are sets; other lists count
 * whole.
 */
export function projection(there: unknown, wanted: unknown): unknown {
  if (isNames(wanted)) return Array.isArray(there) ? wanted.filter(name => there.includes(name)) : [];
  if (!isObject(wanted) || !isObject(there)) return there;
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([name, value]) =>
      there[name] === undefined ? [] : [[name, projection(there[name], value)]],
    ),
  );
}

/** The same text for equal values, in whatever order their fields are; nothing equals an empty list and an empty object. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(
    ([, field]) =>
      field !== undefined && field !== null && !(typeof field === 'object' && Object.keys(field).length === 0),
  );
  return `{${fields
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
    .join(',')}}`;
}

export const covers = (there: unknown, wanted: unknown): boolean =>
  canonical(projection(there, wanted)) === canonical(wanted);

/** Sixteen letters that differ when the text does (FNV-1a, 64 bits). It proves nothing to anybody who wants to deceive himself. */
export function digest(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

/** What the ledger keeps of an object as it is wanted. */
export const markOf = (wanted: unknown): string => digest(canonical(wanted));

export type State =
  | 'missing'
  | 'same'
  /** As an earlier import wrote it, and wanted otherwise now. */
  | 'old'
  /** Another than an earlier import wrote. */
  | 'changed here'
  | 'removed here'
  /** Somebody else's: no import wrote it. */
  | 'foreign';

/** `mark` is what the ledger says. */
export function stateOf(there: unknown, wanted: unknown, mark: string | undefined): State {
  if (there === undefined) return mark === undefined ? 'missing' : 'removed here';
  if (covers(there, wanted)) return 'same';
  if (mark === undefined) return 'foreign';
  return markOf(projection(there, wanted)) === mark ? 'old' : 'changed here';
}
