import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError, tooManyRequests } from '@orrery/machinery/status';
import { backProblem, loginProblem } from './problems.ts';

test('every code that a browser comes back with has a sentence; codes of another version are failures', () => {
  const sentences = ['state', 'provider', 'not_mapped', 'ambiguous', 'disabled', 'name_taken', 'taken'].map(
    backProblem,
  );
  assert.equal(new Set(sentences).size, 7);
  assert.deepEqual(['constructor', 'tomorrow'].map(backProblem), ['backFailed', 'backFailed']);
  assert.deepEqual([undefined, ''].map(backProblem), [undefined, undefined]);
});

const answers: [Error, object][] = [
  [new StatusError(400, 'BadRequest', ''), { key: 'wrong' }],
  [tooManyRequests('', 600), { key: 'tooMany', minutes: 10 }],
  [tooManyRequests('', 2), { key: 'tooMany', minutes: 1 }],
  [new StatusError(503, 'ServiceUnavailable', ''), { key: 'providerAway' }],
  [new StatusError(404, 'NotFound', ''), { key: 'providerGone' }],
  [new StatusError(500, 'InternalError', ''), { key: 'other' }],
  [new TypeError('no answer came'), { key: 'other' }],
];
for (const [error, expected] of answers)
  test(`${error.name} ${(error as StatusError).code ?? ''} ${error.message} is ${JSON.stringify(expected)}`, () =>
    assert.deepEqual(loginProblem(error), expected));
