/** Counts and times of webhooks, under upstream's names (apiserver `admission/metrics`). */
import type { Counter, Histogram, Metrics } from '../../metrics/registry.ts';

/** What failed: the call, we, or nothing but the webhook said no. */
export type ErrorType = 'calling_webhook_error' | 'apiserver_internal_error' | 'no_error';

export interface WebhookMetrics {
  called(name: string, type: string, operation: string, code: number, rejected: boolean, seconds: number): void;
  rejected(name: string, type: string, operation: string, errorType: ErrorType, code: number): void;
  failedOpen(name: string, type: string): void;
  excluded(name: string, type: string, operation: string): void;
  conditionFailed(name: string, type: string, operation: string): void;
}

const bounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
/** Codes beyond are counted as this one. */
const codeMax = 600;

type Labels = Readonly<Record<string, string>>;

/** A series per set of labels, made when it is first needed. */
function keyed<T>(make: (labels: Labels) => T): (labels: Labels) => T {
  const known = new Map<string, T>();
  return labels => {
    const key = Object.values(labels).join('\n');
    let series = known.get(key);
    if (series === undefined) known.set(key, (series = make(labels)));
    return series;
  };
}

export function createWebhookMetrics(metrics: Metrics): WebhookMetrics {
  const counters = (name: string, help: string): ((labels: Labels) => Counter) =>
    keyed(metrics.counters(`apiserver_admission_${name}`, help));
  const seconds: (labels: Labels) => Histogram = keyed(
    metrics.histograms('apiserver_admission_webhook_admission_duration_seconds', 'Time that webhooks took.', bounds),
  );
  const requests = counters('webhook_request_total', 'Calls of webhooks.');
  const rejections = counters(
    'webhook_rejection_count',
    'Writes that webhooks refused, or that were refused for them.',
  );
  const opened = counters('webhook_fail_open_count', 'Calls that failed and were ignored.');
  const exclusions = counters('match_condition_exclusions_total', 'Writes that match conditions kept from webhooks.');
  const failures = counters('match_condition_evaluation_errors_total', 'Match conditions that failed.');
  const codeText = (code: number): string => String(Math.min(code, codeMax));
  return {
    called(name, type, operation, code, rejected, took) {
      const labels = { name, type, operation };
      requests({ ...labels, code: codeText(code), rejected: String(rejected) }).value++;
      seconds({ ...labels, rejected: String(rejected) }).observe(took);
    },
    rejected(name, type, operation, errorType, code) {
      rejections({ name, type, operation, error_type: errorType, rejection_code: codeText(code) }).value++;
    },
    failedOpen: (name, type) => void opened({ name, type }).value++,
    excluded: (name, type, operation) => void exclusions({ name, kind: 'webhook', type, operation }).value++,
    conditionFailed: (name, type, operation) => void failures({ name, kind: 'webhook', type, operation }).value++,
  };
}
