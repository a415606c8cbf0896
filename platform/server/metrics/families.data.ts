/** What is measured. Names and buckets are KubeSphere's where it has them; labels hold no names that people choose. */
import { latencyBounds, metricFamilies, type MetricFamily } from '@orrery/reconciler';

export const platformFamilies = {
  ...metricFamilies,
  kubernetes_build_info: { kind: 'gauge', help: 'A constant 1, labeled by what the platform was built from' },
  ks_server_request_total: {
    kind: 'counter',
    help: 'Counter of ks_server requests broken out for each verb, group, version, resource and HTTP response code.',
  },
  ks_server_request_duration_seconds: {
    kind: 'histogram',
    help: 'Response latency distribution in seconds for each verb, group, version, resource',
    bounds: latencyBounds,
  },
  orrery_login_total: { kind: 'counter', help: 'Log-ins by the way they were tried and how they ended' },
  orrery_terminal_total: { kind: 'counter', help: 'Terminals that were opened and closed' },
  orrery_audit_records_total: { kind: 'counter', help: 'Records that were stored in the audit' },
  orrery_live_requests: { kind: 'gauge', help: 'Requests of sessions that are under way, watches and terminals included' },
  orrery_feature_on: { kind: 'gauge', help: '1 for each feature that is on, 0 for one that is switched off' },
  process_cpu_seconds_total: { kind: 'counter', help: 'Total user and system CPU time spent in seconds.' },
  process_resident_memory_bytes: { kind: 'gauge', help: 'Resident memory size in bytes.' },
  process_start_time_seconds: { kind: 'gauge', help: 'Start time of the process since unix epoch in seconds.' },
} as const satisfies Record<string, MetricFamily>;
