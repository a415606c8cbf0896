/**
 * Labels and annotations on sandboxes and containers, with upstream's names (`pkg/kubelet/kuberuntime/labels.go`). They are the
 * kubelet's memory: an agent that was killed recovers all of its pods from them.
 */
import type { Container, LifecycleHandler, Pod } from '@orrery/kinds/types';
import { nameOf, namespaceOf, uidOf } from './pod.ts';

const label = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;

const annotation = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  preStop: 'io.kubernetes.container.preStopHandler',
  ports: 'io.kubernetes.container.ports',
  podDeletionGrace: 'io.kubernetes.pod.deletionGracePeriod',
  podTerminationGrace: 'io.kubernetes.pod.terminationGracePeriod',
} as const;

interface Marked {
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** FNV-1a, 32 bits, as hexadecimal digits. */
export function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16);
}

/** Changes when a running container must be replaced: its name or its image differs. */
export const containerHash = ({ name, image }: Pick<Container, 'name' | 'image'>): string =>
  fnv1a(JSON.stringify({ image: image ?? '', name }));

const podLabels = (pod: Pod): Record<string, string> => ({
  [label.podName]: nameOf(pod),
  [label.podNamespace]: namespaceOf(pod),
  [label.podUid]: uidOf(pod),
});

/** A sandbox carries the pod's own labels and annotations too: CNI plug-ins and monitoring read them. */
export const sandboxMarks = (pod: Pod): Marked => ({
  labels: { ...pod.metadata.labels, ...podLabels(pod) },
  annotations: { ...pod.metadata.annotations },
});

export function containerMarks(pod: Pod, container: Container, restartCount: number): Marked {
  const annotations: Record<string, string> = {
    [annotation.hash]: containerHash(container),
    [annotation.restartCount]: String(restartCount),
    [annotation.terminationMessagePath]: container.terminationMessagePath ?? '/dev/termination-log',
    [annotation.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
  };
  const { deletionGracePeriodSeconds } = pod.metadata;
  if (deletionGracePeriodSeconds !== undefined)
    annotations[annotation.podDeletionGrace] = String(deletionGracePeriodSeconds);
  const grace = pod.spec.terminationGracePeriodSeconds;
  if (grace !== undefined) annotations[annotation.podTerminationGrace] = String(grace);
  const preStop = container.lifecycle?.preStop;
  if (preStop) annotations[annotation.preStop] = JSON.stringify(preStop);
  if (container.ports?.length) annotations[annotation.ports] = JSON.stringify(container.ports);
  return { labels: { ...podLabels(pod), [label.containerName]: container.name }, annotations };
}

export interface ContainerIdentity {
  name: string;
  hash: string;
  restartCount: number;
  terminationMessagePath: string;
  terminationMessagePolicy: string;
  /** What is needed to end it in order when the pod itself is gone from the API. */
  graceSeconds?: number;
  preStop?: LifecycleHandler;
}

export function containerIdentity({ labels, annotations }: Marked): ContainerIdentity {
  const grace = annotations[annotation.podDeletionGrace] ?? annotations[annotation.podTerminationGrace];
  const preStop = annotations[annotation.preStop];
  return {
    name: labels[label.containerName] ?? '',
    hash: annotations[annotation.hash] ?? '',
    restartCount: Number(annotations[annotation.restartCount] ?? 0),
    terminationMessagePath: annotations[annotation.terminationMessagePath] ?? '',
    terminationMessagePolicy: annotations[annotation.terminationMessagePolicy] ?? 'File',
    ...(grace !== undefined && { graceSeconds: Number(grace) }),
    ...(preStop && { preStop: JSON.parse(preStop) as LifecycleHandler }),
  };
}

/** The pod that a sandbox or container belongs to; undefined for what is not the kubelet's. */
export const podUidOf = (marked: Pick<Marked, 'labels'>): string | undefined =>
  marked.labels[label.podUid] || undefined;

/** Finds all that belongs to a pod. */
export const selectPod = (uid: string): Record<string, string> => ({ [label.podUid]: uid });

export const podIdentity = ({ labels }: Pick<Marked, 'labels'>): { name: string; namespace: string; uid: string } => ({
  name: labels[label.podName] ?? '',
  namespace: labels[label.podNamespace] ?? '',
  uid: labels[label.podUid] ?? '',
});
