/** The rows of watch fan-out: as fast as it goes, and at a rate that every server can follow, where delays mean something. */
import { createClient } from '@orrery/client';
import { connect } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import { readBody } from '@orrery/http';
import type { Floor } from '../floor.ts';
import { processorMsOf, sumOver } from '../processes.ts';
import { percentile } from '../statistics.ts';
import { floorName, type LoadRun } from './run.ts';
import { statusPatch } from './objects.ts';
import { serverTime } from './repeat.ts';
import type { Target } from './target.ts';
import { fanOut } from './watch.ts';

/** Changes a second: with 100 watchers a quarter of what a busy upstream server delivers. */
const steadyPerSecond = 50;
/** At a steady rate; enough for a 99th percentile. */
const steadyUpdates = 150;
const podName = 'item-0';

interface Watched {
  readonly name: string;
  readonly pids: readonly number[];
  readonly origin: string;
  readonly token: string;
  readonly namespace: string;
  /** Changes the pod. */
  readonly change: (n: number) => Promise<void>;
  readonly resourceVersion: () => Promise<string>;
}

export interface Pace {
  readonly label: string;
  /** 0: as fast as it goes. */
  readonly perSecond: number;
  readonly updates: number;
}

/** As fast as it goes: the rate counts. Steady: the delay does. */
export const flatOut = ({ updates }: Pick<LoadRun, 'updates'>): Pace => ({
  label: 'events as fast as it goes',
  perSecond: 0,
  updates,
});
const steady = ({ updates }: LoadRun): Pace => ({
  label: `delay at ${steadyPerSecond} changes a second`,
  perSecond: steadyPerSecond,
  updates: Math.min(steadyUpdates, updates),
});

export async function measureWatch(run: LoadRun, paces: readonly Pace[] = [flatOut(run), steady(run)]): Promise<void> {
  const subjects = await watchedOf(run);
  for (const { label, perSecond, updates } of paces) {
    const what = `watch, ${run.watchers} watchers x ${updates} changes, ${label}`;
    const at = run.nextRow();
    for (let round = 1; round <= run.rounds; round++) {
      run.progress(`${at}: ${what}: round ${round} of ${run.rounds}`);
      for (const subject of subjects) {
        run.signal.throwIfAborted();
        await measureOnce(run, subject, what, perSecond, updates);
      }
    }
  }
}

async function measureOnce(
  { watchers, clock, signal, figures }: LoadRun,
  subject: Watched,
  what: string,
  perSecond: number,
  updates: number,
): Promise<void> {
  const { name, pids, origin, token, namespace, change } = subject;
  const resourceVersion = await subject.resourceVersion();
  const collection = `${origin}/api/v1/namespaces/${namespace}/pods`;
  const before = sumOver(pids, processorMsOf);
  const own = process.cpuUsage();
  const pace = { watchers, updates, perSecond, change, clock, signal };
  const { elapsedMs, delaysMs } = await fanOut({ collection, resourceVersion, token, ...pace });
  const processorMs = sumOver(pids, processorMsOf) - before;
  const { user, system } = process.cpuUsage(own);
  const events = watchers * updates;
  if (perSecond === 0) {
    figures.add(what, 'perSecond', name, (events * 1000) / elapsedMs);
    figures.add(what, 'percent', name, (user + system) / 10 / elapsedMs, 'processor share of the client');
  } else {
    figures.add(what, 'ms', name, percentile(delaysMs, 50));
    figures.add(what, 'ms', name, percentile(delaysMs, 99), 'p99');
  }
  // Opening the watches is part of it: the same for all, and little beside the events.
  if (pids.length > 0) figures.add(what, 'us', name, (processorMs * 1000) / events, `${serverTime} of an event`);
}

async function watchedOf(run: LoadRun): Promise<Watched[]> {
  let turn = 0;
  const changeOf =
    ({ client, kept }: Target) =>
    async (): Promise<void> => {
      const patch = statusPatch(`change ${turn++}`);
      await client.patch(resources.pods, podName, 'merge', patch, { namespace: kept, subresource: 'status' });
    };
  const versionOf =
    ({ client, kept }: Target) =>
    async (): Promise<string> => {
      const { metadata } = await client.list(resources.pods, { namespace: kept, limit: 1 });
      return metadata?.resourceVersion ?? '';
    };
  const targets = run.targets.map(target => ({
    name: target.name,
    pids: target.pids,
    origin: target.url,
    token: target.token,
    namespace: target.kept,
    change: changeOf(target),
    resourceVersion: versionOf(target),
  }));
  return run.floor ? [...targets, await watchedFloor(run, run.floor)] : targets;
}

/** The empty server tells its watchers the same bytes whenever something is changed. */
async function watchedFloor({ targets, clock }: LoadRun, floor: Floor): Promise<Watched> {
  const { client, kept, token } = targets[0]!;
  const object = await client.get(resources.pods, podName, { namespace: kept });
  const event = Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
  await floor.answer(200, event);
  const origin = `https://127.0.0.1:${floor.port}`;
  const transport = connect({ server: origin, insecureSkipTlsVerify: true, clock });
  const empty = createClient(transport);
  return {
    name: floorName,
    pids: [floor.pid],
    origin,
    token,
    namespace: kept,
    change: async () => void (await readBody((await empty.raw('PATCH', '/')).body)),
    resourceVersion: async () => '0',
  };
}
