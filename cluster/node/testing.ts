/** A node with a simulated runtime beside the real API server in one process, on a clock that tests move. */
import { afterEach } from 'node:test';
import { createApiServer } from '@orrery/apiserver';
import { createClient, type Client } from '@orrery/client';
import type { Pod } from '@orrery/kinds/types';
import { createLog, silentLog, type Log } from '@orrery/machinery/log';
import { createManualClock, type ManualClock } from '@orrery/machinery/manual-clock';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { createContext } from '@orrery/reconciler';
import { createMemoryStore } from '@orrery/store/memory';
import { startNode, type NodeAgent, type NodeOptions } from './node.ts';
import {
  createSimulatedRuntime,
  passingProber,
  simulatedMachine,
  type SimulatedRuntime,
  type SimulatedRuntimeOptions,
} from './simulated.ts';

export const core = (resource: string): GroupVersionResource => ({ group: '', version: 'v1', resource });

export interface TestNode {
  clock: ManualClock;
  client: Client;
  runtime: SimulatedRuntime;
  agent: NodeAgent;
  /** Ends the agent as kill -9 would, and starts another over the same runtime. */
  restart(): Promise<void>;
  createPod(name: string, spec: Partial<Pod['spec']>, metadata?: Partial<Pod['metadata']>): Promise<Pod>;
  pod(name: string): Promise<Pod | undefined>;
  /** Messages of events by reason, oldest first. */
  events(name: string): Promise<string[]>;
  close(): Promise<void>;
}

export interface TestNodeOptions {
  runtime?: Partial<SimulatedRuntimeOptions>;
  node?: Partial<NodeOptions>;
  log?: Log;
  /** What stands between the agent and the API server. */
  between?: (client: Client) => Client;
}

const admin = { name: 'system:node:n1', groups: ['system:masters', 'system:authenticated'] };

export async function startTestNode({
  runtime: simulated,
  node,
  log = silentLog,
  between = client => client,
}: TestNodeOptions = {}): Promise<TestNode> {
  const clock = createManualClock(Date.UTC(2025, 0, 1));
  const random = seededRandom(5);
  const store = createMemoryStore({ clock });
  const server = await createApiServer({ store, clock, random, log });
  await server.ready;
  const client = createClient(server.handler, { user: admin, random });
  for (const name of ['default', 'kube-node-lease']) {
    await client
      .create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      .catch(() => {});
  }
  const runtime = createSimulatedRuntime({ clock, random, ...simulated });
  // Watch events are gathered for some milliseconds: a little time must pass for everybody to hear of everything.
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 8; i++) await clock.advance(10);
  };
  const start = async (): Promise<{ agent: NodeAgent; stop(): Promise<void> }> => {
    const stopping = new AbortController();
    const context = createContext({ client: between(client), clock, random, log, signal: stopping.signal });
    const agent = await startNode(context, {
      nodeName: 'n1',
      nodeIP: '192.0.2.7',
      clusterDNS: ['10.96.0.10'],
      clusterDomain: 'cluster.local',
      runtime,
      machine: simulatedMachine({ name: 'n1', clock }),
      prober: passingProber,
      ...node,
    });
    await settle();
    return {
      agent,
      async stop() {
        stopping.abort();
        await agent.stop();
      },
    };
  };
  let running = await start();
  return {
    clock: { ...clock, advance: async ms => (await clock.advance(ms), settle()) },
    client,
    runtime,
    get agent() {
      return running.agent;
    },
    async restart() {
      await running.stop();
      running = await start();
      await settle();
    },
    async createPod(name, spec, metadata) {
      const body: Pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default', ...metadata },
        spec: { nodeName: 'n1', containers: [{ name: 'a', image: 'nginx:1' }], ...spec },
      };
      const pod = await client.create<Pod>(core('pods'), body);
      await settle();
      return pod;
    },
    pod: async name => client.get<Pod>(core('pods'), name, { namespace: 'default' }).catch(() => undefined),
    async events(name) {
      const { items } = await client.list<
        KubeObject & { reason: string; message: string; involvedObject: { name: string } }
      >(core('events'), {
        namespace: 'default',
      });
      return items
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ reason, message }) => `${reason}: ${message}`);
    },
    async close() {
      await running.stop();
      await server.close();
      await store.close();
    },
  };
}

/** What starts nodes for the tests of a file: each is closed after the test that started it. With NODE_LOG set, they say what they do. */
export function nodesOfTests(): (options?: TestNodeOptions) => Promise<TestNode> {
  const opened: TestNode[] = [];
  afterEach(async () => {
    for (const node of opened.splice(0)) await node.close();
  });
  return async options => {
    const log = process.env.NODE_LOG ? createLog({ now: () => 0 }, line => console.log(line), 'debug') : undefined;
    const node = await startTestNode({ ...options, ...(log && { log }) });
    opened.push(node);
    return node;
  };
}

export const conditionsOf = (pod: Pod | undefined): Record<string, string> =>
  Object.fromEntries((pod?.status?.conditions ?? []).map(({ type, status }) => [type, status]));
