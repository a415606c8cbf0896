/** A control plane in one process for tests: any API server's handler, all controllers, and nodes whose pods come up at once. */
import { createClient, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Handler, UserInfo } from '@orrery/http';
import type { Pod } from '@orrery/kinds/types';
import { formatTime, systemClock, type Clock } from '@orrery/machinery/clock';
import { silentLog, type Log } from '@orrery/machinery/log';
import { keyOf } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { isReason } from '@orrery/machinery/status';
import { createContext, runController, watchOf, type ComponentContext } from '@orrery/reconciler';
import { targetNode } from './daemonset/pods.ts';
import { runControllers, type ControllersOptions } from './index.ts';

const administrator: UserInfo = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

type Falsy = false | undefined | '' | 0;

const manager: UserInfo = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] };

export interface TestControlPlane {
  readonly client: Client;
  readonly ctx: ComponentContext;
  /** Resolves with the first truthy answer of `ask`; rejects with what was asked for when none comes in time. */
  eventually<T>(what: string, ask: () => Promise<T | Falsy> | T | Falsy): Promise<T>;
  /** A node that reports ready, once. */
  addNode(name: string, labels?: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
}

export interface TestOptions extends Partial<ControllersOptions> {
  readonly log?: Log;
  /** The components' clock; the machine's unless given. */
  readonly clock?: Clock;
  /** Says whether a pod becomes ready; all do unless given. */
  readonly becomesReady?: (pod: Pod) => boolean;
  /** The exit code a pod ends with at once; undefined for one that goes on running. */
  readonly exitCode?: (pod: Pod) => number | undefined;
}

export function startTestControlPlane(handler: Handler, options: TestOptions = {}): TestControlPlane {
  const stopping = new AbortController();
  const clientFor = (user: UserInfo) => createClient(handler, { user });
  const client = clientFor(administrator);
  const { log = silentLog, becomesReady = () => true, exitCode = () => undefined, clock = systemClock } = options;
  const common = { clock, random: seededRandom(1), log, signal: stopping.signal };
  const ctx = createContext({ ...common, client });
  const running = runControllers(createContext({ ...common, client: clientFor(manager) }), {
    rootCertificates: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
    apiServer: { addresses: ['192.0.2.1'], port: 6443 },
    serviceAddresses: ['10.96.0.1'],
    clientFor,
    ...options,
  });
  const pods = runPods(ctx, becomesReady, exitCode);
  return {
    client,
    ctx,
    async eventually<T>(what: string, ask: () => Promise<T | Falsy> | T | Falsy): Promise<T> {
      const deadline = Date.now() + 60_000;
      let last: unknown;
      while (Date.now() < deadline) {
        try {
          const answer = await ask();
          if (answer) return answer;
        } catch (error) {
          last = error;
        }
        await systemClock.sleep(10);
      }
      throw new Error(`did not happen: ${what}`, { cause: last });
    },
    async addNode(name, labels = {}) {
      const time = formatTime(clock.now());
      const ready = {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        lastHeartbeatTime: time,
        lastTransitionTime: time,
      };
      const node = {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels },
        spec: {},
        status: { conditions: [ready], nodeInfo },
      };
      await client.create(resources.nodes, node);
      await client.patch(resources.nodes, name, 'strategic', { status: node.status }, { subresource: 'status' });
    },
    async stop() {
      stopping.abort();
      await Promise.all([running, pods]);
    },
  };
}

const nodeInfo = Object.fromEntries(
  [
    'machineID',
    'systemUUID',
    'bootID',
    'kernelVersion',
    'osImage',
    'containerRuntimeVersion',
    'kubeletVersion',
    'kubeProxyVersion',
    'operatingSystem',
    'architecture',
  ].map(name => [name, 'test']),
);

/** The least a kubelet does: every pod is bound to the node it asks for by name, else to the first, gets an address, runs, and goes when told to. */
function runPods(
  ctx: ComponentContext,
  becomesReady: (pod: Pod) => boolean,
  exitCode: (pod: Pod) => number | undefined,
): Promise<void> {
  const pods = ctx.informers.of<Pod>(resources.pods);
  const nodes = ctx.informers.of(resources.nodes);
  let count = 0;
  const reconcile = async (key: string) => {
    const pod = pods.get(key);
    if (!pod) return;
    const { name, namespace, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp) {
      await ctx.client.delete(resources.pods, name!, { namespace, gracePeriodSeconds: 0 }).catch(ignoreGone);
      return;
    }
    const target = targetNode(pod) ?? nodes.list()[0]?.metadata.name;
    if (!pod.spec.nodeName) {
      if (!target) return { requeueAfterMs: 10 };
      const binding = {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace },
        target: { kind: 'Node', name: target },
      };
      await ctx.client.create(resources.pods, binding, { name, namespace, subresource: 'binding' });
      return;
    }
    if (pod.status?.phase && pod.status.phase !== 'Pending') return;
    const ip = `10.42.${count >> 8}.${count++ & 255}`;
    const status = statusOf(ip, formatTime(ctx.clock.now()), becomesReady(pod), exitCode(pod));
    await ctx.client.patch(resources.pods, name!, 'strategic', { status }, { namespace, subresource: 'status' });
  };
  return runController(
    {
      name: 'test-pods',
      concurrency: 8,
      sources: [watchOf(pods), watchOf(nodes, () => pods.list().map(keyOf))],
      reconcile,
    },
    ctx,
  );
}

function ignoreGone(error: unknown): void {
  if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
}

function statusOf(ip: string, time: string, ready: boolean, code: number | undefined): object {
  const running = code === undefined;
  const condition = { type: 'Ready', status: running && ready ? 'True' : 'False', lastTransitionTime: time };
  const phase = running ? 'Running' : code === 0 ? 'Succeeded' : 'Failed';
  const state = running ? { running: {} } : { terminated: { exitCode: code, finishedAt: time } };
  const container = { name: 'c', image: 'i', imageID: '', ready, restartCount: 0, state };
  return { phase, podIP: ip, podIPs: [{ ip }], conditions: [condition], containerStatuses: [container] };
}
