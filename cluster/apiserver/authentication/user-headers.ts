/** A user as headers name him: to a front proxy's backend, and to whoever acts as somebody else. */
import type { Headers } from '@orrery/http';

/** Repeated headers arrive joined by a comma and a space. */
export const valuesOf = (value: Headers[string]): string[] =>
  value === undefined ? [] : (typeof value === 'string' ? value.split(', ') : [...value]).filter(text => text !== '');

/** What stands behind a prefix of names, by the rest of the name. */
export function extraOf(headers: Headers, prefix: string): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const name in headers)
    if (name.startsWith(prefix)) extra[decoded(name.slice(prefix.length))] = valuesOf(headers[name]);
  return extra;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
