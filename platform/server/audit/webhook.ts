/** What a cluster sends by its audit webhook: read with care, since the cluster says what its clients said. */
import { StatusError, badRequest } from '@orrery/machinery/status';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { systemNamespace } from '@orrery/platform-kinds';
import { fieldsAt, fieldsOf, textAt, textsAt, type Fields } from '../config/document.ts';
import { microTime } from './event.ts';
import { namePrefix } from './objects.ts';
import { mayKeepBodies, redacted, redactedAddress } from './redact.ts';

export const tokenSecret = 'orrery-audit-webhook';
const bytesMax = 10 * 1024 * 1024;
const eventsMax = 5_000;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** @throws StatusError 400 or 413 */
export function readEventList(body: Uint8Array): readonly unknown[] {
  if (body.length > bytesMax)
    throw new StatusError(413, 'RequestEntityTooLarge', `a list has at most ${bytesMax} bytes`);
  let list: Fields | undefined;
  try {
    list = fieldsOf(JSON.parse(decoder.decode(body)));
  } catch {
    throw badRequest('the body is not JSON');
  }
  const items = list?.['items'];
  if (list?.['kind'] !== 'EventList' || !Array.isArray(items))
    throw badRequest('the body must be an EventList of audit.k8s.io/v1');
  if (items.length > eventsMax)
    throw new StatusError(413, 'RequestEntityTooLarge', `a list has at most ${eventsMax} events`);
  return items;
}

const reading = new Set(['get', 'list', 'watch']);
/** What a cluster does to keep itself going. */
const noise = new Set(['leases', 'events']);
const stages = new Set(['ResponseComplete', 'ResponseStarted', 'Panic']);

/** Undefined for what is not kept: reading, leases, and the audit's own segments, which would be told of for ever. */
export function clusterEvent(
  item: unknown,
  nowMs: number,
  workspaceOf: (namespace: string) => string,
): AuditEvent | undefined {
  const fields = fieldsOf(item);
  if (!fields) return undefined;
  const reference = fieldsAt(fields, 'objectRef');
  const text = (from: Fields, name: string) => textAt(from, name)?.slice(0, 1024) ?? '';
  const names = Object.fromEntries(
    ['resource', 'namespace', 'name', 'apiGroup', 'apiVersion', 'subresource'].flatMap(name => {
      const value = text(reference, name);
      return value === '' ? [] : [[name, value]];
    }),
  );
  const [verb, stage, resource = ''] = [text(fields, 'verb'), text(fields, 'stage'), names['resource']];
  const status = fieldsAt(fields, 'responseStatus');
  const code = typeof status['code'] === 'number' ? status['code'] : 0;
  const isRead = reading.has(verb) && !/^(exec|attach|portforward|proxy)$/.test(names['subresource'] ?? '');
  const isOwn =
    resource === 'secrets' && names['namespace'] === systemNamespace && names['name']?.startsWith(namePrefix);
  if (!stages.has(stage) || (isRead && code !== 401 && code !== 403) || noise.has(resource) || isOwn) return undefined;
  const bodies = mayKeepBodies(names) ? fields : {};
  const kept = (name: string) => (bodies[name] === undefined ? {} : { [name]: redacted(bodies[name]) });
  const namespace = resource === 'namespaces' ? (names['namespace'] ?? names['name']) : names['namespace'];
  const level = text(fields, 'level');
  return {
    level: level === 'Request' || level === 'RequestResponse' ? level : 'Metadata',
    auditID: text(fields, 'auditID').slice(0, 64),
    stage,
    requestURI: redactedAddress(text(fields, 'requestURI')),
    verb,
    user: userIn(fieldsAt(fields, 'user')),
    ...(fields['impersonatedUser'] !== undefined && { impersonatedUser: userIn(fieldsAt(fields, 'impersonatedUser')) }),
    sourceIPs: textsAt(fields, 'sourceIPs').slice(0, 16),
    userAgent: text(fields, 'userAgent').slice(0, 256),
    objectRef: { ...names, ...(namespace && { namespace }) },
    responseStatus: { code, status: code < 400 ? 'Success' : 'Failure' },
    ...kept('requestObject'),
    ...kept('responseObject'),
    requestReceivedTimestamp: timeIn(fields, 'requestReceivedTimestamp', nowMs),
    stageTimestamp: timeIn(fields, 'stageTimestamp', nowMs),
    Workspace: namespace ? workspaceOf(namespace) : '',
    Cluster: 'host',
    Devops: '',
    Message: 'told by the cluster',
  };
}

/** Nobody is taken for the audit itself. */
function userIn(fields: Fields): AuditEvent['user'] {
  const username = textAt(fields, 'username')?.slice(0, 256) ?? '';
  return {
    username: /^orrery:/i.test(username) ? `cluster:${username}` : username,
    groups: textsAt(fields, 'groups').slice(0, 64),
  };
}

/** Not in the future, and not what is none. */
function timeIn(fields: Fields, name: string, nowMs: number): string {
  const at = Date.parse(textAt(fields, name) ?? '');
  return microTime(at > 0 ? Math.min(at, nowMs) : nowMs);
}
