/** Requests and limits -> cgroup settings (upstream `kuberuntime_container_linux.go` and `qos/policy.go`). */
import type { Container, Pod } from '@orrery/kinds/types';
import { parseQuantity, toMilli, toNumber } from '@orrery/machinery/quantity';
import type { LinuxResources } from '../runtime/types.ts';
import { qosClassOf } from './qos.ts';

/** Microseconds. */
const cpuPeriod = 100_000;
const minShares = 2;
const maxShares = 262_144;
const minQuota = 1_000;

export const sharesOf = (milliCpu: number): number =>
  milliCpu === 0 ? minShares : Math.min(maxShares, Math.max(minShares, Math.floor((milliCpu * 1024) / 1000)));

export const quotaOf = (milliCpu: number): number =>
  milliCpu === 0 ? 0 : Math.max(minQuota, Math.floor((milliCpu * cpuPeriod) / 1000));

const milli = (amount: string | undefined): number => (amount === undefined ? 0 : toMilli(parseQuantity(amount)));
const bytes = (amount: string | undefined): number => (amount === undefined ? 0 : toNumber(parseQuantity(amount)));

/** A limit without a request is a request too. */
export function containerResources(pod: Pod, container: Container, nodeMemoryBytes: number): LinuxResources {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const cpuLimit = milli(limits.cpu);
  const memoryLimit = bytes(limits.memory);
  const hugepageLimits = Object.entries(limits).flatMap(([name, amount]) => {
    const [, size] = /^hugepages-(.+)$/.exec(name) ?? [];
    return size ? [{ pageSize: `${size.replace(/i$/, '')}B`, limit: bytes(amount) }] : [];
  });
  return {
    cpuShares: sharesOf(requests.cpu === undefined && cpuLimit > 0 ? cpuLimit : milli(requests.cpu)),
    cpuPeriod,
    cpuQuota: quotaOf(cpuLimit),
    memoryLimit,
    oomScoreAdj: oomScoreAdjust(pod, container, nodeMemoryBytes),
    ...(memoryLimit > 0 && { memorySwapLimit: memoryLimit }),
    ...(hugepageLimits.length > 0 && { hugepageLimits }),
  };
}

const systemCriticalPriority = 2_000_000_000;

/** Who is killed first when the machine runs out of memory: from -997 (last) to 1000 (first). */
export function oomScoreAdjust(pod: Pod, container: Container, nodeMemoryBytes: number): number {
  if ((pod.spec.priority ?? 0) >= systemCriticalPriority) return -997;
  const qos = qosClassOf(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const request = bytes(container.resources?.requests?.memory);
  const adjust = 1000 - Math.floor((1000 * request) / Math.max(1, nodeMemoryBytes));
  // A container that asks for all memory must still go before guaranteed ones, and after best-effort ones.
  return Math.min(999, Math.max(3, adjust));
}

/** The memory limit of a whole pod in bytes; undefined when a container has none. */
export function podMemoryLimit(pod: Pod): number | undefined {
  const whole = pod.spec.resources?.limits?.memory;
  if (whole !== undefined) return bytes(whole);
  const limits = pod.spec.containers.map(({ resources }) => resources?.limits?.memory);
  return limits.every(limit => limit !== undefined) ? limits.reduce((sum, limit) => sum + bytes(limit), 0) : undefined;
}
