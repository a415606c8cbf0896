/** Mixed work for hours: objects that come, change and go around a set of constant size, applications that scale, watchers that come and go. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';

export interface LoadOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Objects that are there at a time. */
  readonly objects: number;
  /** Writers side by side. */
  readonly writers: number;
  /** Milliseconds that a writer rests between two requests. */
  readonly restMs: number;
}

export interface Tally {
  succeeded: number;
  failed: number;
  /** What was said of failures, and how often. */
  readonly failures: Map<string, number>;
  /** Events that watchers were told. */
  told: number;
}

const namespace = 'soak';
const valueBytesMax = 8_192;

/** Makes what the load needs and runs until the signal aborts. */
export async function runLoad(options: LoadOptions, tally: Tally): Promise<void> {
  const { client, writers } = options;
  await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await client.create(resources.deployments, deployment);
  await Promise.all([
    ...Array.from({ length: writers }, (_, at) => write(options, tally, at)),
    scale(options, tally),
    read(options, tally),
    ...Array.from({ length: 4 }, () => watch(options, tally)),
  ]);
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.k8s.io/pause:3.10' }], terminationGracePeriodSeconds: 1 },
    },
  },
};

async function counted(
  { signal }: LoadOptions,
  tally: Tally,
  what: string,
  ask: () => Promise<unknown>,
): Promise<void> {
  try {
    await ask();
    tally.succeeded++;
  } catch (error) {
    if (signal.aborted) return;
    tally.failed++;
    const said = `${what}: ${(error as Error).message}`;
    tally.failures.set(said, (tally.failures.get(said) ?? 0) + 1);
  }
}

/** Every object lives for a while, is changed some times, and gives way to another. */
async function write(options: LoadOptions, tally: Tally, writer: number): Promise<void> {
  const { client, clock, random, signal, objects, writers, restMs } = options;
  const own = Math.max(1, Math.floor(objects / writers));
  const data = () => ({ text: 'x'.repeat(Math.floor(random.float() * valueBytesMax)) });
  for (let turn = 0; !signal.aborted; turn++) {
    const name = `item-${writer}-${turn}`;
    const metadata = { name, namespace };
    await counted(options, tally, 'create', () =>
      client.create(resources.configmaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: data() }),
    );
    const other = `item-${writer}-${Math.max(0, turn - Math.floor(random.float() * own))}`;
    await counted(options, tally, 'patch', () =>
      client.patch(resources.configmaps, other, 'merge', { data: data() }, { namespace }),
    );
    if (turn >= own)
      await counted(options, tally, 'delete', () =>
        client.delete(resources.configmaps, `item-${writer}-${turn - own}`, { namespace }),
      );
    await clock.sleep(restMs, signal);
  }
}

async function scale(options: LoadOptions, tally: Tally): Promise<void> {
  const { client, clock, random, signal } = options;
  while (!signal.aborted) {
    const replicas = Math.floor(random.float() * 10);
    await counted(options, tally, 'scale', () =>
      client.patch(resources.deployments, 'web', 'merge', { spec: { replicas } }, { namespace }),
    );
    await clock.sleep(5_000, signal);
  }
}

/** Lists in pages, as a console does. */
async function read(options: LoadOptions, tally: Tally): Promise<void> {
  const { client, clock, signal } = options;
  while (!signal.aborted) {
    await counted(options, tally, 'list', async () => {
      let next: string | undefined;
      do {
        const page = await client.list(resources.configmaps, { namespace, limit: 50, continue: next });
        next = page.metadata.continue || undefined;
      } while (next && !signal.aborted);
    });
    await clock.sleep(1_000, signal);
  }
}

/** Watches for some seconds, leaves, and comes back. */
async function watch(options: LoadOptions, tally: Tally): Promise<void> {
  const { client, clock, random, signal } = options;
  while (!signal.aborted) {
    const leave = new AbortController();
    const alarm = clock.after(2_000 + random.float() * 20_000, () => leave.abort());
    await counted(options, tally, 'watch', async () => {
      const both = AbortSignal.any([signal, leave.signal]);
      for await (const _ of client.watch(resources.configmaps, { namespace, signal: both })) tally.told++;
    });
    alarm.cancel();
    await clock.sleep(200, signal);
  }
}
