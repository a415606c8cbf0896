import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job, Pod } from '@orrery/kinds/types';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { planJob, type JobPlan } from './plan.ts';
import { indexOf, trackingFinalizer } from './pods.ts';
import { expiryOf } from './run.ts';

const start = Date.parse('2025-01-01T12:00:00Z');

const job = (spec: Partial<NonNullable<Job['spec']>> = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'j', namespace: 'n', uid: 'j' },
  spec: {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    template: {
      metadata: { labels: { app: 'j' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
    },
    ...spec,
  },
});

/** A Job with its pods; `end` decides how pods end, the plan's writes take effect at once. */
function play(first: Job) {
  let now = start;
  let count = 0;
  const state = { job: first, pods: [] as Pod[], last: undefined as JobPlan | undefined, events: [] as string[] };
  const step = () => {
    const plan = planJob(state.job, state.pods, true, now);
    const gone = new Set(plan.remove.map(pod => pod.metadata.uid));
    const released = new Set(plan.release.map(pod => pod.metadata.uid));
    state.pods = state.pods
      .filter(pod => !gone.has(pod.metadata.uid))
      .map(pod =>
        released.has(pod.metadata.uid) ? { ...pod, metadata: { ...pod.metadata, finalizers: undefined } } : pod,
      );
    for (const pod of plan.create) {
      const metadata = {
        ...pod.metadata,
        name: `p${count}`,
        uid: `u${count++}`,
        creationTimestamp: new Date(now).toISOString(),
      };
      state.pods.push({ ...pod, metadata, status: { phase: 'Running' } });
    }
    state.job = { ...state.job, status: plan.status };
    state.events.push(...plan.events.map(({ reason }) => reason));
    return (state.last = plan);
  };
  return {
    state,
    step,
    advance: (seconds: number) => void (now += seconds * 1000),
    change: (spec: Partial<NonNullable<Job['spec']>>) =>
      void (state.job = { ...state.job, spec: { ...state.job.spec!, ...spec } }),
    running: () => state.pods.filter(pod => pod.status?.phase === 'Running'),
    end(which: (pod: Pod) => boolean, exitCode = 0) {
      state.pods = state.pods.map(pod => {
        if (pod.status?.phase !== 'Running' || !which(pod)) return pod;
        const terminated = { exitCode, finishedAt: new Date(now).toISOString() };
        const status = { name: 'c', state: { terminated } } as never;
        return {
          ...pod,
          status: { phase: exitCode === 0 ? ('Succeeded' as const) : ('Failed' as const), containerStatuses: [status] },
        };
      });
    },
    settle(rounds = 6) {
      for (let i = 0; i < rounds; i++) step();
      return state.last!;
    },
  };
}

const conditions = (plan: JobPlan) =>
  (plan.status.conditions ?? [])
    .filter(({ status }) => status === 'True')
    .map(({ type, reason }) => `${type} ${reason}`);
const all = () => true;

test('a Job runs its pods to completion, so many at a time', () => {
  const p = play(job({ parallelism: 2, completions: 3 }));
  p.step();
  assert.equal(p.running().length, 2);
  assert.deepEqual(p.running()[0]!.metadata.finalizers, [trackingFinalizer]);
  p.end(all);
  p.settle();
  assert.equal(p.running().length, 1, 'only as many as are still needed');
  p.end(all);
  const plan = p.settle();
  assert.deepEqual(conditions(plan), ['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached']);
  assert.deepEqual(
    [plan.status.succeeded, plan.status.active, plan.status.completionTime],
    [3, 0, '2025-01-01T12:00:00Z'],
  );
  assert.deepEqual(p.state.events, ['Completed']);
});

test('a finished pod is counted once, whenever the controller is interrupted', () => {
  const p = play(job({ parallelism: 2, completions: 4 }));
  p.step();
  p.end(all);
  const plan = planJob(p.state.job, p.state.pods, true, start);
  assert.equal(plan.status.uncountedTerminatedPods?.succeeded?.length, 2);
  // The status was written, the finalizers were not: again and again the same.
  const again = planJob({ ...p.state.job, status: plan.status }, p.state.pods, true, start);
  assert.deepEqual(again.status.uncountedTerminatedPods, plan.status.uncountedTerminatedPods);
  assert.equal(again.status.succeeded ?? 0, 0);
  // Now they are gone altogether.
  const later = planJob({ ...p.state.job, status: plan.status }, [], true, start);
  assert.equal(later.status.succeeded, 2);
  assert.deepEqual(later.status.uncountedTerminatedPods, {});
});

test('nothing is created or deleted while the cache is behind', () => {
  assert.deepEqual(planJob(job(), [], false, start).create, []);
});

test('failures are retried ever later, and given up', () => {
  const p = play(job({ backoffLimit: 2 }));
  p.step();
  for (const delay of [10, 20]) {
    p.end(all, 1);
    const plan = p.settle(3);
    assert.equal(plan.create.length, 0);
    assert.equal(plan.requeueAfterMs, delay * 1000);
    p.advance(delay);
    p.step();
    assert.equal(p.running().length, 1);
  }
  p.end(all, 1);
  const plan = p.settle();
  assert.deepEqual(conditions(plan), ['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded']);
  assert.equal(plan.status.failed, 3);
  assert.equal(plan.status.conditions?.at(-1)?.message, 'Job has reached the specified backoff limit');
});

