/** A pod's requests and limits as the plain amounts that cgroups are computed from. */
import type { Container, Pod } from '@orrery/kinds/types';
import { parseQuantity, toMilli, toNumber, type Quantity } from '@orrery/machinery/quantity';
import type { Amounts } from '../runtime/cgroups/amounts.ts';
import { containerResources } from '../runtime/cgroups/container.ts';
import type { PodFacts } from '../runtime/cgroups/pod.ts';
import type { LinuxResources } from '../runtime/types.ts';
import { initContainersOf, isSidecar, mainContainersOf, uidOf } from './pod.ts';
import { podRequests, qosClassOf, type Resources } from './qos.ts';

/** What of the machine decides how limits are written. */
export interface CgroupFacts {
  version: 1 | 2;
  swapController: boolean;
  /** e.g. `2MB`. */
  hugepageSizes: readonly string[];
  memoryBytes: number;
}

const systemCriticalPriority = 2_000_000_000;

const parsed = (list: Record<string, string> | undefined): Resources =>
  new Map(Object.entries(list ?? {}).map(([name, amount]): [string, Quantity] => [name, parseQuantity(amount)]));

/** `hugepages-2Mi` -> `2MB`. */
const pageSize = (name: string): string | undefined => {
  const [, size] = /^hugepages-(\d+[KMG])i$/.exec(name) ?? [];
  return size && `${size}B`;
};

export function amountsOf(resources: Resources): Amounts {
  const [cpu, memory] = [resources.get('cpu'), resources.get('memory')];
  const hugepages = [...resources].flatMap(([name, amount]): [string, number][] => {
    const size = pageSize(name);
    return size ? [[size, toNumber(amount)]] : [];
  });
  return {
    ...(cpu && { cpuMilli: toMilli(cpu) }),
    ...(memory && { memoryBytes: toNumber(memory) }),
    ...(hugepages.length > 0 && { hugepages: Object.fromEntries(hugepages) }),
  };
}

const memoryRequest = (container: Container): number =>
  amountsOf(parsed(container.resources?.requests)).memoryBytes ?? 0;

/** cgroup settings of one container. */
export function resourcesFor(pod: Pod, container: Container, machine: CgroupFacts): LinuxResources {
  const { version, swapController, hugepageSizes, memoryBytes } = machine;
  const sidecar = initContainersOf(pod).some(other => other.name === container.name && isSidecar(other));
  const leastMain = Math.min(...mainContainersOf(pod).map(memoryRequest));
  return containerResources({
    requests: amountsOf(parsed(container.resources?.requests)),
    limits: amountsOf(parsed(container.resources?.limits)),
    version,
    enforceCpuLimits: true,
    swapController,
    hugepageSizes,
    oom: {
      qos: qosClassOf(pod),
      nodeCritical: (pod.spec.priority ?? 0) >= systemCriticalPriority,
      memoryCapacityBytes: memoryBytes,
      ...(sidecar && Number.isFinite(leastMain) && { leastMainRequestBytes: leastMain }),
    },
  });
}

/** The facts of a pod's own cgroup. */
export function podFacts(pod: Pod, pidsLimit?: number): PodFacts {
  return {
    uid: uidOf(pod),
    qos: qosClassOf(pod),
    requests: amountsOf(podRequests(pod)),
    limits: podLimits(pod),
    enforceCpuLimits: true,
    ...(pidsLimit !== undefined && { pidsLimit }),
  };
}

/** Limits of the whole pod: those it names itself, else the sum where every container that stays has one. */
export function podLimits(pod: Pod): Amounts {
  const own = amountsOf(parsed(pod.spec.resources?.limits));
  const ordinary = initContainersOf(pod).filter(container => !isSidecar(container));
  const lasting = [...initContainersOf(pod).filter(isSidecar), ...mainContainersOf(pod)];
  const overhead = amountsOf(parsed(pod.spec.overhead));
  const whole = (amount: (amounts: Amounts) => number | undefined): number | undefined => {
    const each = (containers: readonly Container[]) =>
      containers.map(({ resources }) => amount(amountsOf(parsed(resources?.limits))));
    const [staying, passing] = [each(lasting), each(ordinary)];
    if ([...staying, ...passing].some(value => !value)) return undefined;
    const sum = (staying as number[]).reduce((total, value) => total + value, 0);
    return Math.max(sum, ...(passing as number[])) + (amount(overhead) ?? 0);
  };
  const cpuMilli = own.cpuMilli ?? whole(({ cpuMilli: value }) => value);
  const memoryBytes = own.memoryBytes ?? whole(({ memoryBytes: value }) => value);
  const hugepages: Record<string, number> = {};
  for (const container of lasting) {
    for (const [size, value] of Object.entries(amountsOf(parsed(container.resources?.limits)).hugepages ?? {})) {
      hugepages[size] = (hugepages[size] ?? 0) + value;
    }
  }
  return {
    ...(cpuMilli !== undefined && { cpuMilli }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(Object.keys(hugepages).length > 0 && { hugepages }),
  };
}

/** The memory limit of a whole pod in bytes; undefined when there is none. */
export const podMemoryLimit = (pod: Pod): number | undefined => podLimits(pod).memoryBytes;
