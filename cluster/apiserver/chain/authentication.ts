/** Who asks. In-process callers come with their identity; everybody else shows credentials. */
import type { UserInfo } from '@orrery/http';
import { isReason, unauthorized } from '@orrery/machinery/status';
import type { IdentityMetrics } from '../metrics/identity.ts';
import type { Authenticator } from '../types.ts';
import type { Filter } from './context.ts';

export const anonymous: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
const authenticated = 'system:authenticated';

/** Everybody who is somebody belongs to this group. */
export function withAuthenticatedGroup(user: UserInfo): UserInfo {
  if (user.name === anonymous.name || user.groups.includes(authenticated)) return user;
  if (user.groups.includes('system:unauthenticated')) return user;
  return { ...user, groups: [...user.groups, authenticated] };
}

/** `allowAnonymous` false answers 401 where no credentials were shown. */
export const authentication =
  (authenticator: () => Authenticator | undefined, allowAnonymous: boolean, metrics?: IdentityMetrics): Filter =>
  next =>
  async context => {
    const { request } = context;
    const tell = metrics?.authentication();
    try {
      const user = request.user ?? (await authenticator()?.(request));
      if (user === undefined && !allowAnonymous) throw unauthorized();
      context.user = user === undefined ? anonymous : withAuthenticatedGroup(user);
    } catch (error) {
      tell?.(isReason(error, 'Unauthorized') ? 'failure' : 'error');
      throw error;
    }
    tell?.('success', context.user);
    return next(context);
  };