test('a Job that takes too long fails, and its pods go', () => {
  const p = play(job({ activeDeadlineSeconds: 60 }));
  assert.equal(p.step().requeueAfterMs, 60_000);
  p.advance(61);
  const plan = p.settle();
  assert.deepEqual(conditions(plan), ['FailureTarget DeadlineExceeded', 'Failed DeadlineExceeded']);
  assert.equal(p.state.pods.length, 0);
});

test('suspended Jobs have no pods; resumed ones start anew', () => {
  const p = play(job());
  p.step();
  p.change({ suspend: true });
  const suspended = p.settle();
  assert.equal(p.running().length, 0);
  assert.deepEqual(conditions(suspended), ['Suspended JobSuspended']);
  assert.equal(suspended.status.startTime, undefined);
  p.change({ suspend: false });
  p.settle();
  assert.equal(p.running().length, 1);
  assert.deepEqual(p.state.events, ['Suspended', 'Resumed']);
});

test('an Indexed Job runs every index once', () => {
  const p = play(job({ completionMode: 'Indexed', completions: 4, parallelism: 3 }));
  p.step();
  assert.deepEqual(p.running().map(indexOf), [0, 1, 2]);
  const [first] = p.running();
  assert.equal(first!.spec.hostname, 'j-0');
  assert.equal(first!.metadata.generateName, 'j-0-');
  assert.equal(first!.spec.containers[0]!.env?.[0]?.name, 'JOB_COMPLETION_INDEX');
  p.end(pod => indexOf(pod) !== 1);
  p.settle();
  assert.deepEqual(p.running().map(indexOf), [1, 3]);
  assert.equal(p.state.last!.status.completedIndexes, '0,2');
  p.end(all);
  const plan = p.settle();
  assert.equal(plan.status.completedIndexes, '0-3');
  assert.equal(conditions(plan).at(-1), 'Complete CompletionsReached');
});

test('limits per index: an index that fails too often is given up, the others go on', () => {
  const p = play(
    job({ completionMode: 'Indexed', completions: 2, parallelism: 2, backoffLimit: 1000, backoffLimitPerIndex: 1 }),
  );
  p.step();
  p.end(pod => indexOf(pod) === 1);
  p.end(pod => indexOf(pod) === 0, 1);
  p.settle(3);
  p.advance(600);
  p.step();
  assert.deepEqual(
    p.running().map(pod => pod.metadata.annotations?.['batch.kubernetes.io/job-index-failure-count']),
    ['1'],
  );
  p.end(all, 1);
  const plan = p.settle();
  assert.deepEqual(conditions(plan), ['FailureTarget FailedIndexes', 'Failed FailedIndexes']);
  assert.deepEqual([plan.status.failedIndexes, plan.status.completedIndexes], ['0', '1']);
});

const policyRows: readonly (readonly [string, 'FailJob' | 'Ignore' | 'Count', readonly string[], number])[] = [
  ['ends the Job at once', 'FailJob', ['FailureTarget PodFailurePolicy', 'Failed PodFailurePolicy'], 1],
  ['does not count', 'Ignore', [], 0],
  ['counts like any other', 'Count', ['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded'], 1],
];
for (const [what, action, expected, failed] of policyRows) {
  test(`pod failure policy: ${action} ${what}`, () => {
    const rules = [{ action, onExitCodes: { operator: 'In' as const, values: [42] } }];
    const p = play(job({ backoffLimit: 0, podFailurePolicy: { rules } }));
    p.step();
    p.end(all, 42);
    const plan = p.settle();
    assert.deepEqual(conditions(plan), expected);
    assert.equal(plan.status.failed ?? 0, failed);
  });
}

test('success policy: enough indexes end the Job early', () => {
  const successPolicy = { rules: [{ succeededIndexes: '0,2-3', succeededCount: 2 }] };
  const p = play(job({ completionMode: 'Indexed', completions: 5, parallelism: 5, successPolicy }));
  p.step();
  p.end(pod => indexOf(pod) === 1);
  assert.deepEqual(conditions(p.settle()), []);
  p.end(pod => indexOf(pod) === 0 || indexOf(pod) === 3);
  const plan = p.settle();
  assert.deepEqual(conditions(plan), ['SuccessCriteriaMet SuccessPolicy', 'Complete SuccessPolicy']);
  assert.equal(p.running().length, 0);
});

test('without a number of completions the first success ends the work', () => {
  const p = play(job({ completions: undefined, parallelism: 3 }));
  p.step();
  p.end(pod => pod.metadata.name === 'p0');
  p.settle();
  assert.equal(p.running().length, 2, 'the others finish, none is added');
  p.end(all);
  assert.equal(conditions(p.settle()).at(-1), 'Complete CompletionsReached');
});

test('sets of indexes read and write alike', () => {
  for (const text of ['', '0', '0,2', '0-3', '1,3-5,7', '1,2'])
    assert.equal(formatIndexes(parseIndexes(text, 100)), text);
  assert.equal(formatIndexes(parseIndexes('5-3000000000', 8)), '5-7', 'no more than there are');
});

test('time to live counts from the end', () => {
  const finished = { type: 'Complete', status: 'True', lastTransitionTime: '2025-01-01T12:00:00Z' };
  const done: Job = { ...job({ ttlSecondsAfterFinished: 30 }), status: { conditions: [finished] } };
  assert.equal(expiryOf(done), start + 30_000);
  assert.equal(expiryOf(job({ ttlSecondsAfterFinished: 30 })), undefined);
});
