/** A record of the audit as it is told (pure). */
import type { AuditEvent } from '@orrery/platform-contract/features';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Tone } from '../../ui/Badge.tsx';

/** A record as a row of a table. */
export interface AuditRow extends KubeObject {
  readonly event: AuditEvent;
}

export const rowOf = (event: AuditEvent): AuditRow => ({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Event',
  metadata: {
    // Of a request that the cluster records too there are two with one id.
    uid: `${event.auditID}/${event.stageTimestamp}`,
    name: event.auditID,
    creationTimestamp: event.requestReceivedTimestamp,
  },
  event,
});

/** Where one looks: within a workspace or a project the page's filter is fixed. */
export interface AuditPlace {
  /** Of any unless given. */
  readonly cluster?: string;
  readonly workspace?: string;
  readonly namespace?: string;
}

export const verbs = [
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'get',
  'login',
  'logout',
  'open-terminal',
  'close-terminal',
  'fail',
] as const;

/** What was done to: `pods/web (exec) in shop`, without what is not said. */
export function objectText({ objectRef = {} }: AuditEvent): string {
  const { resource = '', name, subresource } = objectRef;
  return [resource, name].filter(Boolean).join('/') + (subresource ? ` (${subresource})` : '');
}

export const resultTone = ({ responseStatus }: AuditEvent): Tone => {
  const { code, status } = responseStatus ?? {};
  if (status === 'Failure' || (code ?? 0) >= 400) return code === 403 || code === 401 ? 'warn' : 'bad';
  return 'good';
};

/** Who it was, and as whom where that is somebody else. */
export const userText = ({ user, impersonatedUser }: AuditEvent): string =>
  impersonatedUser && impersonatedUser.username !== user.username
    ? `${user.username} → ${impersonatedUser.username}`
    : user.username;
