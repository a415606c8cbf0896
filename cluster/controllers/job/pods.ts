/** The pods of a Job. */
import type { Container, Job, Pod, PodTemplateSpec } from '@orrery/kinds/types';
import { controllerReference } from '../common/ownership.ts';
import { podFromTemplate } from '../common/podcontrol.ts';

/** Holds a finished pod until it has been counted. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
export const indexKey = 'batch.kubernetes.io/job-completion-index';
const failureCountKey = 'batch.kubernetes.io/job-index-failure-count';
const ignoredFailureCountKey = 'batch.kubernetes.io/job-index-ignored-failure-count';

export const isIndexed = (job: Job): boolean => job.spec?.completionMode === 'Indexed';

export const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;

/** The completion index of a pod; undefined when it has none that is valid. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[indexKey];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

const count = (pod: Pod, key: string): number => Number(pod.metadata.annotations?.[key] ?? 0) || 0;

/** How often the index had failed before this pod. */
export const earlierFailures = (pod: Pod): number => count(pod, failureCountKey);

const withIndexVariable = (container: Container): Container => {
  const name = 'JOB_COMPLETION_INDEX';
  if (container.env?.some(variable => variable.name === name)) return container;
  const variable = { name, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } } };
  return { ...container, env: [...(container.env ?? []), variable] };
};

/** A pod for the Job; for an Indexed one, of that index. `former` is the failed pod of the index it takes over from. */
export function jobPod(job: Job, index: number | undefined, former: Pod | undefined, formerIgnored: boolean): Pod {
  const { template } = job.spec!;
  const finalizers = [
    ...(template.metadata?.finalizers ?? []).filter(name => name !== trackingFinalizer),
    trackingFinalizer,
  ];
  const reference = controllerReference(job);
  if (index === undefined) {
    const metadata = { ...template.metadata, finalizers };
    return podFromTemplate(job, { ...template, metadata }, reference);
  }
  const spec = template.spec!;
  const indexed: PodTemplateSpec = {
    metadata: {
      ...template.metadata,
      finalizers,
      labels: { ...template.metadata?.labels, [indexKey]: String(index) },
      annotations: {
        ...template.metadata?.annotations,
        [indexKey]: String(index),
        ...failureCounts(job, former, formerIgnored),
      },
    },
    spec: {
      ...spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: spec.containers.map(withIndexVariable),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(withIndexVariable) }),
    },
  };
  const pod = podFromTemplate(job, indexed, reference);
  return { ...pod, metadata: { ...pod.metadata, generateName: `${job.metadata.name}-${index}-` } };
}

function failureCounts(job: Job, former: Pod | undefined, ignored: boolean): Record<string, string> {
  if (job.spec?.backoffLimitPerIndex === undefined) return {};
  const failures = former ? count(former, failureCountKey) + (ignored ? 0 : 1) : 0;
  const ignoredFailures = former ? count(former, ignoredFailureCountKey) + (ignored ? 1 : 0) : 0;
  return {
    [failureCountKey]: String(failures),
    ...(ignoredFailures > 0 && { [ignoredFailureCountKey]: String(ignoredFailures) }),
  };
}
