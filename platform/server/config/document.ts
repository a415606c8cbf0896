/** Documents of configuration as people write them: YAML, read field by field. What does not fit is told by its name and left out. */
import { parse } from 'yaml';

export type Fields = Readonly<Record<string, unknown>>;

const lengthMax = 256 * 1024;

/** Undefined for text that is no mapping. Aliases, which can multiply, are not followed. */
export function readDocument(text: string): Fields | undefined {
  if (text.length > lengthMax) return undefined;
  try {
    const value: unknown = parse(text, { version: '1.1', maxAliasCount: 0 });
    return fieldsOf(value);
  } catch {
    return undefined;
  }
}

export const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

const at = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);

/** A field with a text in it; numbers are taken as they stand. */
export function textAt(fields: Fields, name: string): string | undefined {
  const value = at(fields, name);
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export const flagAt = (fields: Fields, name: string): boolean | undefined => {
  const value = at(fields, name);
  return typeof value === 'boolean' ? value : undefined;
};

/** A whole number that is not negative. */
export function countAt(fields: Fields, name: string): number | undefined {
  const value = at(fields, name);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export const textsAt = (fields: Fields, name: string): readonly string[] => {
  const value = at(fields, name);
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
};

export const fieldsAt = (fields: Fields, name: string): Fields => fieldsOf(at(fields, name)) ?? {};

export const listAt = (fields: Fields, name: string): readonly Fields[] => {
  const value = at(fields, name);
  return Array.isArray(value) ? value.map(fieldsOf).filter(item => item !== undefined) : [];
};
