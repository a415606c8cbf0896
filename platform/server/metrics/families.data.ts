/** What is measured. Names and buckets are KubeSphere's where it has them; labels hold no names that people choose. */
import { metricFamilies, type MetricFamily } from '@orrery/reconciler';

const requestBounds = [
  0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5,
  6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

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
    bounds: requestBounds,
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
