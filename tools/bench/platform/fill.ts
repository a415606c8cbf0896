/** Brings all that into a cluster by its API, and waits until the platform's controllers have nothing left to do. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Clock } from '@orrery/machinery/clock';
import type { GroupVersionResource } from '@orrery/machinery/meta';
import { processorMsOf } from '../processes.ts';
import * as people from './people.ts';
import type { Counts, Made } from './people.ts';

export interface FillOptions {
  /** A connection each. */
  readonly clients: readonly Client[];
  readonly counts: Counts;
  readonly hash: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: (step: string) => void;
}

/** Requests at a time on one connection. */
const inFlight = 8;
const patienceMs = 30 * 60_000;
const lookMs = 2_000;
/** Of one core: what a server takes that has nothing to do but keep itself. */
const idleShare = 0.1;

async function create(made: Iterator<Made>, { clients, signal }: FillOptions): Promise<void> {
  const maker = async (client: Client) => {
    for (let next = made.next(); !next.done; next = made.next()) {
      signal.throwIfAborted();
      const { resource, object, namespace } = next.value;
      await client.create(resource, object, namespace === undefined ? {} : { namespace });
    }
  };
  await Promise.all(clients.flatMap(client => Array.from({ length: inFlight }, () => maker(client))));
}

/** In the order in which they need each other: a binding names a role that its workspace or project must have. */
export async function fillPlatform(options: FillOptions): Promise<void> {
  const { counts, hash, progress } = options;
  progress(`${counts.users} users, ${counts.workspaces} workspaces, ${counts.projects} projects`);
  await create(people.usersOf(counts, hash), options);
  await create(people.workspacesOf(counts), options);
  await create(people.projectsOf(counts), options);
  progress(`${counts.objects} objects`);
  await create(people.objectsOf(counts), options);
  progress(`${counts.bindings} bindings`);
  await create(people.membersOf(counts), options);
  await create(people.bindingsOf(counts), options);
}

/** What follows from it, at least: a binding on the platform for each user, one in his workspace, three roles in each project. */
const following = (counts: Counts): [GroupVersionResource, number][] => [
  [people.globalBindings, counts.users],
  [people.workspaceBindings, Math.max(counts.users, counts.workspaces)],
  [resources.clusterrolebindings, counts.users + Math.max(counts.users, counts.workspaces)],
  [resources.roles, 3 * counts.projects],
  [resources.rolebindings, counts.bindings + counts.projects],
];

export async function countOf(client: Client, resource: GroupVersionResource): Promise<number> {
  const { items, metadata } = await client.list(resource, { limit: 1 });
  return items.length + Number((metadata as { remainingItemCount?: number }).remainingItemCount ?? 0);
}

/** @throws when it is not done after half an hour. */
export async function settled(server: number, options: FillOptions): Promise<void> {
  const { clients, counts, clock, signal, progress } = options;
  const client = clients[0]!;
  progress('waiting for the controllers');
  const begun = clock.monotonic();
  for (let quiet = 0; quiet < 2;) {
    if (clock.monotonic() - begun > patienceMs) throw new Error('the controllers never came to rest');
    const before = processorMsOf(server);
    const since = clock.monotonic();
    await clock.sleep(lookMs, signal);
    signal.throwIfAborted();
    const share = (processorMsOf(server) - before) / (clock.monotonic() - since);
    const there = await Promise.all(following(counts).map(([resource]) => countOf(client, resource)));
    const isThere = following(counts).every(([, least], at) => there[at]! >= least);
    quiet = isThere && share < idleShare ? quiet + 1 : 0;
  }
}
