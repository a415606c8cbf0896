/** Upstream's metrics of what was recorded (apiserver `audit`). */
import type { Counter, Metrics } from './registry.ts';

export interface AuditMetrics {
  /** An event was handed to the backend. */
  event(): void;
  /** A request is recorded so fully. */
  level(level: string): void;
}

export function createAuditMetrics(metrics: Metrics): AuditMetrics {
  const events = metrics.counters(
    'apiserver_audit_event_total',
    'Counter of audit events generated and sent to the audit backend.',
  )({});
  const levels = metrics.counters(
    'apiserver_audit_level_total',
    'Counter of policy levels for audit events (1 per request).',
  );
  metrics.counters(
    'apiserver_audit_requests_rejected_total',
    'Counter of apiserver requests rejected due to an error in audit logging backend.',
  )({});
  const known = new Map<string, Counter>();
  return {
    event: () => void events.value++,
    level(level) {
      let counter = known.get(level);
      if (counter === undefined) known.set(level, (counter = levels({ level })));
      counter.value++;
    },
  };
}
