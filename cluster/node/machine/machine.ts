/** What the kubelet knows of the machine. An interface, so that a simulated node can pretend to be any. */

export interface MachineFacts {
  /** Cores in thousandths. */
  milliCpu: number;
  memoryBytes: number;
  /** Size of the file system that holds containers. */
  storageBytes: number;
  /** Bytes by page size, e.g. `2Mi`. */
  hugepages: Record<string, number>;
  machineId: string;
  systemUuid: string;
  bootId: string;
  kernelVersion: string;
  osImage: string;
  operatingSystem: string;
  /** In Go's words: `amd64`, `arm64`. */
  architecture: string;
}

export interface MachineUsage {
  /** Milliseconds since the epoch. */
  timestamp: number;
  cpuNanoSeconds: number;
  memoryUsageBytes: number;
  memoryWorkingSetBytes: number;
  memoryAvailableBytes: number;
  storageUsedBytes: number;
  storageAvailableBytes: number;
  startedAt: number;
}

export interface Machine {
  facts(): Promise<MachineFacts>;
  usage(): Promise<MachineUsage>;
}
