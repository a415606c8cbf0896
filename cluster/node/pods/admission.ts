/** Whether this node takes a pod that was bound to it (upstream `pkg/kubelet/lifecycle/predicate.go`). Pure. */
import { allowsNode, untolerated } from '@orrery/kinds/placement';
import type { Node, Pod } from '@orrery/kinds/types';
import {
  compareQuantities,
  parseQuantity,
  toMilli,
  toNumber,
  zeroQuantity,
  type Quantity,
} from '@orrery/machinery/quantity';
import { sysctlProblem } from '../security/context.ts';
import type { Rejection } from './dependencies.ts';
import { isTerminalPhase, mainContainersOf, uidOf } from './pod.ts';
import { podRequests } from './qos.ts';

export interface AdmissionInput {
  pod: Pod;
  node: Node;
  /** All pods of this node, this one included or not. */
  others: readonly Pod[];
  allowedUnsafeSysctls: readonly string[];
}

/** The first reason against a pod, in upstream's words; undefined when it may run. */
export function admit(input: AdmissionInput): Rejection | undefined {
  const { pod, node, allowedUnsafeSysctls } = input;
  const sysctl = sysctlProblem(pod, allowedUnsafeSysctls);
  if (sysctl) return { reason: 'SysctlForbidden', message: sysctl };
  const wantedOs = pod.spec.os?.name;
  if (wantedOs && wantedOs !== 'linux') {
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  }
  const active = input.others.filter(other => uidOf(other) !== uidOf(pod) && !isTerminalPhase(other.status?.phase));
  return outOfResources(pod, node, active) ?? mismatch(pod, node, active);
}

/** Whether another look at the node could change the answer. */
export const dependsOnNode = ({ reason }: Rejection): boolean =>
  reason === 'NodeAffinity' || reason === 'TaintToleration';

const short = (name: string): boolean => name === 'cpu';

/** CPU counts in thousandths, everything else in units. */
const amount = (name: string, quantity: Quantity): number => (short(name) ? toMilli(quantity) : toNumber(quantity));

function outOfResources(pod: Pod, node: Node, active: readonly Pod[]): Rejection | undefined {
  const allocatable = node.status?.allocatable ?? {};
  const lack = (name: string, requested: number, used: number, capacity: number): Rejection => ({
    reason: `OutOf${name}`,
    message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  });
  const maxPods = toNumber(parseQuantity(allocatable.pods ?? '110'));
  if (active.length + 1 > maxPods) return lack('pods', 1, active.length, maxPods);
  const used = active.map(podRequests);
  for (const [name, wanted] of podRequests(pod)) {
    // Extended resources that the node does not know are the scheduler's business alone.
    if (wanted.nano === 0n || !(name in allocatable)) continue;
    const capacity = parseQuantity(allocatable[name]!);
    const taken = used.reduce((sum, list) => sum + (list.get(name) ?? zeroQuantity).nano, 0n);
    const total: Quantity = { nano: taken + wanted.nano, format: wanted.format };
    if (compareQuantities(total, capacity) > 0) {
      return lack(
        name,
        amount(name, wanted),
        amount(name, { nano: taken, format: wanted.format }),
        amount(name, capacity),
      );
    }
  }
  return undefined;
}

function mismatch(pod: Pod, node: Node, active: readonly Pod[]): Rejection | undefined {
  const failed = (name: string, why: string): Rejection => ({
    reason: name,
    message: `Predicate ${name} failed: ${why}`,
  });
  if (pod.spec.nodeName && pod.spec.nodeName !== node.metadata.name) {
    return failed('NodeName', "node(s) didn't match the requested node name");
  }
  if (!allowsNode(pod.spec, node)) return failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  if (portsClash(pod, active)) return failed('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  const evicting = untolerated(node.spec.taints, pod.spec.tolerations).find(taint => taint.effect === 'NoExecute');
  return (
    evicting && failed('TaintToleration', `node(s) had untolerated taint {${evicting.key}: ${evicting.value ?? ''}}`)
  );
}

function portsClash(pod: Pod, active: readonly Pod[]): boolean {
  const portsOf = (one: Pod) =>
    mainContainersOf(one).flatMap(({ ports = [] }) =>
      ports.flatMap(({ hostPort, protocol = 'TCP', hostIP }) =>
        hostPort ? [{ hostPort, protocol, address: !hostIP || hostIP === '0.0.0.0' ? '' : hostIP }] : [],
      ),
    );
  const taken = active.flatMap(portsOf);
  return portsOf(pod).some(mine =>
    taken.some(
      ({ hostPort, protocol, address }) =>
        hostPort === mine.hostPort &&
        protocol === mine.protocol &&
        (address === '' || mine.address === '' || address === mine.address),
    ),
  );
}
