/** From `kubectl apply` to a pod that runs. */
import { resources } from '@orrery/client/resources';
import type { Client } from '@orrery/client';
import type { Pod, ServiceAccount } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import type { BenchCluster } from './cluster.ts';

const name = 'bench';
const namespace = 'default';
const patienceMs = 60_000;

/** Milliseconds from exec of `kubectl apply` until a watcher is told that the pod runs. The pod is deleted then. */
export async function podToRunning(cluster: BenchCluster, simulated: boolean, clock: Clock): Promise<number> {
  // Orrery's own pause image is on every node: nothing is pulled, and nothing else need be installed.
  const image = simulated ? 'bench' : (await cluster.images()).find(reference => reference.includes('pause'));
  if (image === undefined) throw new Error('the pause image is missing on the node');
  const { client, close } = await cluster.connect();
  const ending = new AbortController();
  const timer = clock.after(patienceMs, () => ending.abort());
  try {
    await serviceAccount(client, clock, ending.signal);
    const running = firstRunning(client, ending.signal);
    running.catch(() => {});
    const begun = clock.monotonic();
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(podOf(image)));
    await running;
    return clock.monotonic() - begun;
  } finally {
    timer.cancel();
    ending.abort();
    await client.delete(resources.pods, name, { namespace, gracePeriodSeconds: 0 }).catch(() => {});
    close();
  }
}

const podOf = (image: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent' }],
  },
});

/** A pod cannot be made before the controllers have given its namespace an account. */
async function serviceAccount(client: Client, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { items } = await client.list<ServiceAccount>(resources.serviceaccounts, { namespace, signal });
    if (items.some(account => account.metadata.name === 'default')) return;
    await clock.sleep(10, signal);
  }
}

async function firstRunning(client: Client, signal: AbortSignal): Promise<void> {
  const { metadata } = await client.list<Pod>(resources.pods, { namespace, signal });
  const events = client.watch<Pod>(resources.pods, { namespace, resourceVersion: metadata.resourceVersion, signal });
  for await (const event of events) {
    if (event.type === 'ERROR') throw new Error(`the watch ended: ${JSON.stringify(event.object)}`);
    if (event.type !== 'BOOKMARK' && event.object.status?.phase === 'Running') return;
  }
  throw new Error(`the pod did not run within ${patienceMs / 1000} s`);
}
