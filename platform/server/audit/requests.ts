/** Which requests are recorded, and what of them. */
import { asksUpgrade, joinBytes, type Request, type Response } from '@orrery/http';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { parseTarget } from '../chain/target.ts';
import type { Outcome } from '../happenings.ts';
import { answered, nameOf, objectIn, wishedName } from './created.ts';
import { baseEvent, microTime } from './event.ts';
import type { Level } from './options.ts';
import { aboutOf, verbOf, type About } from './reference.ts';
import { mayKeepBodies, redacted, redactedAddress } from './redact.ts';

export interface Begun {
  readonly id: string;
  readonly request: Request;
  readonly atMs: number;
  readonly address: string;
  readonly about: About;
  /** Found before anything was done: a project that goes is still known. */
  readonly workspace: string;
}

/** What a path is about; nothing for one that cannot be read. */
export function readAbout(target: string): About {
  try {
    const parsed = parseTarget(target);
    if (parsed.kind === 'own') return aboutOf(parsed.segments);
    return aboutOf(parsed.target.split('?')[0]!.split('/').slice(1).map(decodeURIComponent));
  } catch {
    return { workspace: '' };
  }
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);
const readingVerbs = new Set(['get', 'list', 'watch']);
/** Parts of native objects that a GET acts on. */
const acting = new Set(['exec', 'attach', 'portforward', 'proxy']);
/** Questions that change nothing. Every page of a console asks some. */
const questions = /^(self)?subject(access|rules)?reviews$|^localsubjectaccessreviews$|^accessreviews$/;
const logOuts = new Set(['oauth.logout', 'oauth.logoutPost', 'oauth.consoleLogout']);
const ownRoute = 'audit.take';

export type Kept = 'no' | 'yes' | 'failed';

/** Whether a request is recorded; those that failed only as many as there is reason for. */
export function isKept({ request, about }: Begun, { match, response }: Outcome): Kept {
  const { method } = request;
  const { route } = match ?? {};
  if (route && logOuts.has(route.id)) return response.status < 400 ? 'yes' : 'no';
  // Log-ins are told of by what checks them; a cluster's own records would be told of for ever.
  if (route?.feature === 'oauth' || route?.feature === 'providers' || route?.id === ownRoute) return 'no';
  const { resource = '', subresource = '' } = about.reference ?? {};
  if (questions.test(resource) && response.status < 400) return 'no';
  const grantVerb = route?.permission.kind === 'grant' ? route.permission.verb : 'get';
  const acts =
    !reading.has(method) || !readingVerbs.has(grantVerb) || (!route && acting.has(subresource.split('/')[0]!));
  const isRefused = response.status === 401 || response.status === 403 || response.status === 511;
  if (!acts && !isRefused) return 'no';
  return response.status >= 400 ? 'failed' : 'yes';
}

/** Whether a request could change something: what must be recorded where recording is required. */
export const mayChange = ({ method, headers }: Request): boolean => !reading.has(method) || asksUpgrade(headers);

/** Of a request that has ended. */
export function requestEvent(
  begun: Begun,
  { caller, match, response }: Outcome,
  level: Level,
  nowMs: number,
): AuditEvent {
  const { id, request, atMs, address, about } = begun;
  const { verb, reference, workspace } = namesOf(begun, match?.route.id, response);
  const status = statusOf(response);
  const keepsBodies = (level === 'Request' || level === 'RequestResponse') && mayKeepBodies(about.reference);
  const requestObject = keepsBodies ? bodyOf(request) : undefined;
  const responseObject = keepsBodies && level === 'RequestResponse' ? answerOf(response) : undefined;
  const what = [reference?.resource, reference?.name].filter(Boolean).join(' ');
  return {
    ...baseEvent({
      id,
      atMs,
      verb,
      user: caller.name,
      message: match?.route.summary ?? `${verb} ${what}`,
      address,
      request,
    }),
    level: requestObject === undefined && responseObject === undefined ? 'Metadata' : (level as AuditEvent['level']),
    requestURI: redactedAddress(request.target),
    user: { username: caller.name || 'system:anonymous', groups: [...caller.groups] },
    ...(reference && { objectRef: reference }),
    responseStatus: status,
    ...(requestObject !== undefined && { requestObject }),
    ...(responseObject !== undefined && { responseObject }),
    stageTimestamp: microTime(nowMs),
    Workspace: workspace,
  };
}

const workspaceLabel = 'kubesphere.io/workspace';

/** A creation names its object in the answer, and one that failed at most in the request. */
function namesOf({ request, about, workspace: known }: Begun, routeId: string | undefined, response: Response) {
  const { reference } = about;
  if (routeId !== undefined && logOuts.has(routeId)) return { verb: 'logout', reference, workspace: '' };
  const verb = verbOf(request.method, reference?.name !== undefined);
  if (verb !== 'create' || reference?.resource === undefined || reference.name !== undefined)
    return { verb, reference, workspace: known };
  const made = response.status < 400 ? answered(response) : {};
  const name = nameOf(made) ?? wishedName(request);
  if (name === undefined) return { verb, reference, workspace: known };
  if (response.status >= 400) return { verb, reference: { ...reference, name }, workspace: known };
  const { resource } = reference;
  const isWorkspace = resource === 'workspaces' || resource === 'workspacetemplates';
  const workspace = known || (isWorkspace ? name : (made.metadata?.labels?.[workspaceLabel] ?? ''));
  return { verb, reference: { ...reference, name, ...(resource === 'namespaces' && { namespace: name }) }, workspace };
}

function statusOf({ status, object }: Response): NonNullable<AuditEvent['responseStatus']> {
  const { reason, message } = status >= 400 ? objectIn(object) : {};
  return {
    code: status,
    status: status < 400 ? 'Success' : 'Failure',
    ...(typeof reason === 'string' && { reason }),
    ...(typeof message === 'string' && { message: message.slice(0, 512) }),
  };
}

const bodyMax = 64 * 1024;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** JSON only; of what is too large nothing is recorded. */
function parsed(body: Uint8Array): unknown {
  if (body.length === 0 || body.length > bodyMax) return undefined;
  try {
    return redacted(JSON.parse(decoder.decode(body)));
  } catch {
    return undefined;
  }
}

const bodyOf = ({ body }: Request): unknown => parsed(body);
/** Streams go by unread. */
const answerOf = ({ body }: Response): unknown => {
  if (body instanceof Uint8Array) return parsed(body);
  return Array.isArray(body) ? parsed(joinBytes(body as readonly Uint8Array[])) : undefined;
};
