/** A node of the cluster: registers itself, runs the pods bound to it, and serves their logs and streams. */
import { failpoint } from '@orrery/machinery/failpoint';
import path from 'node:path';
import { readFile } from 'node:fs/promises';
import type { Handler } from '@orrery/http';
import type { HttpServer, TlsIdentity } from '@orrery/http/node';
import type { Node, Pod, Service, Taint } from '@orrery/kinds/types';
import type { GroupVersionResource } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import type { ComponentContext, EventRecorder } from '@orrery/reconciler';
import { createDiskFiles } from './files/disk-files.ts';
import { noFiles } from './files/no-files.ts';
import { parseResolver, podResolver } from './files/resolv.ts';
import { startCollector } from './gc/collector.ts';
import { createImageManager } from './images/manager.ts';
import { hostMachine } from './machine/host.ts';
import type { Machine, MachineFacts } from './machine/machine.ts';
import { admit, dependsOnNode } from './pods/admission.ts';
import type { PodCgroups, PodDependencies, RecordEvent, Rejection } from './pods/dependencies.ts';
import { createPodManager, type PodManager } from './pods/manager.ts';
import { createPodCgroups } from './pods/pod-cgroups.ts';
import type { PodFiles } from './pods/pod-files.ts';
import { fieldPathOf, hostNetworkOf, isTerminalPhase, namespaceOf, uidOf } from './pods/pod.ts';
import { podFacts, podMemoryLimit, type CgroupFacts } from './pods/resources.ts';
import { createProbeManager, type ProbeManager } from './probes/manager.ts';
import { createProber, type Prober } from './probes/prober.ts';
import type { CgroupHost } from './runtime/cgroups/host.ts';
import type { Runtime } from './runtime/types.ts';
import { createAccess } from './server/access.ts';
import { createKubeletHandler } from './server/handler.ts';
import { createObjectSources, type ObjectSources } from './sources/objects.ts';
import { createTokenSource, type TokenSource } from './sources/tokens.ts';
import { allocatableOf, type NodeIdentity } from './status/node.ts';
import { startReporter, type Reporter } from './status/reporter.ts';
import { systemMounter, noMounter, type Mounter } from './volumes/mounts.ts';
import { podDirectories } from './volumes/pod-directories.ts';
import { createPodVolumes } from './volumes/pod-volumes.ts';

export interface NodeOptions {
  nodeName: string;
  /** `kubernetes.io/hostname`; the node's name unless given. */
  hostname?: string;
  nodeIP: string;
  /** All addresses, first family first; `nodeIP` alone unless given. */
  nodeIPs?: readonly string[];
  /** The node's share of the pod range, where nobody else hands it out. */
  podCIDR?: string;
  clusterDNS: readonly string[];
  clusterDomain: string;
  runtime: Runtime;
  /** Volumes, logs and what else pods have on disk. Absent: nothing is written (simulated nodes). */
  dataDir?: string;
  /** The machine; this one unless given. Needed without `dataDir`. */
  machine?: Machine;
  /** Cgroups around pods; none where the runtime is simulated. */
  cgroups?: { host: CgroupHost; root: string };
  /** 110 unless given. */
  maxPods?: number;
  labels?: Record<string, string>;
  taints?: readonly Taint[];
  providerId?: string;
  /** With it the kubelet's API is served over TLS; otherwise only {@link NodeAgent.handler} is there. */
  serving?: TlsIdentity & { host?: string };
  /** 10250 unless given; 0 takes any free port. */
  kubeletPort?: number;
  /** What the node calls itself; the release that the API server names, unless given. */
  kubeletVersion?: string;
  /** A Node that somebody deletes comes back with the next start only, as upstream's; otherwise at once. */
  staysRemoved?: boolean;
  /** How probes are made; over the network unless given. */
  prober?: Prober;
  /** util-linux's programs as root, none otherwise, unless given. */
  mounter?: Mounter;
  allowedUnsafeSysctls?: readonly string[];
  /** Asked before the containers of a pod start, with its address: they start when it resolves. At once unless given. */
  networkReady?: PodDependencies['networkReady'];
}

export interface NodeAgent {
  /** The kubelet's API; authenticates and authorizes by itself. */
  readonly handler: Handler;
  /** Where it listens; 0 without `serving`. */
  readonly port: number;
  readonly pods: PodManager;
  /** Resolves when the Node object is there. */
  readonly registered: Promise<void>;
  /** Uses another certificate for new connections. */
  setServing(identity: TlsIdentity): void;
  /** Ends the agent. Pods go on running; the next agent adopts them. */
  stop(): Promise<void>;
}

const core = (resource: string): GroupVersionResource => ({ group: '', version: 'v1', resource });

const defaults = { maxPods: 110, kubeletPort: 10_250, kubeletVersion: 'v1.34.9' };

