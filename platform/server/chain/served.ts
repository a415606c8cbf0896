/** One route, answered for one caller: over HTTP and in the delta stream this is the only way to a handler. */
import type { Request } from '@orrery/http';
import { StatusError, forbidden } from '@orrery/machinery/status';
import { accessOf, accessText, type AnyRoute, type Grant } from '@orrery/platform-contract';
import { decide } from '../access/authorizer.ts';
import type { PlatformContext } from '../context.ts';
import type { AnyHandler, Call, SourcesOf } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { readContent, readQuery } from './input.ts';

export interface Served {
  readonly route: AnyRoute;
  readonly handle: AnyHandler;
  /** Where its answer comes from, if it can be followed. */
  readonly sources?: SourcesOf;
  /** Where the right to it is asked for, when not where it is called: below a member, the member or the host. */
  readonly context?: Pick<PlatformContext, 'clientOf' | 'switches'>;
}

export interface Wish {
  /** The values of the path's names, decoded and harmless. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly search: URLSearchParams;
  readonly caller: Caller;
  readonly request: Request;
}

/** What the handler answers. Rejects with a StatusError: 403 without the right, 400 for a query or a body that does not fit. */
export async function answerOf(
  { route, handle, context: own }: Served,
  { parameters, search, caller, request }: Wish,
  given: Pick<PlatformContext, 'clientOf' | 'switches'>,
): Promise<unknown> {
  const context = own ?? given;
  refuseKubeconfig(caller);
  context.switches.require(route.feature);
  // A newcomer has no rights that could be asked for: the handler knows what he may.
  const isNewcomer = caller.newcomer !== undefined && route.beforeAccount === true;
  if (route.permission.kind === 'grant' && !isNewcomer) await authorize(route.permission, parameters, caller, context);
  const call = {
    path: parameters,
    query: readQuery(route, search),
    search,
    body: readContent(route, request),
    caller,
    request,
  };
  return handle(call as unknown as Call<AnyRoute>);
}

/** @throws StatusError 403 for a credential that opens the API of clusters alone. */
export function refuseKubeconfig({ by }: Caller): void {
  if (by === 'kubeconfig')
    throw new StatusError(403, 'Forbidden', 'a kubeconfig is for the API of clusters: log in to use the platform');
}

function placeText(scope: Grant['scope'], parameters: Readonly<Record<string, string>>): string {
  if (scope === 'platform') return 'on the platform';
  if (scope === 'cluster' && parameters['cluster'] === undefined) return 'at the cluster scope';
  return `in the ${scope} "${parameters[scope === 'project' ? 'namespace' : scope]}"`;
}

/** @throws StatusError 403 in the cluster's manner, with what it said. */
export async function authorize(
  permission: Grant,
  parameters: Readonly<Record<string, string>>,
  caller: Caller,
  context: Pick<PlatformContext, 'clientOf'>,
): Promise<void> {
  if (permission.self !== undefined && parameters[permission.self] === caller.name) return;
  const access = accessOf(permission, parameters);
  const { allowed, reason } = await decide(context.clientOf(caller), access);
  if (allowed) return;
  const { group, resource, scope } = permission;
  const where = placeText(scope, parameters);
  const what = `User "${caller.name}" cannot ${permission.verb} resource "${resource}" in API group "${group}" ${where}`;
  const name = permission.name === undefined ? undefined : parameters[permission.name];
  const asked = `; asked of the cluster: ${accessText(access)}`;
  throw forbidden({ group, resource, ...(name && { name }) }, `${what}${reason ? `: ${reason}` : ''}${asked}`);
}
