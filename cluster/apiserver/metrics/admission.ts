/** Upstream's metrics of how long admission takes (apiserver `admission/metrics`). */
import type { Clock } from '@orrery/machinery/clock';
import type { AdmissionOperation } from '../types.ts';
import type { Histogram, Metrics } from './registry.ts';

const bounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5];

export type AdmissionStep = 'admit' | 'validate';

/** Told the end of a step, or of a plug-in in it. */
export interface AdmissionTimes {
  /** Milliseconds of a clock that only grows. */
  now(): number;
  observe(type: AdmissionStep, operation: AdmissionOperation, rejected: boolean, sinceMs: number, name?: string): void;
}

export function createAdmissionTimes(metrics: Metrics, clock: Clock): AdmissionTimes {
  const steps = metrics.histograms(
    'apiserver_admission_step_admission_duration_seconds',
    'Admission sub-step latency histogram in seconds, broken out for each operation and API resource and step type (validate or admit).',
    bounds,
  );
  const controllers = metrics.histograms(
    'apiserver_admission_controller_admission_duration_seconds',
    'Admission controller latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).',
    bounds,
  );
  const known = new Map<string, Histogram>();
  return {
    now: () => clock.monotonic(),
    observe(type, operation, rejected, sinceMs, name) {
      const key = `${name ?? ''} ${operation} ${type} ${rejected}`;
      let histogram = known.get(key);
      if (histogram === undefined) {
        const labels = { operation, rejected: String(rejected), type };
        histogram = name === undefined ? steps(labels) : controllers({ name, ...labels });
        known.set(key, histogram);
      }
      histogram.observe((clock.monotonic() - sinceMs) / 1000);
    },
  };
}