/** Starts a node. Rejects when its port cannot be had or the machine cannot be read. */
export async function startNode(context: ComponentContext, options: NodeOptions): Promise<NodeAgent> {
  const { clock, client } = context;
  const { nodeName, runtime } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([context.signal, stopping.signal]);
  const log = context.log.with({ component: 'kubelet', node: nodeName });
  const machine = machineOf(options, context);
  const facts = await machine.facts();
  const { runtimeName } = await runtime.version();
  const parts = assemble({ context, options, signal, log, facts, runtimeName });
  const { pods, shared } = parts;
  const access = createAccess({ client, clock, nodeName });
  const handler = createKubeletHandler({ nodeName, access, pods, runtime, machine, clock, log });
  const server = await listen(handler, options, context).catch(async error => {
    stopping.abort();
    await pods.stop();
    throw error;
  });
  failpoint('node.started');
  const reporter = startReporter({
    client,
    clock,
    log,
    signal,
    machine,
    runtime,
    recorder: parts.recorder,
    nodes: parts.nodes,
    identity: identityOf(options),
    maxPods: options.maxPods ?? defaults.maxPods,
    kubeletVersion: options.kubeletVersion ?? defaults.kubeletVersion,
    ...(options.staysRemoved && { staysRemoved: true }),
    kubeletPort: () => server?.port ?? options.kubeletPort ?? defaults.kubeletPort,
  });
  shared.reporter = reporter;
  startCollector({
    clock,
    log,
    signal,
    runtime,
    pods,
    recorder: parts.recorder,
    node: () => reporter.node(),
    files: options.dataDir === undefined ? undefined : parts.files,
    synced: parts.synced,
  });
  return {
    handler,
    pods,
    port: server?.port ?? 0,
    registered: reporter.registered,
    setServing: identity => server?.setTls(identity),
    async stop() {
      stopping.abort();
      await Promise.all([pods.stop(), reporter.stop(), server?.close()]);
    },
  };
}

interface Foundation {
  context: ComponentContext;
  options: NodeOptions;
  signal: AbortSignal;
  log: ComponentContext['log'];
  facts: MachineFacts;
  runtimeName: string;
}

/** The manager of pods with all that its workers need. What is only known later is in `shared`. */
function assemble(foundation: Foundation) {
  const { context, options, signal, log, facts } = foundation;
  const { clock, random, client, informers } = context;
  const { nodeName, runtime } = options;
  const recorder = context.recorder('kubelet', nodeName);
  const record = recordOn(recorder);
  const bound = informers.of<Pod>(core('pods'), { fieldSelector: `spec.nodeName=${nodeName}` });
  const nodes = informers.of<Node>(core('nodes'), { fieldSelector: `metadata.name=${nodeName}` });
  const services = informers.of<Service>(core('services'));
  const shared: { reporter?: Reporter; manager?: PodManager } = {};
  const allocatable = allocatableOf(facts, options.maxPods ?? defaults.maxPods);
  const refresh = (uids: readonly string[]) => uids.forEach(uid => shared.manager?.worker(uid)?.refresh());
  const deps = podDependencies({
    ...foundation,
    record,
    tokens: createTokenSource(client, clock, random),
    sources: createObjectSources({ client, clock, log, signal, onChange: refresh }),
    probes: createProbeManager({
      clock,
      random,
      prober: options.prober ?? createProber(runtime, clock),
      record: (pod, container, type, reason, message) => record(pod, type, reason, message, container),
      onVerdict: uid => shared.manager?.worker(uid)?.wake(),
    }),
    allocatable: () => allocatable,
    services: () => services.synced.then(() => services.list()),
    runningPods: () => bound.list().filter(pod => !isTerminalPhase(pod.status?.phase)),
    node: () => shared.reporter?.node() ?? nodeStub(nodeName, allocatable, options),
  });
  const pods = createPodManager({ deps, pods: bound, signal });
  shared.manager = pods;
  return { pods, nodes, recorder, shared, files: deps.files, synced: () => bound.hasSynced() };
}

async function listen(
  handler: Handler,
  options: NodeOptions,
  { clock, log }: ComponentContext,
): Promise<HttpServer | undefined> {
  if (!options.serving) return undefined;
  const { serve } = await import('@orrery/http/node');
  const { host, ...tls } = options.serving;
  return serve({ handler, tls, clock, log, port: options.kubeletPort ?? defaults.kubeletPort, ...(host && { host }) });
}

/** Before the node is registered pods are measured against what it will say of itself. */
const nodeStub = (name: string, allocatable: Record<string, string>, { labels = {} }: NodeOptions): Node => ({
  metadata: { name, labels: { ...labels, 'kubernetes.io/hostname': name } },
  spec: {},
  status: { allocatable },
});

function machineOf({ machine, dataDir }: NodeOptions, { clock }: ComponentContext): Machine {
  if (machine) return machine;
  if (dataDir === undefined) throw new Error('a node without a data directory needs a machine to pretend to be');
  return hostMachine(dataDir, clock);
}

const addressesOf = ({ nodeIP, nodeIPs }: NodeOptions): readonly string[] => nodeIPs ?? [nodeIP];

