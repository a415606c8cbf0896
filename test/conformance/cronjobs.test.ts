/**
 * When CronJobs make jobs. The schedule is every minute; so as not to wait for two of them, the status is told of an earlier run, so that one
 * is due at once.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { resources } from '@orrery/client/resources';
import { area, at, conformance, eventually, listAt, type Case, type Thing } from './support/suite.ts';
import { image } from './support/workloads.ts';

const { cronjobs, jobs } = resources;

const cronJob = (concurrencyPolicy: string, suspend = false): Thing => ({
  metadata: { name: 'it' },
  spec: {
    ...{ schedule: '*/1 * * * *', concurrencyPolicy, suspend },
    jobTemplate: {
      spec: { template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image }] } } },
    },
  },
});

/** Creates the CronJob and says that it last ran two minutes ago. */
async function createDue({ client, namespace }: Case, object: Thing): Promise<void> {
  await client.create(cronjobs, object, { namespace });
  const lastScheduleTime = new Date(Date.now() - 120_000).toISOString().replace(/\.\d+/, '');
  await client.patch(cronjobs, 'it', 'merge', { status: { lastScheduleTime } }, { namespace, subresource: 'status' });
}

const runs = async ({ client, namespace }: Case): Promise<Thing[]> => {
  const { items } = await client.list<Thing>(jobs, { namespace });
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
};

const nextMinute = (): Promise<void> => sleep(60_000 - (Date.now() % 60_000) + 3000);

area('cron jobs', () => {
  conformance('[sig-apps] CronJob should schedule multiple jobs concurrently [Conformance]', async c => {
    await createDue(c, cronJob('Allow'));
    await eventually('a job is made', async () => (await runs(c)).length >= 1, 90);
    await eventually('another one beside it', async () => (await runs(c)).length >= 2, 90);
    const { client, namespace } = c;
    await eventually('both are active', async () => {
      const read = await client.get(cronjobs, 'it', { namespace });
      return listAt(read, 'status', 'active').length >= 2;
    });
  });

  conformance('[sig-apps] CronJob should replace jobs when ReplaceConcurrent [Conformance]', async c => {
    await createDue(c, cronJob('Replace'));
    const first = await eventually('a job is made', async () => (await runs(c))[0], 90);
    const second = await eventually(
      'a newer one takes its place',
      async () => (await runs(c)).find(({ metadata }) => metadata.uid !== first.metadata.uid),
      90,
    );
    await eventually('and it runs alone', async () => {
      const uids = (await runs(c)).map(({ metadata }) => metadata.uid);
      return uids.length === 1 && uids[0] !== first.metadata.uid && second.metadata.uid;
    });
  });

  conformance('[sig-apps] CronJob should not schedule new jobs when ForbidConcurrent [Slow] [Conformance]', async c => {
    await createDue(c, cronJob('Forbid'));
    const [first] = await eventually(
      'a job is made',
      async () => {
        const made = await runs(c);
        return made.length > 0 && made;
      },
      90,
    );
    await nextMinute();
    const uids = (await runs(c)).map(({ metadata }) => metadata.uid);
    assert.deepEqual(uids, [first!.metadata.uid], 'while it runs, there is no other');
  });

  conformance('[sig-apps] CronJob should not schedule jobs when suspended [Slow] [Conformance]', async c => {
    await createDue(c, cronJob('Allow', true));
    await nextMinute();
    const read = await c.client.get(cronjobs, 'it', { namespace: c.namespace });
    assert.equal(at(read, 'spec', 'suspend'), true, 'it is suspended');
    assert.deepEqual(await runs(c), [], 'and makes no job');
    assert.deepEqual(listAt(read, 'status', 'active'), [], 'none is active');
  });
});
