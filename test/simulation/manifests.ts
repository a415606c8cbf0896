/** What is asked of the cluster: objects as people write them, with sizes and habits drawn by chance. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Chance } from './chance.ts';

type Fields = Record<string, unknown>;
export type Manifest = KubeObject & Fields;

/** The label of pods that never become ready. */
export const neverReady = 'never-ready';

const labelsOf = (name: string) => ({ app: name });

interface PodHabits {
  readonly command?: readonly string[];
  readonly restartPolicy?: 'OnFailure' | 'Never';
  readonly pool?: 'small' | 'large';
  /** Its readiness probe fails for ever. */
  readonly isNeverReady?: boolean;
}

const cpus = ['100m', '250m', '500m', '1'] as const;
const memories = ['64Mi', '256Mi', '512Mi'] as const;

/** A template of pods. Nobody waits for a dead node longer than some seconds, so that a run sees the end of it. */
export function podTemplate(chance: Chance, name: string, version: number, habits: PodHabits = {}): Fields {
  const {
    command = chance.happens(0.2) ? ['stubborn', String(chance.between(1, 15))] : ['serve'],
    restartPolicy,
    isNeverReady = false,
  } = habits;
  const tolerationSeconds = chance.between(5, 40);
  const tolerations = ['not-ready', 'unreachable'].map(condition => ({
    key: `node.kubernetes.io/${condition}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds,
  }));
  const container = {
    name: 'main',
    image: `registry.example/${name}:v${version}`,
    command,
    resources: { requests: { cpu: chance.pick(cpus), memory: chance.pick(memories) } },
    ...(chance.happens(0.1) && { ports: [{ containerPort: 80, hostPort: 8000 + chance.between(0, 3) }] }),
    ...((chance.happens(0.3) || isNeverReady) && {
      readinessProbe: {
        httpGet: { path: isNeverReady ? '/never' : '/', port: 80 },
        initialDelaySeconds: chance.between(0, 5),
        periodSeconds: 5,
      },
    }),
  };
  return {
    metadata: { labels: { ...labelsOf(name), ...(isNeverReady && { [neverReady]: 'true' }) } },
    spec: {
      automountServiceAccountToken: chance.happens(0.15),
      terminationGracePeriodSeconds: chance.between(1, 10),
      tolerations,
      containers: [container],
      nodeSelector: { pool: habits.pool ?? 'large' },
      ...(restartPolicy && { restartPolicy }),
      ...(chance.happens(0.3) && { priorityClassName: chance.pick(['low', 'high'] as const) }),
      ...(chance.happens(0.2) && {
        topologySpreadConstraints: [
          {
            maxSkew: 2,
            topologyKey: 'zone',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: labelsOf(name) },
          },
        ],
      }),
    },
  };
}

export function deployment(chance: Chance, namespace: string, name: string): Manifest {
  const rolling = {
    type: 'RollingUpdate',
    rollingUpdate: chance.pick([
      { maxSurge: 1, maxUnavailable: 0 },
      { maxSurge: 0, maxUnavailable: 1 },
      { maxSurge: '50%', maxUnavailable: '50%' },
    ]),
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: chance.between(1, 5),
      selector: { matchLabels: labelsOf(name) },
      minReadySeconds: chance.pick([0, 0, 2]),
      revisionHistoryLimit: chance.between(0, 2),
      strategy: chance.happens(0.2) ? { type: 'Recreate' } : rolling,
      template: podTemplate(chance, name, 1, {
        pool: chance.happens(0.25) ? 'small' : 'large',
        isNeverReady: chance.happens(0.25),
      }),
    },
  };
}

export function statefulSet(chance: Chance, namespace: string, name: string): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace },
    spec: {
      serviceName: name,
      replicas: chance.between(1, 3),
      podManagementPolicy: chance.pick(['OrderedReady', 'Parallel'] as const),
      selector: { matchLabels: labelsOf(name) },
      template: podTemplate(chance, name, 1),
    },
  };
}

/** On a tenth of the machines. */
export function daemonSet(chance: Chance, namespace: string, name: string): Manifest {
  const template = podTemplate(chance, name, 1) as { spec: Fields & { containers: Fields[] } };
  const { ports: _, ...container } = template.spec.containers[0]!;
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labelsOf(name) },
      updateStrategy: {
        type: 'RollingUpdate',
        rollingUpdate: chance.pick([{ maxUnavailable: 1 }, { maxUnavailable: 0, maxSurge: 1 }]),
      },
      template: {
        ...template,
        spec: {
          ...template.spec,
          nodeSelector: { rack: `r${chance.between(0, 8)}` },
          containers: [{ ...container, resources: { requests: { cpu: '50m', memory: '32Mi' } } }],
        },
      },
    },
  };
}

export function jobSpec(chance: Chance, name: string): Fields {
  const completions = chance.between(1, 5);
  const command = ['run', String(chance.between(500, 15_000)), chance.happens(0.4) ? 'flaky' : '0'];
  return {
    completions,
    parallelism: chance.between(1, 3),
    backoffLimit: chance.between(1, 4),
    completionMode: chance.happens(0.4) ? 'Indexed' : 'NonIndexed',
    ...(chance.happens(0.3) && { ttlSecondsAfterFinished: chance.between(1, 60) }),
    template: podTemplate(chance, name, 1, { command, restartPolicy: chance.pick(['Never', 'OnFailure'] as const) }),
  };
}

export const job = (chance: Chance, namespace: string, name: string): Manifest => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace },
  spec: jobSpec(chance, name),
});

export const cronJob = (chance: Chance, namespace: string, name: string): Manifest => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name, namespace },
  spec: {
    schedule: '* * * * *',
    concurrencyPolicy: chance.pick(['Allow', 'Forbid', 'Replace'] as const),
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 1,
    jobTemplate: { spec: jobSpec(chance, name) },
  },
});

export const service = (chance: Chance, namespace: string, name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: {
    selector: labelsOf(name),
    ports: [{ port: 80, targetPort: 80 }],
    ...chance.pick([{}, { clusterIP: 'None' }, { type: 'NodePort' }]),
  },
});

export const budget = (chance: Chance, namespace: string, name: string): Manifest => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace },
  spec: {
    selector: { matchLabels: labelsOf(name) },
    ...chance.pick([{ minAvailable: 1 }, { minAvailable: '50%' }, { maxUnavailable: 1 }]),
  },
});

export const quota = (namespace: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'quota', namespace },
  spec: { hard: { pods: '500', 'requests.cpu': '500', 'requests.memory': '500Gi', services: '100' } },
});

export const namespaceOf = (name: string): Manifest => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

export const priorityClass = (name: string, value: number): Manifest => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
});
