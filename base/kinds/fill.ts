/** Sets the fields of `object` that are absent, null or the empty text. Defaults given as functions are made only when needed. */
export function fill<T extends object>(
  object: T,
  defaults: { readonly [name in keyof T]?: T[name] | (() => T[name]) },
): void {
  const target = object as Record<string, unknown>;
  for (const name of Object.keys(defaults)) {
    const present = target[name];
    if (present !== undefined && present !== null && present !== '') continue;
    const value = (defaults as Record<string, unknown>)[name];
    target[name] = typeof value === 'function' ? (value as () => unknown)() : value;
  }
}

/** Iterates a list that Go would write as null. */
export const each = <T>(list: readonly T[] | null | undefined): readonly T[] => list ?? [];
