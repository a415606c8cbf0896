/** What a program may be told of a user. What it may do is what the user may do: rights have no scopes here, as in KubeSphere. */
import type { OAuthClient } from '../config/clients.ts';

export const knownScopes = ['openid', 'profile', 'email', 'groups', 'offline_access'] as const;

export const scopesIn = (text: string | undefined): string[] => [
  ...new Set((text ?? '').split(' ').filter(scope => scope !== '')),
];

/** Undefined when the client may have them all. */
export const refusedScope = (
  { scopes = knownScopes }: Pick<OAuthClient, 'scopes'>,
  asked: readonly string[],
): string | undefined => asked.find(scope => !scopes.includes(scope));

export const includesAll = (granted: string | undefined, asked: readonly string[]): boolean => {
  const known = scopesIn(granted);
  return granted !== undefined && asked.every(scope => known.includes(scope));
};
