/** Which providers somebody may connect with his account himself (pure). */
export interface Connectable {
  readonly name: string;
  readonly displayName: string;
  /** A directory is told name and password here; to others the browser is sent. */
  readonly kind: 'password' | 'redirect';
}

interface Listed extends Connectable {
  readonly mappingMethod: string;
}

/** Those that an administrator does not map, and that are not connected yet. */
export const connectable = (listed: readonly unknown[] = [], linked: ReadonlySet<string>): readonly Connectable[] =>
  (listed as readonly Listed[]).filter(({ name, mappingMethod }) => mappingMethod !== 'lookup' && !linked.has(name));
