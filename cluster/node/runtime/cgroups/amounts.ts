/** Conversions between Kubernetes' amounts and the kernel's units (upstream `cm/helpers_linux.go`, `qos/policy.go`). */

/** Microseconds of one enforcement period of CPU limits. */
export const cpuPeriod = 100_000;
const minShares = 2;
const maxShares = 262_144;
/** Microseconds: the kernel refuses less. */
const minQuota = 1_000;

/** CPU and memory of a container or pod in plain numbers; absent means not given. */
export interface Amounts {
  cpuMilli?: number;
  memoryBytes?: number;
  /** Bytes by page size as the kernel names it, e.g. `2MB`. */
  hugepages?: Readonly<Record<string, number>>;
}

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';
export type CgroupVersion = 1 | 2;

/** cgroup v1 `cpu.shares` for an amount of CPU. */
export const sharesOf = (milliCpu: number): number =>
  Math.min(maxShares, Math.max(minShares, Math.floor((milliCpu * 1024) / 1000)));

/** Microseconds of CPU per {@link cpuPeriod}; 0 for no limit. */
export const quotaOf = (milliCpu: number): number =>
  milliCpu === 0 ? 0 : Math.max(minQuota, Math.floor((milliCpu * cpuPeriod) / 1000));

/** cgroup v2 `cpu.weight` (1 to 10000) for v1 shares (2 to 262144). */
export const weightOf = (shares: number): number =>
  Math.min(10_000, 1 + Math.floor(((Math.max(minShares, shares) - minShares) * 9999) / (maxShares - minShares)));

const guaranteedScore = -997;

export interface OomFacts {
  qos: QosClass;
  /** True for pods of priority `system-node-critical` and above. */
  nodeCritical: boolean;
  memoryRequestBytes: number;
  memoryCapacityBytes: number;
  /** For a sidecar: the smallest memory request among the pod's main containers, which it must outlive. */
  leastMainRequestBytes?: number;
}

/** Who is killed first when the machine runs out of memory: from -997 (last) to 1000 (first). */
export function oomScoreAdjust(facts: OomFacts): number {
  if (facts.nodeCritical || facts.qos === 'Guaranteed') return guaranteedScore;
  if (facts.qos === 'BestEffort') return 1000;
  const score = (request: number) => 1000 - Math.floor((1000 * request) / Math.max(1, facts.memoryCapacityBytes));
  const own = score(facts.memoryRequestBytes);
  const adjust = facts.leastMainRequestBytes === undefined ? own : Math.min(own, score(facts.leastMainRequestBytes));
  // Asking for all memory must still rank behind guaranteed pods, and asking for nothing before best-effort ones.
  return Math.min(999, Math.max(1000 + guaranteedScore, adjust));
}
