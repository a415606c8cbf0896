/** Defaults of batch/v1. */
import { defaultPodTemplate } from '../core/pod-defaults.ts';
import { each, fill } from '../fill.ts';
import type { CronJob, Job, JobSpec } from '../types.data.ts';

function defaultFailurePolicy({ podFailurePolicy }: JobSpec): void {
  for (const { onPodConditions } of each(podFailurePolicy?.rules)) {
    for (const condition of each(onPodConditions)) fill(condition, { status: 'True' });
  }
}

/** Selector and labels are not defaults: the server makes them from the uid. */
export function defaultJob({ spec, metadata }: Job): void {
  defaultPodTemplate(spec.template);
  if (spec.completions === undefined && spec.parallelism === undefined) fill(spec, { completions: 1 });
  fill(spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2147483647,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
  });
  const labels = spec.template?.metadata?.labels;
  if (labels) fill(metadata, { labels: () => ({ ...labels }) });
  defaultFailurePolicy(spec);
}

export function defaultCronJob({ spec }: CronJob): void {
  const jobSpec = spec.jobTemplate?.spec;
  if (jobSpec) {
    defaultPodTemplate(jobSpec.template);
    defaultFailurePolicy(jobSpec);
  }
  fill(spec, {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
}
