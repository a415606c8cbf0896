/** How alerts stand in a record, and what an Alertmanager is sent of it. */
import type { AuditEvent } from '@orrery/platform-contract/features';
import type { Alert } from './policy.ts';

const key = 'auditing.kubesphere.io/alerts';

export const withAlerts = (event: AuditEvent, alerts: readonly Alert[]): AuditEvent =>
  alerts.length === 0
    ? event
    : { ...event, annotations: { ...event.annotations, [key]: JSON.stringify(alerts.slice(0, 16)) } };

export const isAlerted = ({ annotations }: AuditEvent): boolean => annotations?.[key] !== undefined;

const alertsIn = ({ annotations }: AuditEvent): readonly Alert[] => JSON.parse(annotations?.[key] ?? '[]') as Alert[];

/** Body of `POST /api/v2/alerts`. */
export const toAlertmanager = (events: readonly AuditEvent[]): object[] =>
  events.flatMap(event =>
    alertsIn(event).map(({ rule, priority, output }) => ({
      labels: {
        alertname: rule,
        alerttype: 'auditing',
        severity: priority.toLowerCase(),
        user: event.user.username,
        verb: event.verb,
        ...(event.Workspace && { workspace: event.Workspace }),
        ...(event.objectRef?.namespace && { namespace: event.objectRef.namespace }),
        ...(event.objectRef?.resource && { resource: event.objectRef.resource }),
        ...(event.objectRef?.name && { name: event.objectRef.name }),
      },
      annotations: { message: output || event.Message, auditID: event.auditID },
      startsAt: event.requestReceivedTimestamp,
    })),
  );
