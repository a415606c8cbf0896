/** The cgroups around pods, on the machine. */
import type { Pod } from '@orrery/kinds/types';
import type { QosClass } from '../runtime/cgroups/amounts.ts';
import type { CgroupHost } from '../runtime/cgroups/host.ts';
import { classCgroups, podCgroup, podPath, type CgroupLayout, type NodeFacts } from '../runtime/cgroups/pod.ts';
import type { PodCgroups } from './dependencies.ts';
import { podFacts } from './resources.ts';

const classes: readonly QosClass[] = ['Guaranteed', 'Burstable', 'BestEffort'];

export interface PodCgroupsOptions {
  host: CgroupHost;
  /** Keeps several nodes of one machine apart, e.g. `/orrery-a`; empty for one. */
  root: string;
  allocatable: NodeFacts['allocatable'];
  /** Pods that run here now: their requests weigh the burstable class. */
  burstableCpuMilli(): number;
}

export function createPodCgroups({ host, root, allocatable, burstableCpuMilli }: PodCgroupsOptions): PodCgroups {
  const layout: CgroupLayout = { version: host.version, root };
  const applyClasses = async (): Promise<void> => {
    for (const plan of classCgroups({ allocatable, burstableCpuMilli: burstableCpuMilli() }, layout))
      await host.apply(plan);
  };
  return {
    async ensure(pod: Pod) {
      await applyClasses();
      const plan = podCgroup(podFacts(pod), layout);
      await host.apply(plan);
      return plan.path;
    },
    async remove(uid) {
      for (const qos of classes) await host.remove(podPath(layout, qos, uid));
    },
  };
}
