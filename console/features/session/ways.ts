/** The ways to log in that the platform offers (pure). */

/** A provider as the platform lists it for everybody. */
export interface ListedProvider {
  readonly name: string;
  readonly displayName: string;
  readonly kind: 'password' | 'redirect';
  /** Where to send the browser. */
  readonly url: string;
}

export interface Ways {
  /** Who takes a password here, beside the platform itself. */
  readonly passwords: readonly ListedProvider[];
  readonly redirects: readonly ListedProvider[];
}

const isListed = (value: unknown): value is ListedProvider =>
  typeof value === 'object' && value !== null && 'name' in value && 'kind' in value && 'url' in value;

/** Sorted by what people read. */
export function waysOf(listed: readonly unknown[] = []): Ways {
  const known = listed.filter(isListed).toSorted((left, right) => (left.displayName < right.displayName ? -1 : 1));
  return {
    passwords: known.filter(({ kind }) => kind === 'password'),
    redirects: known.filter(({ kind }) => kind === 'redirect'),
  };
}

/** Where a provider's button leads; afterwards the browser is sent to `next`. */
export const beginHref = ({ url }: Pick<ListedProvider, 'url'>, next: string): string =>
  next === '/' ? url : `${url}?${new URLSearchParams({ referer: next })}`;

/** A user name made of what a provider calls somebody; empty when nothing of it is left. */
export const suggestedName = (called: string): string =>
  called
    .split('@')[0]!
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, 63)
    .replace(/[-.]+$/, '');

/** The code that a device shows, as people read it: four letters and four. */
export function shownCode(typed: string): string {
  const letters = typed
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, '')
    .slice(0, 8);
  return letters.length > 4 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : letters;
}
