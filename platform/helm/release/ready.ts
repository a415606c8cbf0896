/** When an object counts as ready, or a hook as done. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';

/** The fields that are looked at, of any kind. */
interface Loose extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly type?: string;
    readonly clusterIP?: string;
    readonly externalIPs?: readonly string[];
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number; readonly maxUnavailable?: number | string };
    };
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxUnavailable?: number | string };
    };
  };
  readonly status?: {
    readonly phase?: string;
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly readyReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberReady?: number;
    readonly loadBalancer?: { readonly ingress?: readonly unknown[] };
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
  };
}

/** A number, or a share of `total`. */
function share(value: number | string | undefined, total: number, roundsUp: boolean): number {
  if (typeof value !== 'string') return value ?? 0;
  const part = (total * Number.parseInt(value, 10)) / 100;
  return roundsUp ? Math.ceil(part) : Math.floor(part);
}

const condition = ({ status }: Loose, type: string) =>
  status?.conditions?.find(each => each.type === type && each.status === 'True');

const isSeen = ({ metadata, status }: Loose): boolean =>
  (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);

function isDeploymentReady(object: Loose): boolean {
  const { spec = {}, status = {} } = object;
  if (spec.paused) return true;
  const wanted = spec.replicas ?? 1;
  const unavailable =
    spec.strategy?.type === 'Recreate' || wanted === 0
      ? 0
      : share(spec.strategy?.rollingUpdate?.maxUnavailable, wanted, false);
  return (
    isSeen(object) &&
    (status.updatedReplicas ?? 0) >= wanted &&
    (status.availableReplicas ?? 0) >= wanted - Math.min(unavailable, wanted)
  );
}

function isStatefulSetReady(object: Loose): boolean {
  const { spec = {}, status = {} } = object;
  const wanted = spec.replicas ?? 1;
  if (spec.updateStrategy?.type === 'OnDelete') return true;
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  if (!isSeen(object) || (status.updatedReplicas ?? 0) < wanted - partition || (status.readyReplicas ?? 0) !== wanted)
    return false;
  return partition > 0 || status.currentRevision === status.updateRevision;
}

function isDaemonSetReady(object: Loose): boolean {
  const { spec = {}, status = {} } = object;
  const wanted = status.desiredNumberScheduled ?? 0;
  if (spec.updateStrategy?.type === 'OnDelete') return true;
  const unavailable = share(spec.updateStrategy?.rollingUpdate?.maxUnavailable, wanted, true);
  return (
    isSeen(object) &&
    (status.updatedNumberScheduled ?? 0) === wanted &&
    (status.numberReady ?? 0) >= wanted - unavailable
  );
}

function isServiceReady({ spec = {}, status = {} }: Loose): boolean {
  if (spec.type === 'ExternalName') return true;
  if (!spec.clusterIP) return false;
  return (
    spec.type !== 'LoadBalancer' ||
    (spec.externalIPs?.length ?? 0) > 0 ||
    (status.loadBalancer?.ingress?.length ?? 0) > 0
  );
}

const rules: Readonly<Record<string, (object: Loose) => boolean>> = {
  '/Pod': object => condition(object, 'Ready') !== undefined,
  '/PersistentVolumeClaim': ({ status }) => status?.phase === 'Bound',
  '/Service': isServiceReady,
  '/ReplicationController': object =>
    isSeen(object) && (object.status?.readyReplicas ?? 0) >= (object.spec?.replicas ?? 1),
  'apps/ReplicaSet': object => isSeen(object) && (object.status?.readyReplicas ?? 0) >= (object.spec?.replicas ?? 1),
  'apps/Deployment': isDeploymentReady,
  'apps/StatefulSet': isStatefulSetReady,
  'apps/DaemonSet': isDaemonSetReady,
  'apiextensions.k8s.io/CustomResourceDefinition': object => condition(object, 'Established') !== undefined,
};

/** Whether a live object does what it is for; kinds without a rule do so by being there. */
export const isReady = (group: string, object: KubeObject): boolean =>
  rules[`${group}/${object.kind ?? ''}`]?.(object) ?? true;

/** How a hook's object ended: true when well, a sentence when not, undefined while it goes on. */
export function hookOutcome(group: string, object: Loose): true | string | undefined {
  if (group === 'batch' && object.kind === 'Job') {
    if (condition(object, 'Complete')) return true;
    const failed = condition(object, 'Failed');
    return failed && `job failed: ${failed.reason ?? ''}`;
  }
  if (group === '' && object.kind === 'Pod') {
    const phase = object.status?.phase;
    return phase === 'Succeeded' ? true : phase === 'Failed' ? `pod ${object.metadata.name} failed` : undefined;
  }
  return true;
}
