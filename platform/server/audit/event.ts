/** Records, made of what happened. Pure but for the time and the ids that are passed in. */
import { header, type Request } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { clusterNamed } from '../chain/target.ts';
import type { LogInHappening, TerminalHappening } from '../happenings.ts';
import { chainUser } from './names.ts';

export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

interface Facts {
  readonly id: string;
  readonly atMs: number;
  readonly verb: string;
  readonly user: string;
  readonly message: string;
  readonly address?: string;
  readonly request?: Request;
}

/** What all records have. Names of the user and texts of clients have bounds: a record is not a place to put things. */
export const baseEvent = ({ id, atMs, verb, user, message, address, request }: Facts): AuditEvent => {
  const agent = request && header(request.headers, 'user-agent')?.slice(0, 256);
  return {
    level: 'Metadata',
    auditID: id,
    stage: 'ResponseComplete',
    requestURI: request?.target.split('?')[0]!.slice(0, 1024) ?? '',
    verb,
    user: { username: user },
    ...(address && { sourceIPs: [address] }),
    ...(agent && { userAgent: agent }),
    requestReceivedTimestamp: microTime(atMs),
    stageTimestamp: microTime(atMs),
    Workspace: '',
    Cluster: clusterNamed(request?.target),
    Devops: '',
    Message: message.slice(0, 1024),
  };
};

/** What the audit has to say of itself. */
export const ownEvent = (clock: Clock, random: Random, verb: string, message: string, said: object): AuditEvent => ({
  ...baseEvent({ id: random.uuid(), atMs: clock.now(), verb, user: chainUser, message }),
  requestObject: said,
});

/** A name that no account has stands in no record: people type their passwords there. */
export function logInEvent(
  { request, user, type, provider, address, reason }: LogInHappening,
  id: string,
  atMs: number,
): AuditEvent {
  const by = `${type}${provider === undefined ? '' : ` of ${provider}`}`;
  const message = reason === undefined ? `logged in by ${by}` : `could not log in by ${by}: ${reason}`;
  return {
    ...baseEvent({ id, atMs, verb: 'login', user, message, address, request }),
    objectRef: { resource: 'users', apiGroup: 'iam.kubesphere.io', ...(user && { name: user }) },
    responseStatus: { code: reason === undefined ? 200 : 401, status: reason === undefined ? 'Success' : 'Failure' },
  };
}

export function terminalEvent(
  { caller, subject, state, reason, recording, request }: TerminalHappening,
  { id, atMs, address, workspace }: { id: string; atMs: number; address: string; workspace: string },
): AuditEvent {
  const { namespace, pod, node, container, kind } = subject;
  const resource = node === undefined ? 'pods' : 'nodes';
  const name = node ?? pod;
  const where = container === undefined ? '' : ` into "${container}"`;
  const message = `a terminal (${kind})${where} ${state}${reason === undefined ? '' : `: ${reason}`}`;
  return {
    ...baseEvent({
      id,
      atMs,
      verb: state === 'opened' ? 'open-terminal' : 'close-terminal',
      user: caller.name,
      message,
      address,
      request,
    }),
    user: { username: caller.name, groups: [...caller.groups] },
    objectRef: {
      resource,
      ...(namespace && { namespace }),
      ...(name && { name }),
      apiVersion: 'v1',
      subresource: 'exec',
    },
    responseStatus: { code: 200, status: 'Success' },
    ...(recording && {
      annotations: {
        'audit.orrery.io/recording': recording.id,
        'audit.orrery.io/recording-hash': recording.hash,
        'audit.orrery.io/recording-bytes': String(recording.bytes),
      },
    }),
    Workspace: workspace,
  };
}
