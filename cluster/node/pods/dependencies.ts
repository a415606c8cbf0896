/** What the workers of pods are given. */
import type { Client } from '@orrery/client';
import type { Pod, Service } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import type { ResolverSettings } from '../files/resolv.ts';
import type { ImageManager } from '../images/manager.ts';
import type { ProbeManager } from '../probes/manager.ts';
import type { Runtime } from '../runtime/types.ts';
import type { SecurityOptions } from '../security/context.ts';
import type { ObjectSources } from '../sources/objects.ts';
import type { TokenSource } from '../sources/tokens.ts';
import type { PodFiles } from './pod-files.ts';
import type { CgroupFacts } from './resources.ts';

/** The cgroup around all containers of a pod. Absent where the runtime is simulated. */
export interface PodCgroups {
  /** Makes it, with the pod's limits; answers its name in cgroupfs form, for the sandbox. */
  ensure(pod: Pod): Promise<string>;
  remove(uid: string): Promise<void>;
}

/** Writes an event about a pod, or about one of its containers. */
export type RecordEvent = (
  pod: Pod,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  container?: string,
) => void;

export interface Rejection {
  reason: string;
  message: string;
}

export interface PodDependencies {
  client: Client;
  clock: Clock;
  random: Random;
  log: Log;
  runtime: Runtime;
  /** First part of container ids in statuses, e.g. `containerd`. */
  runtimeName: string;
  files: PodFiles;
  images: ImageManager;
  sources: ObjectSources;
  tokens: TokenSource;
  probes: ProbeManager;
  cgroups?: PodCgroups;
  record: RecordEvent;
  /** All services, once they have been read. */
  services(): Promise<readonly Service[]>;
  /** The pod's resolver settings; writes the warnings as events. */
  resolver(pod: Pod): Promise<ResolverSettings>;
  /** Resolves when what keeps traffic from the pod at this address is in place; its containers wait for it. */
  networkReady?(pod: Pod, address: string, signal: AbortSignal): Promise<void>;
  hostIps: readonly string[];
  clusterDomain: string;
  machine: CgroupFacts;
  allocatable(): Record<string, string>;
  security: SecurityOptions;
  /** Why a pod may not run here, asked once before anything of it is made. Rejects when that cannot be said now. */
  admit(pod: Pod): Promise<Rejection | undefined>;
}
