/** Rules about which failures count and when a Job has succeeded early. */
import type { Job, Pod, PodFailurePolicyRule } from '@orrery/kinds/types';
import { parseIndexes } from './indexes.ts';

export interface FailureVerdict {
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count';
  readonly message: string;
}

/** What the pod failure policy says of a failed pod; `Count` when no rule matches. */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  for (const [index, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const what = matched(rule, pod);
    if (what) return { action: rule.action, message: `${what} matching ${rule.action} rule at index ${index}` };
  }
  return { action: 'Count', message: '' };
}

function matched(rule: PodFailurePolicyRule, pod: Pod): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (rule.onExitCodes) {
    const { containerName, operator, values } = rule.onExitCodes;
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
    for (const { name: container, state } of statuses) {
      const code = state?.terminated?.exitCode;
      if (!code || (containerName && containerName !== container)) continue;
      if (values.includes(code) === (operator === 'In')) {
        return `Container ${container} for pod ${name} failed with exit code ${code}`;
      }
    }
    return undefined;
  }
  const condition = rule.onPodConditions?.find(pattern =>
    pod.status?.conditions?.some(({ type, status }) => type === pattern.type && status === pattern.status),
  );
  return condition && `Pod ${name} has condition ${condition.type}`;
}

/** The first rule of the success policy that the succeeded indexes satisfy, in words; undefined when none does. */
export function matchSuccess(job: Job, succeeded: ReadonlySet<number>): string | undefined {
  const limit = job.spec?.completions ?? 0;
  for (const [index, { succeededIndexes, succeededCount }] of (job.spec?.successPolicy?.rules ?? []).entries()) {
    const wanted = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes, limit);
    const reached = wanted ? wanted.intersection(succeeded).size : succeeded.size;
    if (reached >= (succeededCount ?? wanted?.size ?? Infinity)) return `Matched rules at index ${index}`;
  }
  return undefined;
}
