/** Cgroups of pods and of the classes above them as tables: which directory, which files, which values (upstream `cm/`). */
import { cpuPeriod, quotaOf, sharesOf, weightOf, type Amounts, type CgroupVersion, type QosClass } from './amounts.ts';

export interface CgroupWrite {
  /** cgroup v1 controller whose hierarchy has the file; the same file is meant on v2, where there is one hierarchy. */
  controller: 'cpu' | 'memory' | 'pids' | 'hugetlb';
  file: string;
  value: string;
}

export interface CgroupPlan {
  /** Below the root of the hierarchies, e.g. `/kubepods/burstable/pod1234`; also the sandbox's `cgroupParent`. */
  path: string;
  writes: CgroupWrite[];
}

export interface CgroupLayout {
  version: CgroupVersion;
  /** The kubelet's `cgroupRoot`: empty, or a path such as `/orrery-a` that keeps several nodes of one machine apart. */
  root: string;
}

export interface PodFacts {
  uid: string;
  qos: QosClass;
  /** Sums over the pod, overhead included. */
  requests: Amounts;
  /** Sums over the pod; each amount only where every container has such a limit (or the pod itself). */
  limits: Amounts;
  /** The kubelet's `podPidsLimit`; absent for no limit. */
  pidsLimit?: number;
  /** False with the kubelet's `cpuCFSQuota: false`. */
  enforceCpuLimits: boolean;
}

/** `/kubepods`, `/kubepods/burstable`, `/kubepods/besteffort`: guaranteed pods live directly in the first. */
export const classPath = ({ root }: CgroupLayout, qos: QosClass): string =>
  `${root}/kubepods${qos === 'Guaranteed' ? '' : `/${qos.toLowerCase()}`}`;

export const podPath = (layout: CgroupLayout, qos: QosClass, uid: string): string =>
  `${classPath(layout, qos)}/pod${uid}`;

/** The cgroup of one pod. Best-effort pods have the least weight and no limits; burstable ones only the limits that are complete. */
export function podCgroup(pod: PodFacts, layout: CgroupLayout): CgroupPlan {
  const { qos, requests, limits } = pod;
  const limited = qos !== 'BestEffort';
  const shares = limited ? sharesOf(requests.cpuMilli ?? 0) : sharesOf(0);
  const quota = limited && pod.enforceCpuLimits ? quotaOf(limits.cpuMilli ?? 0) : 0;
  return {
    path: podPath(layout, qos, pod.uid),
    writes: [
      ...cpuWrites(layout.version, shares, quota),
      ...memoryWrites(layout.version, limited ? (limits.memoryBytes ?? 0) : 0),
      ...pidsWrites(pod.pidsLimit),
      ...hugepageWrites(layout.version, limits.hugepages ?? {}),
    ],
  };
}

export interface NodeFacts {
  /** Allocatable amounts: what all pods together may have. */
  allocatable: Amounts;
  /** Sum of the CPU requests of the burstable pods. */
  burstableCpuMilli: number;
}

/** The cgroups above the pods, outermost first. The classes are weighed against the guaranteed pods beside them. */
export function classCgroups(node: NodeFacts, layout: CgroupLayout): CgroupPlan[] {
  const { version } = layout;
  const { cpuMilli = 0, memoryBytes = 0, hugepages = {} } = node.allocatable;
  return [
    {
      path: classPath(layout, 'Guaranteed'),
      writes: [
        ...cpuWrites(version, sharesOf(cpuMilli), undefined),
        ...memoryWrites(version, memoryBytes),
        ...hugepageWrites(version, hugepages),
      ],
    },
    { path: classPath(layout, 'Burstable'), writes: cpuWrites(version, sharesOf(node.burstableCpuMilli), undefined) },
    { path: classPath(layout, 'BestEffort'), writes: cpuWrites(version, sharesOf(0), undefined) },
  ];
}

/** A quota of 0 lifts the limit (a resize may take it away); undefined leaves it alone. */
function cpuWrites(version: CgroupVersion, shares: number, quota: number | undefined): CgroupWrite[] {
  if (version === 2) {
    const weight: CgroupWrite = { controller: 'cpu', file: 'cpu.weight', value: String(weightOf(shares)) };
    if (quota === undefined) return [weight];
    return [weight, { controller: 'cpu', file: 'cpu.max', value: `${quota > 0 ? quota : 'max'} ${cpuPeriod}` }];
  }
  const weight: CgroupWrite = { controller: 'cpu', file: 'cpu.shares', value: String(shares) };
  if (quota === undefined) return [weight];
  return [
    weight,
    { controller: 'cpu', file: 'cpu.cfs_period_us', value: String(cpuPeriod) },
    { controller: 'cpu', file: 'cpu.cfs_quota_us', value: String(quota > 0 ? quota : -1) },
  ];
}

const memoryWrites = (version: CgroupVersion, bytes: number): CgroupWrite[] => [
  version === 2
    ? { controller: 'memory', file: 'memory.max', value: bytes > 0 ? String(bytes) : 'max' }
    : { controller: 'memory', file: 'memory.limit_in_bytes', value: String(bytes > 0 ? bytes : -1) },
];

const pidsWrites = (limit: number | undefined): CgroupWrite[] =>
  limit === undefined ? [] : [{ controller: 'pids', file: 'pids.max', value: String(limit) }];

const hugepageWrites = (version: CgroupVersion, hugepages: Readonly<Record<string, number>>): CgroupWrite[] =>
  Object.entries(hugepages).map(([size, bytes]) => ({
    controller: 'hugetlb',
    file: version === 2 ? `hugetlb.${size}.max` : `hugetlb.${size}.limit_in_bytes`,
    value: String(bytes),
  }));
