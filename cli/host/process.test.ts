import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityOf, isAlive } from './process.ts';

test('this process is there, and one of its number that began at another time is not', () => {
  const own = identityOf(process.pid);
  assert.equal(isAlive(own), true);
  assert.equal(isAlive({ ...own, startTicks: '1' }), false);
});
