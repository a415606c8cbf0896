import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainBody, goneOf, isSeconds, podsOf, type Drain } from './drain.ts';

const drain = (...states: Drain['pods'][number]['state'][]): Drain => ({
  ...{ node: 'n', user: 'ann', state: 'Running', startTime: '', skipped: 0 },
  pods: states.map((state, index) => ({ namespace: 'shop', name: `p${index}`, state })),
});

test('what holds a drain up stands first', () => {
  const pods = podsOf(drain('Gone', 'Waiting', 'Blocked', 'Failed', 'Evicting'));
  assert.deepEqual(
    pods.map(({ state }) => state),
    ['Failed', 'Blocked', 'Evicting', 'Waiting', 'Gone'],
  );
  assert.equal(goneOf(drain('Gone', 'Waiting', 'Gone')), 2);
});

test('only what was chosen is sent', () => {
  const none = { grace: '', timeout: '', force: false, deleteData: false };
  assert.deepEqual(drainBody(none), {});
  assert.deepEqual(drainBody({ grace: '0', timeout: '60', force: true, deleteData: true }), {
    ...{ force: true, deleteEmptyDirData: true, gracePeriodSeconds: 0, timeoutSeconds: 60 },
  });
});

test('seconds are whole numbers, from a least one on', () => {
  assert.deepEqual(
    ['', '0', '30', '-1', '1.5', 'soon', '9999999'].map(text => isSeconds(text, 0)),
    [true, true, true, false, false, false, false],
  );
  assert.equal(isSeconds('0', 1), false);
});
