/** A node with the pods that are on it or about to be: what filters and scores look at. Values, never changed in place. */
import type { Node, Pod } from '@orrery/kinds/types';
import { amountsOf, plus, podRequests, scoringRequests, type Amounts } from './requests.ts';

export interface NodeInfo {
  readonly name: string;
  readonly node: Node;
  readonly pods: readonly Pod[];
  readonly allocatable: Amounts;
  /** Sum of the pods' requests. */
  readonly requested: Amounts;
  /** The same with defaults for what is not stated. */
  readonly scoringRequested: Amounts;
  /** `protocol/address/port` of every host port in use. */
  readonly hostPorts: ReadonlySet<string>;
}

export function nodeInfo(node: Node, pods: readonly Pod[]): NodeInfo {
  return {
    name: node.metadata.name!,
    node,
    pods,
    allocatable: amountsOf(node.status?.allocatable),
    requested: pods.map(pod => podRequests(pod)).reduce(plus, {}),
    scoringRequested: pods.map(scoringRequests).reduce(plus, {}),
    hostPorts: new Set(pods.flatMap(hostPortsOf)),
  };
}

/** The same node with one pod more, without counting the others again. */
export const withPod = (info: NodeInfo, pod: Pod): NodeInfo => ({
  ...info,
  pods: [...info.pods, pod],
  requested: plus(info.requested, podRequests(pod)),
  scoringRequested: plus(info.scoringRequested, scoringRequests(pod)),
  hostPorts: new Set([...info.hostPorts, ...hostPortsOf(pod)]),
});

/** Host ports as `protocol/address/port`; a port on all addresses has the address 0.0.0.0. */
export function hostPortsOf(pod: Pod): string[] {
  const containers = [
    ...(pod.spec.initContainers ?? []).filter(each => each.restartPolicy === 'Always'),
    ...pod.spec.containers,
  ];
  return containers.flatMap(container =>
    (container.ports ?? [])
      .filter(port => (port.hostPort ?? 0) > 0)
      .map(port => `${port.protocol ?? 'TCP'}/${port.hostIP || '0.0.0.0'}/${port.hostPort}`),
  );
}
