/** Which providers somebody may connect with his account himself (pure). */
export interface Connectable {
  readonly name: string;
  readonly displayName: string;
}

interface Listed extends Connectable {
  readonly kind: string;
  readonly mappingMethod: string;
}

/** Those that a browser is sent to, that an administrator does not map, and that are not connected yet. */
export const connectable = (listed: readonly unknown[] = [], linked: ReadonlySet<string>): readonly Connectable[] =>
  (listed as readonly Listed[]).filter(
    ({ name, kind, mappingMethod }) => kind === 'redirect' && mappingMethod !== 'lookup' && !linked.has(name),
  );
