/** Figures of containers, sandboxes and file systems. */
import type { ContainerMetadata, PodSandboxMetadata } from './pods.ts';

export interface CpuUsage {
  /** When the figures were taken. */
  timestamp: number;
  /** CPU time since the start, nanoseconds over all cores. */
  usageCoreNanoSeconds: number;
  /** Present rate, if the runtime computes it. */
  usageNanoCores?: number;
}

export interface MemoryUsage {
  timestamp: number;
  /** What eviction looks at: usage minus inactive file cache. */
  workingSetBytes: number;
  usageBytes?: number;
  /** Limit minus working set; absent without a limit. */
  availableBytes?: number;
  rssBytes?: number;
  pageFaults?: number;
  majorPageFaults?: number;
}

export interface FilesystemUsage {
  timestamp: number;
  mountpoint: string;
  usedBytes: number;
  inodesUsed?: number;
}

export interface ContainerStats {
  id: string;
  metadata: ContainerMetadata;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Absent for containers that do not run. */
  cpu?: CpuUsage;
  memory?: MemoryUsage;
  /** The container's own changes to its root file system. */
  writableLayer?: FilesystemUsage;
  swap?: { timestamp: number; usageBytes: number; availableBytes?: number };
}

export interface NetworkInterfaceUsage {
  name: string;
  rxBytes: number;
  rxErrors: number;
  txBytes: number;
  txErrors: number;
}

export interface PodSandboxStats {
  id: string;
  metadata: PodSandboxMetadata;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  cpu?: CpuUsage;
  memory?: MemoryUsage;
  network?: { timestamp: number; interfaces: NetworkInterfaceUsage[] };
  processCount?: number;
  containers: ContainerStats[];
}
