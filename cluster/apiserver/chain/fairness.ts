/** A bound on how much is served at once: the place where priority and fairness will be. */
import { tooManyRequests } from '@orrery/machinery/status';
import type { Filter, RequestContext } from './context.ts';

export interface InFlightLimits {
  readonly reading: number;
  readonly mutating: number;
}

/** Upstream's defaults. */
export const defaultInFlight: InFlightLimits = { reading: 400, mutating: 200 };

const longRunningSubresources = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);

/** Requests that last as long as the client likes: neither bounded in number nor in time. */
export function isLongRunning({ info, query }: RequestContext): boolean {
  if (info.verb === 'watch' || info.verb === 'proxy') return true;
  if (!longRunningSubresources.has(info.subresource)) return false;
  return info.subresource !== 'log' || query.get('follow') === 'true' || query.get('follow') === '1';
}

/** Members of `system:masters` are never turned away: somebody must be able to look. */
export function fairness(limits: InFlightLimits): Filter {
  let reading = 0;
  let mutating = 0;
  return next => async context => {
    if (isLongRunning(context) || context.user.groups.includes('system:masters')) return next(context);
    const isRead = context.request.method === 'GET' || context.request.method === 'HEAD';
    if (isRead ? reading >= limits.reading : mutating >= limits.mutating) {
      throw tooManyRequests('Too many requests, please try again later.', 1);
    }
    if (isRead) reading++;
    else mutating++;
    try {
      return await next(context);
    } finally {
      if (isRead) reading--;
      else mutating--;
    }
  };
}
