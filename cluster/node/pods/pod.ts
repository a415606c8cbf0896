/** Small questions to a Pod's spec. */
import type { Container, EphemeralContainer, Pod } from '@orrery/kinds/types';

/** A pod as the API server hands it out: always with a name, a namespace and a uid. */
export const nameOf = (pod: Pod): string => pod.metadata.name ?? '';
export const namespaceOf = (pod: Pod): string => pod.metadata.namespace ?? 'default';
export const uidOf = (pod: Pod): string => pod.metadata.uid ?? '';

/** `name_namespace(uid)`: how upstream writes pods in messages. */
export const describePod = (pod: Pod): string => `${nameOf(pod)}_${namespaceOf(pod)}(${uidOf(pod)})`;

export const restartPolicyOf = (pod: Pod): string => pod.spec.restartPolicy || 'Always';

/** An init container that keeps running beside the others. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

export const initContainersOf = (pod: Pod): Container[] => pod.spec.initContainers ?? [];
export const mainContainersOf = (pod: Pod): Container[] => pod.spec.containers ?? [];

/** An ephemeral container has the fields of a container, and `targetContainerName`. */
export const ephemeralContainersOf = (pod: Pod): EphemeralContainer[] => pod.spec.ephemeralContainers ?? [];

export type ContainerKind = 'init' | 'sidecar' | 'main' | 'ephemeral';

/** A container of a pod with its role. */
export interface Member {
  container: Container;
  kind: ContainerKind;
}

/** All containers: init containers and sidecars in order, then main ones, then ephemeral ones. */
export const membersOf = (pod: Pod): Member[] => [
  ...initContainersOf(pod).map(container => ({ container, kind: isSidecar(container) ? 'sidecar' : 'init' }) as Member),
  ...mainContainersOf(pod).map(container => ({ container, kind: 'main' }) as Member),
  ...ephemeralContainersOf(pod).map(container => ({ container: container as Container, kind: 'ephemeral' }) as Member),
];

export const memberNamed = (pod: Pod, name: string): Member | undefined =>
  membersOf(pod).find(member => member.container.name === name);

/** The field an event about a container refers to. */
export function fieldPathOf(pod: Pod, name: string): string {
  const kind = memberNamed(pod, name)?.kind;
  if (kind === 'init' || kind === 'sidecar') return `spec.initContainers{${name}}`;
  if (kind === 'ephemeral') return `spec.ephemeralContainers{${name}}`;
  return `spec.containers{${name}}`;
}

export const isTerminalPhase = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed';

export const hostNetworkOf = (pod: Pod): boolean => pod.spec.hostNetwork === true;
