/** What a request is about, read from its path alone: the kapis of all groups and the native API have one grammar. Pure. */
import type { AuditEvent } from '@orrery/platform-contract/features';

export interface About {
  readonly reference?: NonNullable<AuditEvent['objectRef']>;
  readonly workspace: string;
}

const groupless = new Set(['api']);
const grouped = new Set(['apis', 'kapis']);

/** `segments` without those that name a cluster, decoded. */
export function aboutOf(segments: readonly string[]): About {
  const [prefix = '', ...rest] = segments;
  if (groupless.has(prefix)) return aboutIn({ apiVersion: rest[0] ?? '' }, rest.slice(1));
  if (grouped.has(prefix)) return aboutIn({ apiGroup: rest[0] ?? '', apiVersion: rest[1] ?? '' }, rest.slice(2));
  return { workspace: '' };
}

function aboutIn(api: { apiGroup?: string; apiVersion: string }, path: readonly string[]): About {
  let rest = path;
  let workspace = '';
  let namespace = '';
  if (rest[0] === 'workspaces' && rest.length > 2) [workspace, rest] = [rest[1]!, rest.slice(2)];
  if (rest[0] === 'namespaces' && rest.length > 2 && !isOwnPart(rest)) [namespace, rest] = [rest[1]!, rest.slice(2)];
  const [resource = '', name = '', ...below] = rest;
  const subresource = below.join('/');
  if (resource === 'namespaces') namespace = name;
  if (resource === 'workspaces' || resource === 'workspacetemplates') workspace = name;
  return {
    workspace,
    reference: {
      ...(resource && { resource }),
      ...(namespace && { namespace }),
      ...(name && { name }),
      ...api,
      ...(subresource && { subresource }),
    },
  };
}

/** `namespaces/p/finalize` is of the namespace, not a kind in it; so is its move, `namespaces/p/workspace`. */
const isOwnPart = ([, , part = '', more]: readonly string[]): boolean =>
  more === undefined && ['finalize', 'status', 'workspace'].includes(part);

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch' };

/** The verb of a request that no route knows better. */
export function verbOf(method: string, hasName: boolean): string {
  if (method === 'DELETE') return hasName ? 'delete' : 'deletecollection';
  return verbs[method] ?? (hasName ? 'get' : 'list');
}
