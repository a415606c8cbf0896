/** Quality of service (apimachinery `qos.ComputePodQOS`) and sums of a pod's resources. */
import type { Container, Pod, PodQOSClass, ResourceRequirements } from '@orrery/kinds/types';
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  zeroQuantity,
  type Quantity,
} from '@orrery/machinery/quantity';
import { initContainersOf, isSidecar, mainContainersOf } from './pod.ts';

export type Resources = Map<string, Quantity>;

const counted = ['cpu', 'memory'];

/** Guaranteed: every container has limits equal to requests for both; BestEffort: none has any; Burstable: the rest. */
export function qosClassOf(pod: Pod): PodQOSClass {
  const whole = pod.spec.resources;
  const all: ResourceRequirements[] =
    whole && (whole.limits || whole.requests)
      ? [whole]
      : [...mainContainersOf(pod), ...initContainersOf(pod)].map(({ resources }) => resources ?? {});
  const amounts = all.flatMap(({ limits, requests }) => counted.flatMap(name => [limits?.[name], requests?.[name]]));
  if (!amounts.some(isPositive)) return 'BestEffort';
  const guaranteed = all.every(resources => counted.every(name => equalAmounts(resources, name)));
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

const isPositive = (amount: string | undefined): boolean => amount !== undefined && parseQuantity(amount).nano > 0n;

function equalAmounts({ limits, requests }: ResourceRequirements, name: string): boolean {
  const limit = limits?.[name];
  if (!isPositive(limit)) return false;
  const request = requests?.[name];
  return request === undefined || compareQuantities(parseQuantity(request), parseQuantity(limit!)) === 0;
}

const listOf = (amounts: Record<string, string> | undefined): Resources =>
  new Map(Object.entries(amounts ?? {}).map(([name, amount]) => [name, parseQuantity(amount)]));

function add(into: Resources, more: Resources): Resources {
  for (const [name, amount] of more) into.set(name, addQuantities(into.get(name) ?? zeroQuantity, amount));
  return into;
}

function raise(into: Resources, least: Resources): Resources {
  for (const [name, amount] of least) {
    const present = into.get(name);
    if (!present || compareQuantities(present, amount) < 0) into.set(name, amount);
  }
  return into;
}

/**
 * What a pod asks for in all: main containers and sidecars together, or the greatest init container with the sidecars before it,
 * whichever is more; then the overhead. Pod-level requests replace the sum where they are given.
 */
export function podRequests(pod: Pod): Resources {
  const requestsOf = (container: Container) => listOf(container.resources?.requests);
  const total = new Map<string, Quantity>();
  for (const container of mainContainersOf(pod)) add(total, requestsOf(container));
  const beside = new Map<string, Quantity>();
  const peak = new Map<string, Quantity>();
  for (const container of initContainersOf(pod)) {
    if (isSidecar(container)) {
      add(beside, requestsOf(container));
      add(total, requestsOf(container));
      raise(peak, beside);
    } else {
      raise(peak, add(new Map(beside), requestsOf(container)));
    }
  }
  raise(total, peak);
  for (const [name, amount] of listOf(pod.spec.resources?.requests)) total.set(name, amount);
  return add(total, listOf(pod.spec.overhead));
}
