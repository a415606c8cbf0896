/** Requests that last as long as the client likes. */
import type { RequestContext } from './context.ts';

const subresources = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);

/** Neither bounded in number nor in time. */
export function isLongRunning({ info, query }: RequestContext): boolean {
  if (info.verb === 'watch' || info.verb === 'proxy') return true;
  if (!subresources.has(info.subresource)) return false;
  return info.subresource !== 'log' || query.get('follow') === 'true' || query.get('follow') === '1';
}
