/** `/stats/summary` and `/metrics/resource` (upstream `pkg/kubelet/server/stats` and `metrics/collectors`). Pure. */
import { formatTime } from '@orrery/machinery/clock';
import type { MachineUsage } from '../machine/machine.ts';
import { podIdentity, podUidOf } from '../pods/identity.ts';
import type { ContainerStats, CpuUsage, FilesystemUsage, MemoryUsage, PodSandboxStats } from '../runtime/types.ts';

export interface StatsInput {
  nodeName: string;
  machine: MachineUsage;
  storageBytes: number;
  containers: readonly ContainerStats[];
  /** Undefined where the runtime has none. */
  sandboxes: readonly PodSandboxStats[] | undefined;
  images: readonly FilesystemUsage[];
  /** Pod uid -> start, RFC 3339. */
  started: ReadonlyMap<string, string>;
  /** Container id -> start, milliseconds since the epoch. */
  containerStarted: ReadonlyMap<string, number>;
}

const cpuOf = ({ timestamp, usageCoreNanoSeconds, usageNanoCores }: CpuUsage) => ({
  time: formatTime(timestamp),
  ...(usageNanoCores !== undefined && { usageNanoCores }),
  usageCoreNanoSeconds,
});

const memoryOf = ({
  timestamp,
  workingSetBytes,
  usageBytes,
  availableBytes,
  rssBytes,
  pageFaults,
  majorPageFaults,
}: MemoryUsage) => ({
  time: formatTime(timestamp),
  ...(availableBytes !== undefined && { availableBytes }),
  ...(usageBytes !== undefined && { usageBytes }),
  workingSetBytes,
  ...(rssBytes !== undefined && { rssBytes }),
  ...(pageFaults !== undefined && { pageFaults }),
  ...(majorPageFaults !== undefined && { majorPageFaults }),
});

/** Fills in the present rate of CPU use where the runtime does not: what was used since the last look. */
export class CpuRates {
  #last = new Map<string, CpuUsage>();
  #rates = new Map<string, number>();

  withRates(containers: readonly ContainerStats[]): ContainerStats[] {
    const last = this.#last;
    const rates = this.#rates;
    this.#last = new Map();
    this.#rates = new Map();
    return containers.map(stats => {
      const { id, cpu } = stats;
      if (!cpu) return stats;
      const before = last.get(id);
      const nanoseconds = before ? (cpu.timestamp - before.timestamp) * 1e6 : 0;
      const used = before ? cpu.usageCoreNanoSeconds - before.usageCoreNanoSeconds : 0;
      const rate = nanoseconds > 0 ? Math.round((used / nanoseconds) * 1e9) : rates.get(id);
      this.#last.set(id, nanoseconds > 0 || !before ? cpu : before);
      if (rate !== undefined) this.#rates.set(id, rate);
      const usageNanoCores = cpu.usageNanoCores ?? rate;
      return usageNanoCores === undefined ? stats : { ...stats, cpu: { ...cpu, usageNanoCores } };
    });
  }
}

/** Running containers by pod; several instances of one name count as the newest. */
function byPod(containers: readonly ContainerStats[]): Map<string, ContainerStats[]> {
  const pods = new Map<string, ContainerStats[]>();
  for (const stats of containers) {
    const uid = podUidOf(stats);
    if (uid === undefined || !stats.cpu) continue;
    pods.set(uid, [...(pods.get(uid) ?? []), stats]);
  }
  return pods;
}

export function summaryOf(input: StatsInput): object {
  const { nodeName, machine, storageBytes, containers, sandboxes = [], images, started } = input;
  const time = formatTime(machine.timestamp);
  const fs = { time, availableBytes: machine.storageAvailableBytes, capacityBytes: storageBytes };
  const imageBytes = images.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  const networks = new Map(sandboxes.map(stats => [podUidOf(stats), stats.network]));
  const pods = [...byPod(containers)].map(([uid, own]) => {
    const network = networks.get(uid);
    const [first] = network?.interfaces ?? [];
    return {
      podRef: podIdentity(own[0]!),
      startTime: started.get(uid) ?? null,
      containers: own.map(stats => containerSummary(stats, input, fs)),
      cpu: {
        time,
        usageNanoCores: sum(own, ({ cpu }) => cpu?.usageNanoCores),
        usageCoreNanoSeconds: sum(own, ({ cpu }) => cpu?.usageCoreNanoSeconds),
      },
      memory: {
        time,
        usageBytes: sum(own, ({ memory }) => memory?.usageBytes),
        workingSetBytes: sum(own, ({ memory }) => memory?.workingSetBytes),
      },
      ...(network &&
        first && { network: { time: formatTime(network.timestamp), ...first, interfaces: network.interfaces } }),
      'ephemeral-storage': { ...fs, usedBytes: sum(own, ({ writableLayer }) => writableLayer?.usedBytes) },
    };
  });
  return {
    node: {
      nodeName,
      startTime: formatTime(machine.startedAt),
      cpu: { time, usageCoreNanoSeconds: machine.cpuNanoSeconds },
      memory: {
        time,
        availableBytes: machine.memoryAvailableBytes,
        usageBytes: machine.memoryUsageBytes,
        workingSetBytes: machine.memoryWorkingSetBytes,
      },
      fs: { ...fs, usedBytes: machine.storageUsedBytes },
      runtime: { imageFs: { ...fs, usedBytes: imageBytes } },
    },
    pods,
  };
}

