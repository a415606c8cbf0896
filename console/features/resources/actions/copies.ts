/** Objects made of others: a job of a CronJob, and a job once more (pure). */
import type { CronJob, Job } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { nameLike } from './calls.ts';

/** As `kubectl create job --from=cronjob/x`. */
export function jobOf({ metadata, spec }: CronJob, suffix: string): KubeObject {
  const { metadata: template, spec: jobSpec } = spec.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: nameLike(metadata.name ?? '', suffix),
      namespace: metadata.namespace,
      ...(template?.labels && { labels: template.labels }),
      annotations: { ...template?.annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: metadata.name ?? '',
          uid: metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    spec: jobSpec,
  } as KubeObject;
}

const generated: ReadonlySet<string> = new Set([
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
  'controller-uid',
  'job-name',
]);
const own = (labels: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !generated.has(key)));

/** The same job under a new name, without what the cluster had filled in. */
export function jobAgain({ metadata, spec }: Job, suffix: string): KubeObject {
  const { selector: _selector, manualSelector: _manual, template, ...rest } = spec;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: nameLike(metadata.name ?? '', suffix),
      namespace: metadata.namespace,
      labels: own(metadata.labels),
    },
    spec: {
      ...rest,
      template: { ...template, metadata: { ...template.metadata, labels: own(template.metadata?.labels) } },
    },
  } as KubeObject;
}
