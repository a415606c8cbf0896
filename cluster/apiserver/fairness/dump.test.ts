import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { dumpLevels, dumpQueues, dumpRequests } from './dump.ts';
import { createFairness } from './filter.ts';
import type { Asker } from './limiter.ts';

const info: Asker['info'] = {
  ...{ isResourceRequest: true, verb: 'list', apiPrefix: 'apis', apiGroup: 'apps', apiVersion: 'v1' },
  ...{
    namespace: 'n',
    resource: 'deployments',
    subresource: '',
    rest: '',
    name: '',
    path: '/apis/apps/v1/namespaces/n/deployments',
  },
};

/** A level with one seat and two queues: one request is served, two wait. */
function busy() {
  const clock = createManualClock(Date.UTC(2025, 0, 1, 0, 0, 0, 100));
  const fairness = createFairness({ clock, limits: { reading: 1, mutating: 0 } });
  const queuing = { queues: 2, handSize: 2, queueLengthLimit: 5 };
  fairness.configure([], [{ name: 'mine', uid: '', exempt: false, shares: 100, lendable: 0, queuing }]);
  const level = fairness.limiter.level('mine')!;
  const asker = (user: string): Asker => ({
    ...{ schema: 'flows', distinguisher: user, user, info },
    arrivedMs: clock.now(),
  });
  const { signal } = new AbortController();
  for (const user of ['alice', 'bob', 'carol']) void fairness.limiter.enter(level, user, 1, signal, asker(user));
  return { fairness, asker };
}

const cellsOf = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .map(line => line.split(',').map(cell => cell.trim()));

test('cells stand under each other, at least eight letters wide, behind each but the last a comma', () => {
  const [head, first] = dumpQueues(busy().fairness).split('\n');
  assert.equal(
    head,
    'PriorityLevelName, Index,  PendingRequests, ExecutingRequests, SeatsInUse, NextDispatchR, InitialSeatsSum, MaxSeatsSum, TotalWorkSum',
  );
  assert.equal(
    first,
    'mine,              0,      1,               0,                 0,          0.00000000ss,  1,               1,           0.00300000ss',
  );
});

test('levels are in the order of their names', () => {
  const rows = cellsOf(dumpLevels(busy().fairness));
  assert.deepEqual(
    rows.map(([name]) => name),
    ['PriorityLevelName', 'catch-all', 'exempt', 'mine'],
  );
  assert.deepEqual(rows[3], ['mine', '2', 'false', 'false', '2', '1', '1', '0', '0', '0']);
});

test('each queue of a level that has some', () => {
  const rows = cellsOf(dumpQueues(busy().fairness)).slice(1);
  assert.deepEqual(
    rows.map(cells => cells.slice(0, 4)),
    [
      ['mine', '0', '1', '0'],
      ['mine', '1', '1', '0'],
    ],
  );
});

test('who waits, and who is served', () => {
  const { fairness, asker } = busy();
  const over = fairness.limiter.pass(fairness.limiter.level('exempt')!, asker('root'));
  const [head, ...rows] = cellsOf(dumpRequests(fairness, false));
  assert.deepEqual(head?.slice(-3), ['FinalSeats', 'AdditionalLatency', 'StartTime']);
  const at = '2025-01-01T00:00:00.1Z';
  const served = (level: string, user: string): string[] => [level, 'flows', '-1', '-1', user, at, '1', '0', '0s', at];
  assert.deepEqual(rows[0], served('exempt', 'root'));
  assert.deepEqual(rows.at(-1), served('mine', 'alice'));
  const waiting = rows.slice(1, -1).map(([, , queue, index, user, , , , , start]) => ({ queue, index, user, start }));
  assert.deepEqual(waiting.map(({ user }) => user).toSorted(), ['bob', 'carol']);
  for (const { index, start } of waiting) assert.deepEqual([index, start], ['0', '0001-01-01T00:00:00Z']);
  over();
  assert.ok(!dumpRequests(fairness, false).includes('root'), 'gone when it is over');
});

test('with details, what is asked for', () => {
  const [head, row] = cellsOf(dumpRequests(busy().fairness, true));
  assert.equal(head?.at(-1), 'SubResource');
  assert.deepEqual(row?.slice(11), ['list', info.path, 'n', '', 'apps/v1', 'deployments', '']);
});
