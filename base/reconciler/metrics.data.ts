/** What is measured: names, labels and buckets are those of controller-runtime and client-go. */
export interface MetricFamily {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Upper bounds of a histogram's buckets. */
  readonly bounds?: readonly number[];
}

/** Seconds that people and programs wait for an answer. */
export const latencyBounds = [
  0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5,
  6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
const reconcileBounds = [0.005, 0.01, 0.025, ...latencyBounds];
const queueBounds = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];
const webhookBounds = reconcileBounds;

export const metricFamilies = {
  controller_runtime_reconcile_total: { kind: 'counter', help: 'Reconciliations per controller and result' },
  controller_runtime_reconcile_errors_total: { kind: 'counter', help: 'Reconciliations that failed' },
  controller_runtime_terminal_reconcile_errors_total: {
    kind: 'counter',
    help: 'Reconciliations that failed and are not retried',
  },
  controller_runtime_reconcile_time_seconds: {
    kind: 'histogram',
    help: 'Duration of reconciliations',
    bounds: reconcileBounds,
  },
  controller_runtime_max_concurrent_reconciles: { kind: 'gauge', help: 'Keys that may be worked on at once' },
  controller_runtime_active_workers: { kind: 'gauge', help: 'Keys that are being worked on' },
  controller_runtime_webhook_requests_total: { kind: 'counter', help: 'Webhook requests per path and status code' },
  controller_runtime_webhook_requests_in_flight: { kind: 'gauge', help: 'Webhook requests that are being answered' },
  controller_runtime_webhook_latency_seconds: {
    kind: 'histogram',
    help: 'Duration of webhook requests',
    bounds: webhookBounds,
  },
  leader_election_master_status: { kind: 'gauge', help: '1 while this process holds the lease of that name' },
  workqueue_depth: { kind: 'gauge', help: 'Keys that wait' },
  workqueue_adds_total: { kind: 'counter', help: 'Keys that were queued' },
  workqueue_retries_total: { kind: 'counter', help: 'Keys that were queued again after a failure' },
  workqueue_queue_duration_seconds: { kind: 'histogram', help: 'How long keys wait', bounds: queueBounds },
  workqueue_work_duration_seconds: { kind: 'histogram', help: 'How long keys are worked on', bounds: queueBounds },
} as const satisfies Record<string, MetricFamily>;