const identityOf = (options: NodeOptions): NodeIdentity => ({
  name: options.nodeName,
  hostname: options.hostname ?? options.nodeName,
  ips: addressesOf(options),
  labels: options.labels ?? {},
  taints: options.taints ?? [],
  podCidrs: options.podCIDR ? [options.podCIDR] : [],
  ...(options.providerId && { providerId: options.providerId }),
});

/** Events about pods name the container that they are about. */
const recordOn =
  (recorder: EventRecorder): RecordEvent =>
  (pod, type, reason, message, container) => {
    const options = container === undefined ? undefined : { fieldPath: fieldPathOf(pod, container) };
    recorder.record({ apiVersion: 'v1', kind: 'Pod', ...pod }, type, reason, message, options);
  };

interface Parts extends Foundation {
  record: RecordEvent;
  tokens: TokenSource;
  sources: ObjectSources;
  probes: ProbeManager;
  allocatable(): Record<string, string>;
  services(): Promise<readonly Service[]>;
  runningPods(): readonly Pod[];
  node(): Node;
}

function podDependencies(parts: Parts): PodDependencies {
  const { context, options, record, log, facts } = parts;
  const { runtime, dataDir, cgroups, clusterDomain } = options;
  const { clock, random, client } = context;
  const machine: CgroupFacts = {
    version: cgroups?.host.version ?? 2,
    swapController: cgroups?.host.swapController ?? false,
    hugepageSizes: cgroups?.host.hugepageSizes ?? [],
    memoryBytes: facts.memoryBytes,
  };
  return {
    client,
    clock,
    random,
    log,
    runtime,
    record,
    machine,
    clusterDomain,
    runtimeName: parts.runtimeName,
    sources: parts.sources,
    tokens: parts.tokens,
    probes: parts.probes,
    services: parts.services,
    allocatable: parts.allocatable,
    files: podFilesOf(parts),
    images: createImageManager(runtime, clock),
    ...(cgroups && { cgroups: podCgroupsOf(cgroups, parts) }),
    resolver: resolverOf(options, record),
    hostIps: addressesOf(options),
    ...(options.networkReady && { networkReady: options.networkReady }),
    security: { seccompDirectory: path.join(dataDir ?? '/', 'seccomp') },
    admit: pod => admitFresh(pod, parts),
  };
}

/**
 * What is known of the node may be old: the scheduler may have seen a taint go that we still see. So nothing is rejected for what the
 * node is before the node was read anew.
 */
async function admitFresh(
  pod: Pod,
  { context, options, signal, node, runningPods }: Parts,
): Promise<Rejection | undefined> {
  const { nodeName, allowedUnsafeSysctls = [] } = options;
  const judge = (on: Node) => admit({ pod, node: on, others: runningPods(), allowedUnsafeSysctls });
  const rejection = judge(node());
  if (!rejection || !dependsOnNode(rejection)) return rejection;
  return judge((await orUndefined(context.client.get<Node>(core('nodes'), nodeName, { signal }))) ?? node());
}

function podFilesOf({ context, options, tokens, sources, allocatable }: Parts): PodFiles {
  const { dataDir } = options;
  if (dataDir === undefined) return noFiles;
  const { clock, random } = context;
  const mounter = options.mounter ?? (process.getuid?.() === 0 ? systemMounter : noMounter);
  const directories = podDirectories(dataDir);
  const volumes = createPodVolumes({
    directories,
    clock,
    random,
    mounter,
    sources,
    token: tokens.get,
    allocatable,
    memoryLimit: podMemoryLimit,
  });
  return createDiskFiles({ directories, volumes, mounter, random });
}

function podCgroupsOf({ host, root }: NonNullable<NodeOptions['cgroups']>, { runningPods, facts }: Parts): PodCgroups {
  const burstableCpuMilli = () =>
    runningPods().reduce((sum, pod) => {
      const { qos, requests } = podFacts(pod);
      return qos === 'Burstable' ? sum + (requests.cpuMilli ?? 0) : sum;
    }, 0);
  return createPodCgroups({
    host,
    root,
    allocatable: { cpuMilli: facts.milliCpu, memoryBytes: facts.memoryBytes },
    burstableCpuMilli,
  });
}

/** Reads the machine's file anew each time: it changes with the network the machine is in. Simulated nodes have none. */
function resolverOf(
  { clusterDNS, clusterDomain, dataDir }: NodeOptions,
  record: RecordEvent,
): PodDependencies['resolver'] {
  const warned = new Set<string>();
  return async pod => {
    const text = dataDir === undefined ? '' : await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
    const { settings, warnings } = podResolver({
      namespace: namespaceOf(pod),
      policy: pod.spec.dnsPolicy ?? 'ClusterFirst',
      hostNetwork: hostNetworkOf(pod),
      ...(pod.spec.dnsConfig && { config: pod.spec.dnsConfig }),
      clusterDns: clusterDNS,
      clusterDomain,
      node: parseResolver(text),
    });
    if (!warned.has(uidOf(pod))) for (const { reason, message } of warnings) record(pod, 'Warning', reason, message);
    if (warnings.length > 0) warned.add(uidOf(pod));
    return settings;
  };
}
