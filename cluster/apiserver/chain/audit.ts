/** Who did what, when, with which answer: one record per stage of a request (apiserver `audit.k8s.io/v1` Event). */
import { isStream } from '@orrery/http';
import type { Response, UserInfo } from '@orrery/http';
import { formatMicroTime } from '@orrery/machinery/clock';
import type { Clock } from '@orrery/machinery/clock';
import { StatusError } from '@orrery/machinery/status';
import { parseJson } from '../registry/json.ts';
import { nobody } from './context.ts';
import type { AuditMetrics } from '../metrics/audit.ts';
import type { RequestContext, Filter } from './context.ts';
import { isLongRunning } from './long-running.ts';
import type { AuditDecision, AuditPolicy } from './audit-policy.ts';
import { decisionFor } from './audit-policy.ts';

export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

/** Where records go. `write` gets finished JSON lines without the newline, and must not throw or block. */
export interface AuditBackend {
  write(line: string): void;
}

export interface AuditOptions {
  readonly clock: Clock;
  readonly policy: AuditPolicy;
  readonly backend: AuditBackend;
  readonly metrics?: AuditMetrics;
}

const userOf = ({ name, uid, groups, extra }: UserInfo): object => ({
  username: name,
  ...(uid && { uid }),
  ...(groups.length > 0 && { groups }),
  ...(extra && Object.keys(extra).length > 0 && { extra }),
});

function objectRefOf({ info }: RequestContext): object | undefined {
  if (!info.isResourceRequest) return undefined;
  const { resource, namespace, name, apiGroup, apiVersion, subresource } = info;
  const parts = { resource, namespace, name, apiGroup, apiVersion, subresource };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ''));
}

function sourcesOf({ request }: RequestContext): string[] {
  const forwarded = request.headers['x-forwarded-for'];
  const listed = typeof forwarded === 'string' ? forwarded.split(',').map(text => text.trim()) : [];
  const remote = request.connection?.remoteAddress;
  return [...listed.filter(text => text !== ''), ...(remote ? [remote] : [])];
}

/** The answer as the record shows it. */
interface Outcome {
  readonly code: number;
  readonly status?: StatusError;
  readonly body?: Uint8Array;
}

function bytesOf({ body, headers }: Response): Uint8Array | undefined {
  if (body === undefined || isStream(body) || !String(headers['content-type']).startsWith('application/json'))
    return undefined;
  if (headers['content-encoding'] !== undefined) return undefined;
  return body instanceof Uint8Array ? body : Buffer.concat(body as readonly Uint8Array[]);
}

function parsed(body: Uint8Array | undefined): unknown {
  if (body === undefined || body.length === 0) return undefined;
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

/** The object, or the objects of a list, without the record of who owns which field. */
function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { metadata, items, ...rest } = value as { metadata?: Record<string, unknown>; items?: unknown };
  if (typeof metadata !== 'object' || metadata === null) return value;
  const { managedFields: _, ...kept } = metadata;
  return { ...rest, metadata: kept, ...(items !== undefined && { items: withoutEach(items) }) };
}

const withoutEach = (items: unknown): unknown => (Array.isArray(items) ? items.map(withoutManagedFields) : items);

/** What was written, as the client sent it; for a patch the patch. */
function requestObjectOf({ requestObject, request, info }: RequestContext): unknown {
  if (requestObject !== undefined || info.verb !== 'patch') return requestObject;
  return parsed(request.body);
}

/** What webhooks changed is a part of the object: it is shown where objects are. */
const patchAnnotation = 'patch.webhook.admission.k8s.io/';

function annotationsOf(all: Readonly<Record<string, string>>, level: AuditDecision['level']): object {
  const shown = Object.entries(all).filter(([key]) => level !== 'Metadata' || !key.startsWith(patchAnnotation));
  return shown.length > 0 ? { annotations: Object.fromEntries(shown) } : {};
}

