/** APIService: groups and versions that somebody else answers, for who has the right to what a path is about. */
import type { Request } from '@orrery/http';
import { StatusError, forbidden } from '@orrery/machinery/status';
import { accessText, guardedGroup, workspaceAccess, type Access } from '@orrery/platform-contract';
import { platformResources, type ExtensionApi } from '@orrery/platform-kinds';
import { decide } from '../access/authorizer.ts';
import type { Gate } from '../chain/gate.ts';
import { hostCluster, type Target } from '../chain/target.ts';
import type { PlatformContext } from '../context.ts';
import { placeOf } from './endpoint.ts';
import { passedHeaders, remoteHeaders, returnedHeaders } from './identity.ts';
import type { Reach } from './reach.ts';
import { byAge, isAvailable } from './states.ts';

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * What a path below `/kapis/<group>/<version>` asks of the authorizer, by KubeSphere's grammar; undefined for the root, which says only what is
 * there. `rest` is what follows the version.
 */
export function accessOfPath(
  method: string,
  group: string,
  rest: readonly string[],
  query: URLSearchParams,
): Access | undefined {
  const [first = '', second = ''] = rest;
  const isPlace = first === 'namespaces' || first === 'workspaces' || first === 'devops';
  const inside = isPlace && rest.length > 2;
  const [resource = '', name = '', ...parts] = inside ? rest.slice(2) : rest;
  if (resource === '') return undefined;
  const verb = verbOf(method, name !== '', query);
  const subresource = parts.join('/');
  if (first === 'workspaces' && second !== '') return workspaceAccess(verb, second, inside ? resource : 'workspaces');
  return {
    verb,
    group: guardedGroup(group),
    resource,
    ...(subresource && { subresource }),
    ...(name && { name }),
    ...(isPlace && second !== '' && { namespace: second }),
  };
}

function verbOf(method: string, isNamed: boolean, query: URLSearchParams): string {
  const verb = verbs[method];
  if (verb === 'delete') return isNamed ? 'delete' : 'deletecollection';
  if (verb !== undefined) return verb;
  if (query.get('watch') === 'true') return 'watch';
  return isNamed ? 'get' : 'list';
}

export function apiGate(context: PlatformContext, reach: Reach): Gate {
  const { informers, settings } = context;
  const apis = informers.of<ExtensionApi>(platformResources.extensionApis);
  const find = (group: string, version: string): ExtensionApi | undefined =>
    apis
      .list()
      .filter(({ spec }) => spec.group === group && spec.version === version)
      .toSorted(byAge)[0];
  return (request, target) => {
    const [prefix, group = '', version = '', ...rest] = target.segments;
    if (prefix !== 'kapis' || target.cluster !== hostCluster) return undefined;
    const api = find(group, version);
    if (!api || api.status?.state === 'Disabled') return undefined;
    return async (caller, live, id) => {
      if (!isAvailable(api))
        throw new StatusError(503, 'ServiceUnavailable', `apiService ${api.metadata.name} is not available`);
      const access = accessOfPath(request.method, group, rest, target.query);
      if (access) await require(context, caller, access);
      const headers = {
        ...passedHeaders(live, settings.secureCookies),
        ...remoteHeaders(caller),
        'x-request-id': id,
      };
      const { cookie: _cookie, ...withoutCookies } = headers as typeof headers & { cookie?: string };
      return answered(reach, api, live, target, withoutCookies);
    };
  };
}

async function answered(
  reach: Reach,
  { spec }: ExtensionApi,
  live: Request,
  target: Target,
  headers: Request['headers'],
) {
  const { user: _user, connection: _connection, ...plain } = live;
  const response = await reach.ask(placeOf(spec), { ...plain, headers, target: target.target });
  const { 'set-cookie': _cookies, ...kept } = returnedHeaders(response);
  // Nobody need log in again because somebody else does not know the platform; and what a browser is shown of it acts in no page of ours.
  const status = response.status === 401 ? 511 : response.status;
  return { ...response, status, headers: { ...kept, 'content-security-policy': 'sandbox' } };
}

/** @throws StatusError 403 with what was asked of the cluster. */
async function require(
  context: Pick<PlatformContext, 'clientOf'>,
  caller: Parameters<PlatformContext['clientOf']>[0],
  access: Access,
): Promise<void> {
  const { allowed, reason } = await decide(context.clientOf(caller), access);
  if (allowed) return;
  const { verb, group, resource, name } = access;
  const what = `User "${caller.name}" cannot ${verb} resource "${resource}" in API group "${group}"`;
  throw forbidden(
    { group, resource, ...(name && { name }) },
    `${what}${reason ? `: ${reason}` : ''}; asked of the cluster: ${accessText(access)}`,
  );
}
