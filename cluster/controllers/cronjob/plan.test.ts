import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CronJob, Job } from '@orrery/kinds/types';
import { planCronJob } from './plan.ts';
import { mostRecent, parseSchedule } from './schedule.ts';

const at = (text: string) => Date.parse(text.length === 16 ? `${text}:00Z` : text);
const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString().slice(0, 16));

const rows: readonly (readonly [string, string, string | undefined, string?])[] = [
  ['* * * * *', '2025-01-01T12:00', '2025-01-01T12:01'],
  ['*/15 * * * *', '2025-01-01T12:00', '2025-01-01T12:15'],
  ['0 0 * * *', '2025-01-01T12:00', '2025-01-02T00:00'],
  ['@hourly', '2025-01-01T12:30', '2025-01-01T13:00'],
  ['@every 90m', '2025-01-01T12:00', '2025-01-01T13:30'],
  ['30 8-18/2 * * MON-FRI', '2025-01-03T18:00', '2025-01-03T18:30'],
  ['30 8-18/2 * * MON-FRI', '2025-01-03T18:30', '2025-01-06T08:30'],
  ['0 0 29 2 *', '2025-01-01T00:00', '2028-02-29T00:00'],
  ['0 0 30 2 *', '2025-01-01T00:00', undefined],
  // Either day will do when both are given, but a star decides nothing.
  ['0 0 13 * 5', '2025-01-01T00:00', '2025-01-03T00:00'],
  ['0 0 13 * *', '2025-01-01T00:00', '2025-01-13T00:00'],
  ['0 0 */2 * 1', '2025-01-04T00:00', '2025-01-05T00:00'],
  ['0 9 * jan,mar ?', '2025-02-01T00:00', '2025-03-01T09:00'],
  ['0 9 * * *', '2025-01-01T00:00', '2025-01-01T14:00', 'America/New_York'],
  ['0 9 * * *', '2025-07-01T00:00', '2025-07-01T13:00', 'America/New_York'],
  // The clock skips half past two that morning: the next day it is.
  ['30 2 * * *', '2025-03-30T00:00', '2025-03-31T00:30', 'Europe/Berlin'],
];
for (const [text, after, expected, zone] of rows) {
  test(`'${text}' after ${after}${zone ? ` in ${zone}` : ''}`, () => {
    assert.equal(iso(parseSchedule(text, zone).next(at(after))), expected);
  });
}

for (const text of ['', '* * * *', '60 * * * *', '* 5-3 * * *', '*/0 * * * *', 'a * * * *', '* * * * 8', '@often']) {
  test(`'${text}' is no schedule`, () => assert.throws(() => parseSchedule(text)));
}
test('a time zone must exist', () =>
  assert.throws(() => parseSchedule('* * * * *', 'Moon/Crater'), /unknown time zone/));

test('the most recent time, however long ago', () => {
  const now = at('2025-06-01T12:34');
  assert.equal(iso(mostRecent(parseSchedule('* * * * *'), now - 3600_000, now)!.time), '2025-06-01T12:34');
  assert.equal(iso(mostRecent(parseSchedule('0 0 1 1 *'), at('2020-01-02T00:00'), now)!.time), '2025-01-01T00:00');
  assert.equal(mostRecent(parseSchedule('0 0 1 1 *'), at('2025-01-02T00:00'), now), undefined);
  assert.equal(mostRecent(parseSchedule('* * * * *'), now - 86_400_000, now)!.many, true);
  assert.equal(mostRecent(parseSchedule('* * * * *'), now - 600_000, now)!.many, false);
});

const now = at('2025-01-01T12:05:30Z');
const cronJob = (spec: Partial<NonNullable<CronJob['spec']>> = {}, status: CronJob['status'] = {}): CronJob => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'c', namespace: 'n', uid: 'c', creationTimestamp: '2025-01-01T12:00:30Z' },
  spec: {
    schedule: '*/5 * * * *',
    concurrencyPolicy: 'Allow',
    jobTemplate: { metadata: { labels: { a: 'b' } }, spec: { template: {} } },
    ...spec,
  },
  status,
});
const job = (name: string, outcome?: 'Complete' | 'Failed', started = 0): Job => ({
  metadata: { name, uid: name, namespace: 'n' },
  spec: { template: {} },
  status: {
    startTime: new Date(started).toISOString(),
    ...(outcome && { conditions: [{ type: outcome, status: 'True', lastTransitionTime: '2025-01-01T12:04:00Z' }] }),
  },
});
const reasons = (plan: { events: readonly { reason: string }[] }) => plan.events.map(({ reason }) => reason);

test('a Job is made when its minute has come, and only once', () => {
  const plan = planCronJob(cronJob(), [], now);
  assert.equal(plan.create?.metadata.name, `c-${at('2025-01-01T12:05') / 60_000}`);
  assert.deepEqual(plan.create?.metadata.annotations, {
    'batch.kubernetes.io/cronjob-scheduled-timestamp': '2025-01-01T12:05:00Z',
  });
  assert.equal(plan.status.lastScheduleTime, '2025-01-01T12:05:00Z');
  assert.equal(plan.requeueAfterMs, 270_100);
  assert.equal(planCronJob(cronJob({}, plan.status), [], now).create, undefined);
  assert.equal(planCronJob(cronJob(), [plan.create!], now).create, undefined, 'even if the status was lost');
});

test('while the former Job runs', () => {
  const running = job('old');
  const status = { active: [{ uid: 'old', name: 'old' }] };
  assert.ok(planCronJob(cronJob({}, status), [running], now).create);
  const forbidden = planCronJob(cronJob({ concurrencyPolicy: 'Forbid' }, status), [running], now);
  assert.equal(forbidden.create, undefined);
  assert.deepEqual(reasons(forbidden), ['JobAlreadyActive']);
  const replaced = planCronJob(cronJob({ concurrencyPolicy: 'Replace' }, status), [running], now);
  assert.deepEqual(replaced.remove, [running]);
  assert.ok(replaced.create);
});

test('suspended, deleted or unreadable ones start nothing', () => {
  assert.equal(planCronJob(cronJob({ suspend: true }), [], now).create, undefined);
  assert.deepEqual(reasons(planCronJob(cronJob({ schedule: 'x' }), [], now)), ['UnparseableSchedule']);
});

test('a start missed by more than its deadline is missed', () => {
  assert.equal(planCronJob(cronJob({ startingDeadlineSeconds: 20 }), [], now).create, undefined);
  assert.ok(planCronJob(cronJob({ startingDeadlineSeconds: 40 }), [], now).create);
});

test('ended Jobs are told of and kept as history, as many as asked for', () => {
  const jobs = [job('a', 'Complete', 1), job('b', 'Complete', 2), job('c', 'Failed', 3), job('d', 'Failed', 4)];
  const active = jobs.map(({ metadata: { name, uid } }) => ({ name, uid }));
  const plan = planCronJob(cronJob({ suspend: true, successfulJobsHistoryLimit: 1 }, { active }), jobs, now);
  assert.deepEqual(
    plan.remove.map(({ metadata }) => metadata.name),
    ['a', 'c'],
  );
  assert.deepEqual(reasons(plan), Array(4).fill('SawCompletedJob'));
  assert.equal(plan.status.active, undefined);
  assert.equal(plan.status.lastSuccessfulTime, '2025-01-01T12:04:00Z');
});
