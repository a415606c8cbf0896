/** The Node object that the kubelet keeps (upstream `pkg/kubelet/nodestatus`). Pure. */
import type { ContainerImage, Node, NodeAddress, NodeCondition, NodeStatus, Taint } from '@orrery/kinds/types';
import { formatQuantity, quantityOf, quantityOfMilli } from '@orrery/machinery/quantity';
import type { MachineFacts } from '../machine/machine.ts';
import type { Image, RuntimeStatus, RuntimeVersion } from '../runtime/types.ts';

export interface NodeIdentity {
  name: string;
  hostname: string;
  /** First family first. */
  ips: readonly string[];
  labels: Record<string, string>;
  taints: readonly Taint[];
  podCidrs: readonly string[];
  providerId?: string;
}

/** Held back for the kubelet to notice a shortage in time. */
const memoryReserveBytes = 100 * 1024 ** 2;
const storageReserve = 0.1;

const bytes = (amount: number): string => formatQuantity(quantityOf(Math.floor(amount / 1024) * 1024, 'BinarySI'));

export function capacityOf(facts: MachineFacts, maxPods: number): Record<string, string> {
  return {
    cpu: formatQuantity(quantityOfMilli(facts.milliCpu)),
    'ephemeral-storage': bytes(facts.storageBytes),
    ...Object.fromEntries(
      Object.entries(facts.hugepages).map(([size, amount]) => [`hugepages-${size}`, bytes(amount)]),
    ),
    memory: bytes(facts.memoryBytes),
    pods: String(maxPods),
  };
}

/** What pods may ask for in all. Pages of other sizes are no memory for pods. */
export function allocatableOf(facts: MachineFacts, maxPods: number): Record<string, string> {
  const pages = Object.values(facts.hugepages).reduce((sum, amount) => sum + amount, 0);
  return {
    ...capacityOf(facts, maxPods),
    'ephemeral-storage': String(Math.floor(facts.storageBytes * (1 - storageReserve))),
    memory: bytes(Math.max(0, facts.memoryBytes - memoryReserveBytes - pages)),
  };
}

export function standardLabels(identity: NodeIdentity, facts: MachineFacts): Record<string, string> {
  const { architecture: arch, operatingSystem: os } = facts;
  return {
    'beta.kubernetes.io/arch': arch,
    'beta.kubernetes.io/os': os,
    'kubernetes.io/arch': arch,
    'kubernetes.io/hostname': identity.hostname,
    'kubernetes.io/os': os,
  };
}

/** The object to register with. */
export function newNode(identity: NodeIdentity, facts: MachineFacts, status: NodeStatus): Node {
  const { name, labels, taints, podCidrs, providerId } = identity;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { ...labels, ...standardLabels(identity, facts) },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {
      ...(podCidrs[0] && { podCIDR: podCidrs[0], podCIDRs: [...podCidrs] }),
      ...(providerId && { providerID: providerId }),
      ...(taints.length > 0 && { taints: [...taints] }),
    },
    status,
  };
}

export interface StatusFacts {
  identity: NodeIdentity;
  facts: MachineFacts;
  maxPods: number;
  version: RuntimeVersion;
  kubeletVersion: string;
  kubeletPort: number;
  images: readonly Image[];
  runtime: RuntimeStatus | undefined;
  /** Why the node cannot take pods, each a sentence; empty when it can. */
  problems: readonly string[];
  /** RFC 3339. */
  time: string;
}

