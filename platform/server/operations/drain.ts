/** Drains: pods are evicted as the user, as far as their budgets let them, until all are gone, time is over, or somebody stops it. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, isReason, notFound, orUndefined } from '@orrery/machinery/status';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { planDrain, type DrainWish } from './drain-plan.ts';
import {
  createRecords,
  shownDrain,
  type Drain,
  type DrainRecord,
  type PodState,
  type Records,
} from './drain-record.ts';

export interface DrainOptions extends DrainWish {
  readonly gracePeriodSeconds?: number;
  readonly timeoutSeconds?: number;
}

export interface Drains {
  start(caller: Caller, node: string, options: DrainOptions): Promise<Drain>;
  progress(node: string): Promise<Drain>;
  cancel(node: string): Promise<Drain>;
}

const turnMs = 1_000;
/** A budget that had no room is asked again after this time, as kubectl does. */
const blockedMs = 5_000;
const timeoutSecondsDefault = 3600;
const atOnce = 16;

const what = (node: string) => ({ group: 'operations.orrery.io', resource: 'drains', name: node });

/** As `kubectl cordon`. */
export const cordon = (client: Client, node: string, isCordoned: boolean): Promise<KubeObject> =>
  client.patch(resources.nodes, node, 'merge', { spec: { unschedulable: isCordoned ? true : null } });

export function createDrains(context: PlatformContext): Drains {
  const { clock, random, log } = context;
  const records = createRecords(context.client);
  const isRunning = (record: DrainRecord | undefined): boolean =>
    record !== undefined && shownDrain(record, clock.now()).state === 'Running';
  const read = async (node: string): Promise<DrainRecord> => {
    const record = await records.read(node);
    if (!record) throw notFound(what(node));
    return record;
  };
  return {
    async start(caller, node, options) {
      const client = context.clientOf(caller);
      await client.get(resources.nodes, node);
      const fieldSelector = `spec.nodeName=${node}`;
      const { items } = await client.list(resources.pods, { fieldSelector });
      const { evicted, skipped, problems } = planDrain(items, options);
      if (problems.length > 0)
        throw new StatusError(422, 'Invalid', `the node "${node}" is not drained: ${problems.join('; ')}`, {
          name: node,
          kind: 'Node',
          causes: problems.map(message => ({ message })),
        });
      const record: DrainRecord = {
        node,
        user: caller.name,
        state: 'Running',
        startTime: formatTime(clock.now()),
        pods: evicted.map(({ metadata }) => ({
          namespace: metadata.namespace!,
          name: metadata.name!,
          state: 'Waiting',
        })),
        skipped: skipped.length,
        run: random.uuid(),
        seenAtMs: clock.now(),
      };
      const isTaken = !(await records.write(record, there => !isRunning(there)));
      if (isTaken) throw new StatusError(409, 'Conflict', `the node "${node}" is being drained already`);
      await cordon(client, node, true);
      void runDrain(context, records, client, record, evicted, options).catch((error: unknown) =>
        log.error('a drain broke off', { node, error }),
      );
      return shownDrain(record, clock.now());
    },
    progress: async node => shownDrain(await read(node), clock.now()),
    async cancel(node) {
      const record = await read(node);
      if (!isRunning(record)) throw new StatusError(409, 'Conflict', `the node "${node}" is not being drained`);
      const wanted: DrainRecord = {
        ...record,
        isCancelled: true,
        state: 'Cancelled',
        endTime: formatTime(clock.now()),
      };
      if (!(await records.write(wanted, there => there?.run === record.run && isRunning(there))))
        throw new StatusError(409, 'Conflict', `the drain of the node "${node}" has just ended`);
      return shownDrain(wanted, clock.now());
    },
  };
}

interface Task {
  readonly pod: KubeObject;
  state: PodState;
  /** Not tried again before. */
  notBefore: number;
}

async function runDrain(
  { clock, signal }: PlatformContext,
  records: Records,
  client: Client,
  record: DrainRecord,
  pods: readonly KubeObject[],
  { gracePeriodSeconds, timeoutSeconds = timeoutSecondsDefault }: DrainOptions,
): Promise<void> {
  const until = clock.monotonic() + timeoutSeconds * 1000;
  const tasks: Task[] = pods.map((pod, index) => ({ pod, state: record.pods[index]!, notBefore: 0 }));
  const isOpen = ({ state }: Task) => state.state !== 'Gone' && state.state !== 'Failed';
  // Whoever cancels or starts anew writes first: then this run is over.
  const tell = (more: Partial<DrainRecord>): Promise<boolean> =>
    records.write(
      { ...record, ...more, pods: tasks.map(({ state }) => state), seenAtMs: clock.now() },
      there => there?.run === record.run && there.state === 'Running',
    );
  const end = (state: Drain['state'], message?: string) =>
    tell({ state, endTime: formatTime(clock.now()), ...(message !== undefined && { message }) });
  while (!signal.aborted) {
    const now = clock.monotonic();
    const due = tasks.filter(task => isOpen(task) && task.notBefore <= now).slice(0, atOnce);
    await Promise.all(due.map(task => step(client, task, now, gracePeriodSeconds)));
    if (!tasks.some(isOpen)) {
      const failed = tasks.filter(({ state }) => state.state === 'Failed').length;
      await end(failed > 0 ? 'Failed' : 'Done', failed > 0 ? `${failed} pods could not be evicted` : undefined);
      return;
    }
    if (now > until) {
      await end('Failed', `not all pods were gone within ${timeoutSeconds} s`);
      return;
    }
    if (!(await tell({}))) return;
    await clock.sleep(turnMs, signal);
  }
}

/** One look at a pod: evict it, or see whether it has gone. */
async function step(client: Client, task: Task, now: number, gracePeriodSeconds: number | undefined): Promise<void> {
  const { namespace, name = '', uid } = task.pod.metadata;
  const be = (state: PodState['state'], message?: string) => {
    task.state = { namespace: namespace!, name, state, ...(message !== undefined && { message }) };
  };
  try {
    if (task.state.state === 'Evicting') {
      const there = await orUndefined(client.get(resources.pods, name, { namespace }));
      if (!there || there.metadata.uid !== uid) be('Gone');
      return;
    }
    await client.create(
      resources.pods,
      {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace },
        deleteOptions: {
          preconditions: { uid },
          ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
        },
      } as KubeObject,
      { namespace, name, subresource: 'eviction' },
    );
    be('Evicting');
  } catch (error) {
    if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return be('Gone');
    const code = error instanceof StatusError ? error.code : 503;
    if (code !== 429 && code < 500) return be('Failed', (error as Error).message);
    task.notBefore = now + blockedMs;
    be('Blocked', (error as Error).message);
  }
}
