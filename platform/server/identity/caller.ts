/** Who makes a request, and under which names it goes on to the cluster. */
import type { UserInfo } from '@orrery/http';
import type { Newcomer } from './sessions.ts';

export interface Caller {
  readonly name: string;
  readonly groups: readonly string[];
  /** The session that the token belongs to; empty for nobody. */
  readonly session: string;
  /** How he proved who he is: cookies need more care than tokens, and what stands in a kubeconfig is for the cluster's API alone. */
  readonly by: 'token' | 'cookie' | 'kubeconfig' | 'nothing';
  /** He has a password that somebody else knows. */
  readonly mustChangePassword: boolean;
  /** What his OAuth client was granted; undefined when he logged in himself. */
  readonly scope?: string;
  readonly provedAtMs?: number;
  /** He has no account yet: he is nobody for the cluster. */
  readonly newcomer?: Newcomer;
}

/** KubeSphere's name for somebody who comes from a provider and has no account yet. The cluster never sees it. */
export const newcomerName = 'system:pre-registration';

export const nobody: Caller = { name: '', groups: [], session: '', by: 'nothing', mustChangePassword: false };

/**
 * The group that carries the rights of the platform's own services. It is added to a user only for the writes of a service, after the
 * user's own rights were checked, so that the cluster's audit names both.
 */
export const serviceGroup = 'orrery:service';

/** Names of the cluster's own and of the platform's: nobody is ever impersonated under them by what an object says. */
const reserved = /^(system|orrery|kubeadm):/i;

export const isReserved = (name: string): boolean => reserved.test(name) || name === '';

/** The identity for the cluster's eyes. @throws TypeError for a reserved user name, which no account can have. */
export function identityOf({ name, groups }: Caller): UserInfo {
  if (isReserved(name)) throw new TypeError(`nobody may act as ${JSON.stringify(name)}`);
  return { name, groups: groups.filter(group => !isReserved(group)) };
}

/** The same with the rights of the services. */
export function serviceIdentityOf(caller: Caller): UserInfo {
  const own = identityOf(caller);
  return { ...own, groups: [...own.groups, serviceGroup] };
}
