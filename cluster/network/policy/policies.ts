/** The rim of network policies: policies, pods and namespaces in, one nft transaction at a time out. */
import type { EndpointSlice, Namespace, NetworkPolicy, Node, Pod } from '@orrery/kinds/types';
import { resources } from '@orrery/client/resources';
import { keyOf } from '@orrery/machinery/meta';
import { allSynced, type Change, type ComponentContext } from '@orrery/reconciler';
import type { Nft } from '../proxy/proxy.ts';
import { createWriter, type Writer } from '../writer.ts';
import { compilePolicy } from './compile.ts';
import { nameServers, nodeView, podView } from './pods.ts';
import { PolicyState } from './state.ts';
import { policyStatements, wholePolicies, type PolicyTableOptions } from './statements.ts';

export interface PoliciesOptions extends PolicyTableOptions {
  readonly nodeName: string;
  /** The addresses by which other machines know this node. */
  readonly nodeAddresses: readonly string[];
  readonly nft: Nft;
}

export interface Policies {
  /** Resolves when the rules of everything that was there at the start are in the kernel. */
  readonly ready: Promise<void>;
  /** Statements written since the whole table was. */
  readonly statements: () => number;
  /**
   * Resolves when a pod of this node may start: what isolates it is in the kernel. At once for a pod that nothing isolates. Rejects with
   * the signal's reason when that aborts.
   */
  readonly isolated: (pod: Pod, address: string, signal: AbortSignal) => Promise<void>;
}

const dns = { namespace: 'kube-system', labelSelector: 'kubernetes.io/service-name=kube-dns' };

/**
 * Keeps the table until the context's signal aborts; the table then stays. The pods of the cluster are only read once there is a first
 * policy.
 */
export function startPolicies(context: ComponentContext, options: PoliciesOptions): Policies {
  const { informers, log, signal } = context;
  const state = new PolicyState(options.nodeAddresses);
  const { writer, statements } = writerOf(context, options, state);
  const policies = informers.of<NetworkPolicy>(resources.networkpolicies);
  const followPolicy = ({ before, after }: Change<NetworkPolicy>) => {
    try {
      state.setPolicy(keyOf((after ?? before)!), after && compilePolicy(after));
      writer.plan();
    } catch (error) {
      log.error('a network policy cannot be read; what it said before stays', { error, policy: keyOf(after!) });
    }
  };
  const followNamespace = ({ before, after }: Change<Namespace>) => {
    state.setNamespace((after ?? before)!.metadata.name!, after ? after.metadata.labels : null);
    writer.plan();
  };
  const followNames = ({ before, after }: Change<EndpointSlice>) => {
    for (const { key } of before ? nameServers(before) : []) state.setPod(key, undefined);
    for (const view of after ? nameServers(after) : []) state.setPod(view.key, view);
    writer.plan();
  };
  const followNode = ({ before, after }: Change<Node>) => {
    const [former, view] = [before, after].map(each => each && nodeView(each));
    // Nodes say every few seconds that they are well.
    if (JSON.stringify(former) === JSON.stringify(view)) return;
    state.setNode((after ?? before)!.metadata.name!, view);
    writer.plan();
  };
  const pods = followPods(options.nodeName, state, writer);

  let loading: Promise<void> | undefined;
  const load = async () => {
    const all = informers.of<Pod>(resources.pods);
    const namespaces = informers.of<Namespace>(resources.namespaces);
    const names = informers.of<EndpointSlice>(resources.endpointslices, dns);
    const nodes = informers.of<Node>(resources.nodes);
    await allSynced(all, namespaces, names, nodes);
    const removers = [
      namespaces.onChange(followNamespace),
      names.onChange(followNames),
      nodes.onChange(followNode),
      all.onChange(pods.follow),
      policies.onChange(followPolicy),
    ];
    signal.addEventListener('abort', () => removers.forEach(remove => remove()), { once: true });
  };
  const first = Promise.withResolvers<void>();
  const begin = () => (loading ??= load().then(() => writer.write()));
  // Caches that are told to end never fill: there is nothing to write then.
  const unlessEnded = (error: unknown) => {
    if (!signal.aborted) throw error;
  };
  const start = async () => {
    await policies.synced;
    if (policies.list().length === 0) {
      // The first policy ends the waiting: what it says then begins with all that is known.
      const remove = policies.onChange(() => void begin().catch(unlessEnded).finally(remove));
      signal.addEventListener('abort', remove, { once: true });
      await writer.write();
    } else await begin();
    first.resolve();
  };
  start().catch(unlessEnded);
  return {
    ready: first.promise,
    statements,
    async isolated(pod, address, until) {
      await unlessAborted(policies.synced, until);
      if (policies.list().length === 0) return;
      await unlessAborted(begin(), until);
      const known = informers.of<Pod>(resources.pods).get(keyOf(pod));
      pods.starts(known && known.metadata.uid === pod.metadata.uid ? known : pod, address);
      if (state.isIsolated(address)) await unlessAborted(writer.write(), until);
      else writer.plan();
    },
  };
}

/** Pods by what the API tells, and by what the node knows before that: the address of a pod that starts. */
function followPods(nodeName: string, state: PolicyState, { plan }: Pick<Writer, 'plan'>) {
  const starting = new Map<string, { readonly pod: Pod; readonly address: string }>();
  return {
    starts(pod: Pod, address: string) {
      const key = keyOf(pod);
      starting.set(key, { pod, address });
      state.setPod(key, podView(pod, nodeName, address));
    },
    follow({ before, after }: Change<Pod>) {
      const key = keyOf((after ?? before)!);
      const known = starting.get(key);
      const isStarting = known !== undefined && after?.metadata.uid === known.pod.metadata.uid && !after?.status?.podIP;
      if (!isStarting) starting.delete(key);
      const view = after && podView(after, nodeName, isStarting ? known.address : undefined);
      const former = before && podView(before, nodeName, isStarting ? known.address : undefined);
      // Most of what is told of a pod changes nothing here.
      if (view && former && JSON.stringify(view) === JSON.stringify(former)) return;
      state.setPod(key, view);
      plan();
    },
  };
}

function writerOf(context: ComponentContext, options: PoliciesOptions, state: PolicyState) {
  let isWhole = false;
  let statements = 0;
  const write = async () => {
    const script = isWhole ? policyStatements(state.changes()) : wholePolicies(state.everything(), options);
    if (script.length === 0) return;
    const wasWhole = isWhole;
    // What the kernel holds is unknown until it has said yes: otherwise all is written anew.
    isWhole = false;
    await options.nft(script);
    isWhole = true;
    if (wasWhole) statements += script.length;
  };
  const failed = (error: unknown) =>
    context.log.error('rules of network policies could not be written; writing the whole table again', { error });
  return { writer: createWriter(context, { gatherMs: 10, write, failed }), statements: () => statements };
}

function unlessAborted<T>(waited: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    waited.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
