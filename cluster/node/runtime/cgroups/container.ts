/** Requests and limits of one container as cgroup settings for the runtime (upstream `kuberuntime_container_linux.go`). */
import type { LinuxResources } from '../types.ts';
import {
  cpuPeriod,
  oomScoreAdjust,
  quotaOf,
  sharesOf,
  type Amounts,
  type CgroupVersion,
  type OomFacts,
} from './amounts.ts';

export interface ContainerFacts {
  requests: Amounts;
  limits: Amounts;
  version: CgroupVersion;
  /** False with the kubelet's `cpuCFSQuota: false`. */
  enforceCpuLimits: boolean;
  /** True when the kernel accounts swap: only then may swap be forbidden. */
  swapController: boolean;
  /** Page sizes of the machine, e.g. `2MB`: each gets a limit, zero unless asked for. */
  hugepageSizes: readonly string[];
  oom: Omit<OomFacts, 'memoryRequestBytes'>;
}

/** What the runtime is told for one container. Zero means no limit. Containers get no swap (upstream's `NoSwap`). */
export function containerResources(facts: ContainerFacts): LinuxResources {
  const { requests, limits, version } = facts;
  const memoryLimit = limits.memoryBytes ?? 0;
  const unified: Record<string, string> = {};
  if (version === 2) {
    // The kernel kills all processes of the container at once, not one of them.
    unified['memory.oom.group'] = '1';
    if (facts.swapController) unified['memory.swap.max'] = '0';
  }
  return {
    // A limit without a request is a request too.
    cpuShares: sharesOf(requests.cpuMilli ?? limits.cpuMilli ?? 0),
    cpuPeriod,
    cpuQuota: facts.enforceCpuLimits ? quotaOf(limits.cpuMilli ?? 0) : 0,
    memoryLimit,
    ...(version === 1 && facts.swapController && memoryLimit > 0 && { memorySwapLimit: memoryLimit }),
    oomScoreAdj: oomScoreAdjust({ ...facts.oom, memoryRequestBytes: requests.memoryBytes ?? 0 }),
    ...(facts.hugepageSizes.length > 0 && {
      hugepageLimits: facts.hugepageSizes.map(pageSize => ({ pageSize, limit: limits.hugepages?.[pageSize] ?? 0 })),
    }),
    ...(version === 2 && { unified }),
  };
}
