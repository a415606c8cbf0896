/** Objects made of others: a job of a CronJob (pure). */
import type { CronJob } from '@orrery/kinds/types';
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