function containerSummary(stats: ContainerStats, { containerStarted, machine }: StatsInput, fs: object): object {
  const { id, metadata, cpu, memory, writableLayer } = stats;
  return {
    name: metadata.name,
    startTime: formatTime(containerStarted.get(id) ?? machine.startedAt),
    ...(cpu && { cpu: cpuOf(cpu) }),
    ...(memory && { memory: memoryOf(memory) }),
    ...(writableLayer && { rootfs: { ...fs, usedBytes: writableLayer.usedBytes } }),
  };
}

const sum = <T>(items: readonly T[], amount: (item: T) => number | undefined): number =>
  items.reduce((total, item) => total + (amount(item) ?? 0), 0);

const label = (value: string): string => value.replace(/["\\\n]/g, letter => (letter === '\n' ? '\\n' : `\\${letter}`));

interface Series {
  name: string;
  help: string;
  type: 'counter' | 'gauge';
  samples: { labels: Record<string, string>; value: number; at?: number }[];
}

/** Prometheus' text form. */
export const exposition = (series: readonly Series[]): string =>
  series
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) => {
      const lines = samples.map(({ labels, value, at }) => {
        const inner = Object.entries(labels).map(([key, text]) => `${key}="${label(text)}"`);
        const set = inner.length > 0 ? `{${inner.join(',')}}` : '';
        return `${name}${set} ${value}${at === undefined ? '' : ` ${at}`}\n`;
      });
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
    })
    .join('');

export function resourceMetrics({ machine, containers, containerStarted }: StatsInput): string {
  const at = machine.timestamp;
  const pods = byPod(containers);
  const each = (value: (stats: ContainerStats) => { value: number; at?: number } | undefined) =>
    [...pods.values()].flat().flatMap(stats => {
      const found = value(stats);
      const { namespace, name: pod } = podIdentity(stats);
      return found ? [{ labels: { container: stats.metadata.name, namespace, pod }, ...found }] : [];
    });
  const perPod = (amount: (stats: ContainerStats) => number | undefined) =>
    [...pods.values()].map(own => {
      const { namespace, name: pod } = podIdentity(own[0]!);
      return { labels: { namespace, pod }, value: sum(own, amount), at };
    });
  const seconds = (cpu: CpuUsage | undefined): number | undefined => cpu && cpu.usageCoreNanoSeconds / 1e9;
  return exposition([
    {
      name: 'container_cpu_usage_seconds_total',
      help: 'CPU time of a container in seconds',
      type: 'counter',
      samples: each(({ cpu }) => cpu && { value: seconds(cpu)!, at: cpu.timestamp }),
    },
    {
      name: 'container_memory_working_set_bytes',
      help: 'Working set of a container in bytes',
      type: 'gauge',
      samples: each(({ memory }) => memory && { value: memory.workingSetBytes, at: memory.timestamp }),
    },
    {
      name: 'container_start_time_seconds',
      help: 'Start of a container in seconds since the epoch',
      type: 'gauge',
      samples: each(({ id }) => ({ value: (containerStarted.get(id) ?? 0) / 1000 })),
    },
    {
      name: 'node_cpu_usage_seconds_total',
      help: 'CPU time of the node in seconds',
      type: 'counter',
      samples: [{ labels: {}, value: machine.cpuNanoSeconds / 1e9, at }],
    },
    {
      name: 'node_memory_working_set_bytes',
      help: 'Working set of the node in bytes',
      type: 'gauge',
      samples: [{ labels: {}, value: machine.memoryWorkingSetBytes, at }],
    },
    {
      name: 'pod_cpu_usage_seconds_total',
      help: 'CPU time of a pod in seconds',
      type: 'counter',
      samples: perPod(({ cpu }) => seconds(cpu)),
    },
    {
      name: 'pod_memory_working_set_bytes',
      help: 'Working set of a pod in bytes',
      type: 'gauge',
      samples: perPod(({ memory }) => memory?.workingSetBytes),
    },
    {
      name: 'resource_scrape_error',
      help: '1 if the figures could not be had',
      type: 'gauge',
      samples: [{ labels: {}, value: 0 }],
    },
  ]);
}