/** One record. Objects are shown from level Request, answers at RequestResponse. */
export function auditEvent(
  context: RequestContext,
  { level, omitManagedFields }: Pick<AuditDecision, 'level' | 'omitManagedFields'>,
  stage: AuditStage,
  nowMs: number,
  outcome?: Outcome,
): object {
  const { request, info, user, impersonator, annotations } = context;
  const userAgent = request.headers['user-agent'];
  const objectRef = objectRefOf(context);
  const reason = outcome?.status;
  const shown = (value: unknown): unknown => (omitManagedFields ? withoutManagedFields(value) : value);
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: context.auditId,
    stage,
    requestURI: request.target,
    verb: info.verb,
    user: userOf(impersonator ?? user),
    ...(impersonator && { impersonatedUser: userOf(user) }),
    sourceIPs: sourcesOf(context),
    ...(typeof userAgent === 'string' && { userAgent }),
    ...(objectRef && { objectRef }),
    ...(outcome && {
      responseStatus: {
        metadata: {},
        ...(reason && { status: 'Failure', message: reason.message, ...(reason.reason && { reason: reason.reason }) }),
        code: outcome.code,
      },
    }),
    ...(level !== 'Metadata' && { requestObject: shown(requestObjectOf(context)) }),
    ...(level === 'RequestResponse' && outcome?.body && { responseObject: shown(parsed(outcome.body)) }),
    requestReceivedTimestamp: formatMicroTime(context.receivedMs),
    stageTimestamp: formatMicroTime(nowMs),
    ...annotationsOf(annotations, level),
  };
}

/** The place in the chain: behind authentication, before impersonation, so that both identities are known at the end. */
export const audit =
  (options: AuditOptions | undefined): Filter =>
  next =>
  async context => {
    if (options === undefined) return next(context);
    const { clock, policy, backend } = options;
    const decision = decisionFor(policy, context);
    const { level, omitStages } = decision;
    options.metrics?.level(level);
    if (level === 'None') return next(context);
    const record = (stage: AuditStage, outcome?: Outcome): void => {
      if (omitStages.includes(stage)) return;
      options.metrics?.event();
      backend.write(JSON.stringify(auditEvent(context, decision, stage, clock.now(), outcome)));
    };
    record('RequestReceived');
    let response: Response;
    try {
      response = await next(context);
    } catch (error) {
      if (error instanceof StatusError) record('ResponseComplete', { code: error.code, status: error });
      else record('Panic', { code: 500 });
      throw error;
    }
    const { body } = response;
    if (!isLongRunning(context) || !isStream(body)) {
      const bytes = level === 'RequestResponse' ? bytesOf(response) : undefined;
      record('ResponseComplete', { code: response.status, ...(bytes && { body: bytes }) });
      return response;
    }
    record('ResponseStarted', { code: response.status });
    return {
      ...response,
      body: {
        start: sink => {
          sink.onClose(() => record('ResponseComplete', { code: response.status }));
          body.start(sink);
        },
      },
    };
  };

/** What was tried, never with what: upstream's names of the ways in. */
function attempted({ headers, connection }: RequestContext['request']): string {
  const [scheme] = String(headers['authorization'] ?? '').split(' ');
  const ways = [scheme === '' ? [] : [scheme!.toLowerCase()], connection?.clientCertificate ? ['x509'] : []].flat();
  return ways.length === 0 ? 'no credentials were shown' : `attempted: ${ways.join(', ')}`;
}

/** The place before authentication: requests that do not pass it are recorded too. */
export const auditRefusals =
  (options: AuditOptions | undefined): Filter =>
  next =>
  async context => {
    if (options === undefined) return next(context);
    try {
      return await next(context);
    } catch (error) {
      if (context.user === nobody && error instanceof StatusError && error.code === 401) {
        const decision = decisionFor(options.policy, context);
        const { code, reason } = error;
        const status = new StatusError(code, reason, `Authentication failed, ${attempted(context.request)}`);
        if (decision.level !== 'None' && !decision.omitStages.includes('ResponseStarted')) {
          const shown = { ...decision, level: 'Metadata' as const };
          const event = auditEvent(context, shown, 'ResponseStarted', options.clock.now(), { code, status });
          options.metrics?.event();
          options.backend.write(JSON.stringify(event));
        }
      }
      throw error;
    }
  };
