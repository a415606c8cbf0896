/** Names and groups that the API server itself gives out. */
import type { UserInfo } from '@orrery/http';

export const allAuthenticated = 'system:authenticated';
export const allUnauthenticated = 'system:unauthenticated';
export const anonymousName = 'system:anonymous';
/** In `extra`: which credential was shown, so that audit can tell one token or certificate from another. */
export const credentialIdKey = 'authentication.kubernetes.io/credential-id';

export const anonymousUser: UserInfo = { name: anonymousName, groups: [allUnauthenticated] };

const authenticated = new WeakMap<UserInfo, UserInfo>();

/** Adds `system:authenticated`, unless the user is known not to be. The same user gives the same answer. */
export function asAuthenticated(user: UserInfo): UserInfo {
  const { name, groups } = user;
  if (name === anonymousName || groups.includes(allAuthenticated) || groups.includes(allUnauthenticated)) return user;
  let known = authenticated.get(user);
  if (known === undefined) authenticated.set(user, (known = { ...user, groups: [...groups, allAuthenticated] }));
  return known;
}

/** `authentication.k8s.io` UserInfo as it goes on the wire; what is empty is left out. */
export const wireUser = ({ name, uid, groups, extra }: UserInfo): Record<string, unknown> => ({
  ...(name && { username: name }),
  ...(uid && { uid }),
  ...(groups.length > 0 && { groups }),
  ...(extra && Object.keys(extra).length > 0 && { extra }),
});

export const serviceAccountName = (namespace: string, name: string): string =>
  `system:serviceaccount:${namespace}:${name}`;

export const serviceAccountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
];
