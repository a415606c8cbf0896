/** Whoever uses the cluster: a client that keeps asking until it was understood, and remembers what it deleted. */
import { createClient, type Client, type DeleteOptions } from '@orrery/client';
import type { KnownResource } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, isReason } from '@orrery/machinery/status';
import { chanceOf, type Chance } from './chance.ts';
import type { SimulatedCluster } from './cluster.ts';
import type { Life } from './time.ts';
import { calm } from './weather.ts';

export interface Operator {
  readonly client: Client;
  readonly life: Life;
  readonly chance: Chance;
  readonly cluster: SimulatedCluster;
  /** Asks until there is an answer; an answer that says no is an answer: undefined. */
  attempt<T>(what: string, ask: () => Promise<T>): Promise<T | undefined>;
  create(resource: KnownResource, object: KubeObject): Promise<void>;
  merge(resource: KnownResource, object: Pick<KubeObject, 'metadata'>, patch: object): Promise<void>;
  remove(resource: KnownResource, object: Pick<KubeObject, 'metadata'>, options?: DeleteOptions): Promise<void>;
  sleep(ms: number): Promise<void>;
}

const user = { name: 'operator', groups: ['system:masters', 'system:authenticated'] };

/** Worth asking again: the server is away, or says so itself. */
const isPassing = (error: unknown): boolean =>
  !(error instanceof StatusError) || error.code >= 500 || error.code === 429;

export function createOperator(cluster: SimulatedCluster, seed: number): Operator {
  const life = cluster.time.life('operator');
  const link = cluster.link(life, { weather: () => calm });
  const chance = chanceOf(seed, 'operator');
  const client = createClient(link.handler, { user, userAgent: 'operator', random: chance.random });
  const sleep = (ms: number) => life.clock.sleep(ms);

  const attempt = async <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> => {
    for (let tries = 0; tries < 60; tries++) {
      try {
        return await ask();
      } catch (error) {
        if (!isPassing(error)) {
          cluster.journal.note(`operator: ${what}: ${(error as Error).message}`);
          return undefined;
        }
        // An eviction that a budget forbids is not worth waiting for.
        if (isReason(error, 'TooManyRequests') && what.startsWith('evict')) return undefined;
        await sleep(500);
      }
    }
    return undefined;
  };
  const named = ({ metadata: { name, namespace } }: Pick<KubeObject, 'metadata'>) => `${namespace ?? ''}/${name}`;
  return {
    ...{ client, life, chance, cluster, attempt, sleep },
    create: async (resource, object) =>
      void (await attempt(`create ${resource.resource} ${named(object)}`, () => client.create(resource, object))),
    merge: async (resource, object, patch) => {
      const { name, namespace } = object.metadata;
      const ask = () => client.patch(resource, name!, 'merge', patch, { namespace });
      await attempt(`patch ${resource.resource} ${named(object)}`, ask);
    },
    remove: async (resource, object, options) => {
      const { name, namespace } = object.metadata;
      const ask = () => client.delete(resource, name!, { namespace, ...options });
      await attempt(`delete ${resource.resource} ${named(object)}`, ask);
    },
  };
}