/** The status; conditions that did not change keep their transition time. */
export function nodeStatusOf(input: StatusFacts, before: NodeStatus | undefined): NodeStatus {
  const { identity, facts, maxPods, version, kubeletVersion, kubeletPort, images, runtime } = input;
  return {
    capacity: capacityOf(facts, maxPods),
    allocatable: allocatableOf(facts, maxPods),
    conditions: conditionsOf(input, before?.conditions ?? []),
    addresses: addressesOf(identity),
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    nodeInfo: {
      machineID: facts.machineId,
      systemUUID: facts.systemUuid,
      bootID: facts.bootId,
      kernelVersion: facts.kernelVersion,
      osImage: facts.osImage,
      containerRuntimeVersion: `${version.runtimeName}://${version.runtimeVersion}`,
      kubeletVersion,
      kubeProxyVersion: '',
      operatingSystem: facts.operatingSystem,
      architecture: facts.architecture,
    },
    images: imageList(images),
    ...(runtime && {
      runtimeHandlers: runtime.handlers.map(({ name, recursiveReadOnlyMounts, userNamespaces }) => ({
        name,
        features: { recursiveReadOnlyMounts, userNamespaces },
      })),
      features: { supplementalGroupsPolicy: runtime.supplementalGroupsPolicy },
    }),
  };
}

const addressesOf = ({ ips, hostname }: NodeIdentity): NodeAddress[] => [
  ...ips.map(address => ({ type: 'InternalIP', address })),
  { type: 'Hostname', address: hostname },
];

const maxImages = 50;
const maxNames = 5;

/** The largest images, with at most five names each. */
function imageList(images: readonly Image[]): ContainerImage[] {
  const largest = [...images].sort((a, b) => b.size - a.size).slice(0, maxImages);
  return largest.map(({ repoDigests, repoTags, size }) => ({
    names: [...repoDigests, ...repoTags].slice(0, maxNames),
    sizeBytes: size,
  }));
}

type Draft = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>;

function conditionsOf({ problems, time }: StatusFacts, before: readonly NodeCondition[]): NodeCondition[] {
  const ready: Draft =
    problems.length === 0
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: aggregate(problems) };
  const drafts: Draft[] = [
    {
      type: 'MemoryPressure',
      status: 'False',
      reason: 'KubeletHasSufficientMemory',
      message: 'kubelet has sufficient memory available',
    },
    {
      type: 'DiskPressure',
      status: 'False',
      reason: 'KubeletHasNoDiskPressure',
      message: 'kubelet has no disk pressure',
    },
    {
      type: 'PIDPressure',
      status: 'False',
      reason: 'KubeletHasSufficientPID',
      message: 'kubelet has sufficient PID available',
    },
    ready,
  ];
  return drafts.map(draft => {
    const old = before.find(({ type }) => type === draft.type);
    const lastTransitionTime = old?.status === draft.status && old.lastTransitionTime ? old.lastTransitionTime : time;
    return { ...draft, lastHeartbeatTime: time, lastTransitionTime };
  });
}

/** Several errors are written in brackets, as Go's aggregates are. */
const aggregate = (problems: readonly string[]): string =>
  problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`;

/** What the runtime says against taking pods, in upstream's words. */
export function runtimeProblems(status: RuntimeStatus | undefined, error: string | undefined): string[] {
  if (!status) return [`container runtime is down, ${error ?? 'runtime status check may not have completed yet'}`];
  const words = {
    RuntimeReady: 'container runtime not ready',
    NetworkReady: 'container runtime network not ready',
  } as const;
  return Object.entries(words).flatMap(([type, text]) => {
    const condition = status.conditions.find(found => found.type === type);
    if (condition?.status) return [];
    const { reason = '', message = '' } = condition ?? {};
    return [`${text}: ${type}=false reason:${reason} message:${message}`];
  });
}

/** True when two statuses differ in more than the time of the heartbeat, in what the kubelet writes. */
export const differs = (a: NodeStatus | undefined, b: NodeStatus): boolean =>
  Object.entries(b).some(([key, value]) => !same(a?.[key as keyof NodeStatus], value));

/** An empty list is as good as none: the server leaves it out. So is a member without a value. */
const isAbsent = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.length === 0);

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isAbsent(a) || isAbsent(b)) return isAbsent(a) && isAbsent(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((each, at) => same(each, b[at]));
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const covers = (one: Record<string, unknown>, other: Record<string, unknown>) =>
    Object.keys(one).every(key => key === 'lastHeartbeatTime' || same(one[key], other[key]));
  return covers(left, right) && covers(right, left);
}
