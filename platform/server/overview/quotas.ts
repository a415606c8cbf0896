/** Quotas, abnormal workloads and metrics as KubeSphere words them: pure. */
import { compareQuantities, formatQuantity, parseQuantity, subtractQuantities } from '@orrery/machinery/quantity';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Counts } from './counts.ts';

/** By plural name, the name under which a ResourceQuota counts it. */
const countedAs: Readonly<Record<string, string>> = {
  deployments: 'count/deployments.apps',
  daemonsets: 'count/daemonsets.apps',
  statefulsets: 'count/statefulsets.apps',
  pods: 'count/pods',
  services: 'count/services',
  persistentvolumeclaims: 'persistentvolumeclaims',
  ingresses: 'count/ingresses.extensions',
  jobs: 'count/jobs.batch',
  cronjobs: 'count/cronjobs.batch',
};

type Amounts = Record<string, string>;
interface Quota extends KubeObject {
  readonly status?: { readonly hard?: Amounts; readonly used?: Amounts };
}

const smaller = (left: string | undefined, right: string): string =>
  left !== undefined && compareQuantities(parseQuantity(left), parseQuantity(right)) <= 0 ? left : right;

/** The tightest of all quotas; what none of them counts is counted from what is there. */
export function quotaData(
  counts: Counts,
  quotas: readonly KubeObject[],
): { hard: Amounts; used: Amounts; left: Amounts } {
  const hard: Amounts = {};
  const used: Amounts = {};
  for (const { status } of quotas as readonly Quota[]) {
    for (const [name, value] of Object.entries(status?.hard ?? {})) hard[name] = smaller(hard[name], value);
    for (const [name, value] of Object.entries(status?.used ?? {})) used[name] = smaller(used[name], value);
  }
  const left = Object.fromEntries(
    Object.entries(hard)
      .filter(([name]) => used[name] !== undefined)
      .map(([name, value]) => {
        const rest = subtractQuantities(parseQuantity(value), parseQuantity(used[name]!));
        return [name, rest.nano < 0n ? '0' : formatQuantity(rest)];
      }),
  );
  for (const [resource, { total }] of Object.entries(counts)) {
    const name = countedAs[resource];
    if (name !== undefined && used[name] === undefined) used[name] = String(total);
  }
  return { hard, used, left };
}

/** The states that are not as they should be. */
const abnormalStates: Readonly<Record<string, readonly string[]>> = {
  deployments: ['updating'],
  daemonsets: ['updating'],
  statefulsets: ['updating'],
  jobs: ['failed'],
  persistentvolumeclaims: ['Pending', 'Lost'],
};

export const abnormalKinds = Object.keys(abnormalStates);

export const abnormalIn = (counts: Counts): Record<string, number> =>
  Object.fromEntries(
    abnormalKinds
      .filter(resource => counts[resource] !== undefined)
      .map(resource => [
        resource,
        abnormalStates[resource]!.reduce((sum, state) => sum + (counts[resource]!.states?.[state] ?? 0), 0),
      ]),
  );

/** By plural name, the middle of the metric's name. */
const metricNames: Readonly<Record<string, string>> = {
  projects: 'namespace_count',
  namespaces: 'namespace_count',
  pods: 'pod_count',
  deployments: 'deployment_count',
  statefulsets: 'statefulset_count',
  daemonsets: 'daemonset_count',
  jobs: 'job_count',
  cronjobs: 'cronjob_count',
  persistentvolumeclaims: 'persistentvolumeclaim_count',
  services: 'service_count',
  ingresses: 'ingress_count',
  clusterroles: 'clusterrole_count',
  clusterrolebindings: 'clusterrolebinding_count',
  roles: 'role_count',
  rolebindings: 'rolebinding_count',
  users: 'user_count',
  workspaces: 'workspace_count',
  clusters: 'cluster_count',
  workspaceroles: 'workspacerole_count',
  members: 'workspacerolebinding_count',
};

export interface Metrics {
  readonly results: {
    metric_name: string;
    data: { resultType: string; result: { value: number[] }[] };
  }[];
}

export const metricsOf = (counts: Counts, prefix: string, nowMs: number): Metrics => ({
  results: Object.entries(counts)
    .filter(([resource]) => metricNames[resource] !== undefined)
    .map(([resource, { total }]) => ({
      metric_name: `${prefix}_${metricNames[resource]}`,
      data: { resultType: 'vector', result: [{ value: [Math.floor(nowMs / 1000), total] }] },
    })),
});
