/** Ports of the host that lead to one pod (`hostPort`), as values. */
import type { Pod } from '@orrery/kinds/types';

export interface HostPort {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** Empty for all addresses of the node. */
  readonly hostIP: string;
  readonly hostPort: number;
  readonly address: string;
  readonly port: number;
}

const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

export const hasHostPorts = (pod: Pod | undefined): boolean =>
  pod !== undefined &&
  !pod.spec.hostNetwork &&
  containersOf(pod).some(container => container.ports?.some(port => port.hostPort));

/** None until the pod has an address, and for pods in the host's network, whose ports are the host's anyway. */
export function hostPortsOf(pod: Pod): HostPort[] {
  const address = pod.status?.podIP;
  if (!address || pod.spec.hostNetwork || isOver(pod)) return [];
  return containersOf(pod).flatMap(container =>
    (container.ports ?? [])
      .filter(port => port.hostPort)
      .map(port => ({
        protocol: (port.protocol ?? 'TCP').toLowerCase() as HostPort['protocol'],
        hostIP: !port.hostIP || port.hostIP === '0.0.0.0' ? '' : port.hostIP,
        hostPort: port.hostPort!,
        address,
        port: port.containerPort,
      })),
  );
}

const containersOf = ({ spec }: Pod) => [
  ...(spec.initContainers ?? []).filter(each => each.restartPolicy === 'Always'),
  ...spec.containers,
];
