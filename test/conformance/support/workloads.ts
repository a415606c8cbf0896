/** Objects that run pods, as small as they get. */
import type { Thing } from './suite.ts';

export const image = 'registry.k8s.io/pause:3.10';

export interface PodOptions {
  readonly labels?: Record<string, string>;
  readonly requests?: Record<string, string>;
  readonly limits?: Record<string, string>;
  readonly spec?: Record<string, unknown>;
  readonly container?: Record<string, unknown>;
}

const podSpec = ({ requests, limits, spec = {}, container = {} }: PodOptions): Record<string, unknown> => ({
  terminationGracePeriodSeconds: 0,
  ...spec,
  containers: [
    {
      ...{ name: 'pause', image },
      ...((requests || limits) && { resources: { ...(requests && { requests }), ...(limits && { limits }) } }),
      ...container,
    },
  ],
});

export const podOf = (name: string, options: PodOptions = {}): Thing => ({
  metadata: { name, ...(options.labels && { labels: options.labels }) },
  spec: podSpec(options),
});

/** A ReplicationController whose pods have the label `name`. */
export const controllerOf = (name: string, replicas: number, options: PodOptions = {}): Thing => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { name },
    template: { metadata: { labels: { name } }, spec: podSpec(options) },
  },
});

/** A Deployment, ReplicaSet or the like whose pods have the label `name`. */
export const workloadOf = (name: string, replicas: number, options: PodOptions = {}): Thing => ({
  metadata: { name, labels: { name } },
  spec: {
    replicas,
    selector: { matchLabels: { name } },
    template: { metadata: { labels: { name } }, spec: podSpec(options) },
  },
});
