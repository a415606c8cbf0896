/** How a registry asks who is there (RFC 9110 11.6.1, Docker's token protocol), and to whom a password may go for it. Pure. */

export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

/** The first that we can answer. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined) return undefined;
  const bearer = /\bbearer\s+((?:[a-z_]+="[^"]*"(?:\s*,\s*)?)+)/i.exec(header)?.[1];
  if (bearer !== undefined) {
    const parts = Object.fromEntries(
      [...bearer.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(([, name, value]) => [name!.toLowerCase(), value!]),
    );
    const { realm, service, scope } = parts;
    return realm ? { scheme: 'bearer', realm, ...(service && { service }), ...(scope && { scope }) } : undefined;
  }
  return /\bbasic\b/i.test(header) ? { scheme: 'basic' } : undefined;
}

/** Those whose tokens are given elsewhere, as everybody knows. */
const known: Readonly<Record<string, string>> = {
  'registry-1.docker.io': 'auth.docker.io',
  'registry.gitlab.com': 'gitlab.com',
};

/**
 * A password goes to the registry it is for, to the place that everybody knows gives its tokens, and to hosts that it was written down for; a
 * registry cannot send it anywhere else. Never from an encrypted connection to one that is not.
 */
export function mayReceive(realm: URL, registry: URL, written: readonly string[]): boolean {
  if (registry.protocol === 'https:' && realm.protocol !== 'https:') return false;
  const isBeside = realm.hostname === registry.hostname && realm.port === '';
  return (
    realm.host === registry.host || isBeside || known[registry.host] === realm.host || written.includes(realm.host)
  );
}
