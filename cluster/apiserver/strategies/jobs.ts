/** Jobs: the selector is made by the server, so that no two jobs share pods (registry `batch/job`). */
import type { Job } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';
import { countedWithStatus, textAt } from './generic.ts';

/** Labels the template with the job's name and uid, under the present and the former keys, and selects by the uid. */
export function generateSelector(job: Job & KubeObject): void {
  const { spec, metadata } = job;
  if (spec === undefined || spec.manualSelector) return;
  const { name = '', uid = '' } = metadata;
  const template = (spec.template.metadata ??= {});
  template.labels = {
    ...template.labels,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const selector = (spec.selector ?? {}) as { matchLabels?: Record<string, string> };
  spec.selector = { ...selector, matchLabels: { ...selector.matchLabels, 'batch.kubernetes.io/controller-uid': uid } };
}

export const jobStrategy: Strategy = {
  ...countedWithStatus,
  // For compatibility with the first clients: they delete the pods themselves.
  defaultGarbageCollection: 'orphan',
  prepareForCreate(object, context) {
    countedWithStatus.prepareForCreate!(object, context);
    const job = object as Job & KubeObject;
    generateSelector(job);
    const labels = job.spec?.template.metadata?.labels;
    if (labels && Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = { ...labels };
  },
  selectableFields: job => ({ 'status.successful': textAt(job, 'status', 'succeeded') || '0' }),
};
