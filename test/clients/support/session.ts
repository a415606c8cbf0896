/** What the tests of this room work with: the library as its users have it, on the cluster under test, in a namespace of their own. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as k8s from '@kubernetes/client-node';
import { clusterUnderTest, type ClusterUnderTest } from '../../conformance/support/cluster.ts';

/** What one test works with. */
export interface Session {
  readonly config: k8s.KubeConfig;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly core: k8s.CoreV1Api;
  readonly apps: k8s.AppsV1Api;
  readonly objects: k8s.KubernetesObjectApi;
  /** Runs when the test is over, last given first. */
  atEnd(task: () => unknown): void;
}

/** How long to wait for what must come: longer than it ever takes. */
const patienceMs = 90_000;
let cluster: ClusterUnderTest;

/** A file of tests over one cluster: `CONFORMANCE_KUBECONFIG`, or one of simulated nodes that is started for it. */
export const area = (name: string, define: () => void): unknown =>
  describe(name, () => {
    before(async () => {
      cluster = await clusterUnderTest();
    });
    define();
    after(() => cluster.remove());
  });

/** Once the area's tests run. */
export const kubeconfigUnderTest = (): string => cluster.kubeconfig;

export const configOf = (kubeconfig: string): k8s.KubeConfig => {
  const config = new k8s.KubeConfig();
  config.loadFromFile(kubeconfig);
  return config;
};

/** A test with a namespace that goes with it. */
export function session(name: string, run: (session: Session) => Promise<void>): void {
  test(name, { timeout: 4 * patienceMs }, async () => {
    const config = configOf(cluster.kubeconfig);
    const core = config.makeApiClient(k8s.CoreV1Api);
    const made = await core.createNamespace({ body: { metadata: { generateName: 'clients-' } } });
    const namespace = made.metadata!.name!;
    const tasks: (() => unknown)[] = [() => core.deleteNamespace({ name: namespace })];
    try {
      await eventually('the default account', () => core.readNamespacedServiceAccount({ name: 'default', namespace }));
      await run({
        ...{ config, kubeconfig: cluster.kubeconfig, namespace, core },
        apps: config.makeApiClient(k8s.AppsV1Api),
        objects: k8s.KubernetesObjectApi.makeApiClient(config),
        atEnd: task => tasks.push(task),
      });
    } finally {
      for (const task of tasks.toReversed()) await task();
    }
  });
}

/** Tries until `attempt` gives something; then fails with the last reason. */
export async function eventually<T>(what: string, attempt: () => Promise<T | undefined | false>): Promise<T> {
  let reason: unknown = 'it never held';
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(50)) {
    try {
      const result = await attempt();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      reason = error;
    }
  }
  throw new Error(`${what}: ${reason instanceof Error ? reason.message : String(reason)}`);
}

/** The Status that a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<k8s.V1Status> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof k8s.ApiException, String(error));
    const body: unknown = error.body;
    const status = (typeof body === 'string' ? JSON.parse(body) : body) as k8s.V1Status;
    assert.deepEqual([status.kind, status.apiVersion, status.status], ['Status', 'v1', 'Failure']);
    assert.equal(status.code, error.code, 'the Status says the code of the answer');
    return status;
  }
  return assert.fail('nothing was refused');
}

/** The options of a patch of this sort. */
export const patchAs = (strategy: k8s.PatchStrategy) => k8s.setHeaderOptions('Content-Type', strategy);
