/** Registers the node, renews its lease, and keeps its status: the three heartbeats of a kubelet. */
import type { Client } from '@orrery/client';
import type { Lease, Node, NodeStatus } from '@orrery/kinds/types';
import { formatMicroTime, formatTime, type Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { GroupVersionResource } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import type { Change, EventRecorder, Informer } from '@orrery/reconciler';
import type { Machine } from '../machine/machine.ts';
import type { Runtime, RuntimeStatus } from '../runtime/types.ts';
import { differs, newNode, nodeStatusOf, runtimeProblems, type NodeIdentity } from './node.ts';

const nodeResource: GroupVersionResource = { group: '', version: 'v1', resource: 'nodes' };
const leases: GroupVersionResource = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
const leaseNamespace = 'kube-node-lease';

/** Milliseconds. */
const period = { lease: 10_000, status: 10_000, report: 300_000, firstRetry: 100, lastRetry: 1_000, untilReady: 100 };
/** How long a node that has just started looks often whether it has become ready. */
const startingMs = 120_000;
const leaseDurationSeconds = 40;

export interface ReporterOptions {
  client: Client;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  recorder: EventRecorder;
  identity: NodeIdentity;
  /** Holds this node alone. */
  nodes: Informer<Node>;
  machine: Machine;
  runtime: Runtime;
  maxPods: number;
  kubeletVersion: string;
  kubeletPort(): number;
  /** A node that somebody deletes comes back with the next start of the agent only; otherwise at once. */
  staysRemoved?: boolean;
}

export interface Reporter {
  /** The node as last written or read; undefined until it is registered. */
  node(): Node | undefined;
  /** Resolves when the node is registered. */
  readonly registered: Promise<void>;
  /** Ends all heartbeats; resolves when none is under way. */
  stop(): Promise<void>;
}

export function startReporter(options: ReporterOptions): Reporter {
  const reporter = new NodeReporter(options);
  reporter.start();
  return reporter;
}

class NodeReporter implements Reporter {
  readonly #options: ReporterOptions;
  readonly #registered = Promise.withResolvers<void>();
  #node: Node | undefined;
  #lease: Lease | undefined;
  #reportedAt = -Infinity;
  #loops: Promise<void>[] = [];
  /** Of the Node that this agent registered or found. */
  #uid: string | undefined;
  /** Somebody deleted that Node. What has its name from then on is another's. */
  #wasRemoved = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  get registered(): Promise<void> {
    return this.#registered.promise;
  }

  node(): Node | undefined {
    return this.#options.nodes.get(this.#options.identity.name) ?? this.#node;
  }

  start(): void {
    const { staysRemoved, nodes, signal } = this.#options;
    if (staysRemoved) {
      const forget = nodes.onChange(change => this.#noticeRemoval(change));
      signal.addEventListener('abort', forget, { once: true });
    }
    this.#loops = [this.#heartbeat(), this.#leaseLoop()];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops);
  }

  async #heartbeat(): Promise<void> {
    const { signal, clock, log } = this.#options;
    await this.#until(() => this.#register());
    this.#uid = this.#node?.metadata.uid;
    this.#registered.resolve();
    if (signal.aborted) return;
    this.#announceStart();
    await this.#firstReady();
    while (!signal.aborted) {
      try {
        await this.#report();
      } catch (error) {
        if (signal.aborted) return;
        log.warn('cannot write the status of the node', { error: (error as Error).message });
      }
      await clock.sleep(period.status, signal);
    }
  }

  /**
   * The network of a new node is made after it is registered, and the runtime tells nobody when it has found it: for a while the
   * question is asked often (upstream's fast status update).
   */
  async #firstReady(): Promise<void> {
    const { signal, clock, runtime } = this.#options;
    const deadline = clock.monotonic() + startingMs;
    while (!signal.aborted && clock.monotonic() < deadline) {
      const found = await runtime.status().catch(() => undefined);
      if (found && runtimeProblems(found, undefined).length === 0) return;
      await clock.sleep(period.untilReady, signal);
    }
  }

  /** Tries until it works, with growing pauses. */
  async #until(step: () => Promise<void>): Promise<void> {
    const { signal, clock, log } = this.#options;
    for (let wait = period.firstRetry; !signal.aborted; wait = Math.min(wait * 2, period.lastRetry)) {
      try {
        return await step();
      } catch (error) {
        if (signal.aborted) return;
        log.info('not yet registered', { error: (error as Error).message });
        await clock.sleep(wait, signal);
      }
    }
  }

  async #register(): Promise<void> {
    const { client, machine, identity, signal } = this.#options;
    const facts = await machine.facts();
    const present = await orUndefined(client.get<Node>(nodeResource, identity.name, { signal }));
    const status = await this.#status(present?.status);
    const wanted = newNode(identity, facts, status);
    if (!present) {
      try {
        this.#node = await client.create<Node>(nodeResource, wanted, { signal });
        this.#reportedAt = this.#options.clock.now();
        return;
      } catch (error) {
        if (!isReason(error, 'AlreadyExists')) throw error;
        this.#node = await client.get<Node>(nodeResource, identity.name, { signal });
      }
    } else {
      this.#node = present;
    }
    await this.#adopt(wanted);
    this.#noteReboot(present, status);
    await this.#write(status);
  }

  /** A node that is known keeps what others wrote on it; labels of ours are put right. */
  async #adopt(wanted: Node): Promise<void> {
    const { client, identity, signal } = this.#options;
    const { labels = {}, annotations = {} } = this.#node?.metadata ?? {};
    const missing = (have: Record<string, string>, want: Record<string, string> = {}) =>
      Object.fromEntries(Object.entries(want).filter(([key, value]) => have[key] !== value));
    const change = {
      labels: missing(labels, wanted.metadata.labels),
      annotations: missing(annotations, wanted.metadata.annotations),
    };
    if (Object.keys(change.labels).length + Object.keys(change.annotations).length === 0) return;
    const body = { metadata: change };
    this.#node = await client.patch<Node>(nodeResource, identity.name, 'strategic', body, { signal });
  }

  #noteReboot(before: Node | undefined, status: NodeStatus): void {
    const [old, now] = [before?.status?.nodeInfo?.bootID, status.nodeInfo?.bootID];
    if (!before || !old || old === now) return;
    this.#options.recorder.record(
      before,
      'Warning',
      'Rebooted',
      `Node ${this.#options.identity.name} has been rebooted, boot id: ${now}`,
    );
  }

  async #status(before: NodeStatus | undefined): Promise<NodeStatus> {
    const { machine, runtime, identity, maxPods, kubeletVersion, kubeletPort, clock } = this.#options;
    let found: RuntimeStatus | undefined;
    let failure: string | undefined;
    try {
      found = await runtime.status();
    } catch (error) {
      failure = (error as Error).message;
    }
    const version = await runtime
      .version()
      .catch(() => ({ runtimeName: 'unknown', runtimeVersion: 'unknown', runtimeApiVersion: 'v1' }));
    const input = {
      identity,
      facts: await machine.facts(),
      maxPods,
      version,
      kubeletVersion,
      kubeletPort: kubeletPort(),
      images: await runtime.listImages().catch(() => []),
      runtime: found,
      problems: runtimeProblems(found, failure),
      time: formatTime(clock.now()),
    };
    return nodeStatusOf(input, before);
  }

  async #report(): Promise<void> {
    const { identity, clock, nodes: informer } = this.#options;
    if (this.#wasRemoved) return;
    const current = informer.get(identity.name);
    if (!current && informer.hasSynced()) return this.#isRemoved() ? undefined : this.#register();
    this.#node = current ?? this.#node;
    const status = await this.#status(this.#node?.status);
    const due = clock.now() - this.#reportedAt >= period.report;
    if (due || differs(this.#node?.status, status)) await this.#write(status);
  }

  async #write(status: NodeStatus): Promise<void> {
    const { client, identity, clock, signal } = this.#options;
    const before = this.#node?.status;
    // The list of addresses is merged by type: what is gone must be said.
    const addresses = [...(status.addresses ?? []), { $patch: 'replace' }];
    const patch = { status: { ...status, addresses } };
    const options = { subresource: 'status', signal };
    this.#node = await client.patch<Node>(nodeResource, identity.name, 'strategic', patch, options);
    this.#reportedAt = clock.now();
    this.#announceReady(before, status);
  }

  #announceStart(): void {
    const { recorder } = this.#options;
    recorder.record(this.#node!, 'Normal', 'Starting', 'Starting kubelet.');
    for (const { type, status, reason = '' } of this.#node!.status?.conditions ?? []) {
      if (type !== 'Ready' && status === 'False') this.#announce(reason);
    }
    this.#announceReady(undefined, this.#node!.status!);
  }

  #announceReady(before: NodeStatus | undefined, after: NodeStatus): void {
    const of = (status: NodeStatus | undefined) => status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    if (!this.#node || of(before) === of(after)) return;
    this.#announce(of(after) === 'True' ? 'NodeReady' : 'NodeNotReady');
  }

  /** Conditions are written as `KubeletHas...`, events say `NodeHas...`. */
  #announce(condition: string): void {
    const { recorder, identity } = this.#options;
    const reason = condition.replace(/^Kubelet/, 'Node');
    recorder.record(this.#node!, 'Normal', reason, `Node ${identity.name} status is now: ${reason}`);
  }

  async #leaseLoop(): Promise<void> {
    const { signal, clock, log } = this.#options;
    await this.#registered.promise.catch(() => {});
    let wait = period.firstRetry;
    while (!signal.aborted) {
      try {
        if (!this.#isRemoved()) await this.#renew();
        wait = period.firstRetry;
        await clock.sleep(period.lease, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#lease = undefined;
        log.warn('cannot renew the lease of the node', { error: (error as Error).message });
        await clock.sleep(wait, signal);
        wait = Math.min(wait * 2, period.lastRetry);
      }
    }
  }

  #noticeRemoval({ before, after }: Change<Node>): void {
    const isOurs = this.#uid !== undefined && before?.metadata.uid === this.#uid;
    if (!isOurs || after?.metadata.uid === this.#uid) return;
    this.#wasRemoved = true;
    this.#options.log.warn(
      'this node was removed from the cluster: its pods end, and nothing is told of it any more; started again it comes back, "orrery reset" ends it for good',
    );
  }

  #isRemoved(): boolean {
    const { staysRemoved = false, nodes, identity } = this.#options;
    return this.#wasRemoved || (staysRemoved && nodes.hasSynced() && !nodes.get(identity.name));
  }

  async #renew(): Promise<void> {
    const { client, identity, clock, signal } = this.#options;
    const { name } = identity;
    const namespace = leaseNamespace;
    this.#lease ??= await orUndefined(client.get<Lease>(leases, name, { namespace, signal }));
    const spec = { holderIdentity: name, leaseDurationSeconds, renewTime: formatMicroTime(clock.now()) };
    const uid = this.#node?.metadata.uid ?? '';
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
    if (!this.#lease) {
      const fresh: Lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace, ownerReferences },
        spec,
      };
      this.#lease = await client.create<Lease>(leases, fresh, { signal });
      return;
    }
    const metadata = { ...this.#lease.metadata, ownerReferences };
    const renewed = { ...this.#lease, metadata, spec: { ...this.#lease.spec, ...spec } };
    this.#lease = await client.update<Lease>(leases, renewed, { signal });
  }
}
