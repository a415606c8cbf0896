import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StatusError } from '@orrery/machinery/status';
import { fieldProblems, problemOf, refusalOf } from './problems.ts';

const passwordFirst = new StatusError(403, 'Forbidden', 'choose a password of your own first', {
  causes: [{ reason: 'PasswordChangeRequired', message: 'PUT ...' }],
});

describe('where to go before anything else', () => {
  for (const [what, error, expected] of [
    ['a session that is over', new StatusError(401, 'Unauthorized', 'log in first'), 'log-in'],
    ['a first password', passwordFirst, 'password'],
    ['a right that is missing', new StatusError(403, 'Forbidden', 'no'), undefined],
    ['no answer at all', new TypeError('Failed to fetch'), undefined],
  ] as const)
    test(what, () => assert.equal(refusalOf(error), expected));
});

describe('what a page shows', () => {
  for (const [error, kind] of [
    [new StatusError(403, 'Forbidden', 'no'), 'refused'],
    [new StatusError(404, 'NotFound', 'no'), 'missing'],
    [new StatusError(503, 'ServiceUnavailable', 'no'), 'away'],
    [new StatusError(500, 'InternalError', 'no'), 'failed'],
    [new TypeError('Failed to fetch'), 'away'],
  ] as const)
    test(`${error} is ${kind}`, () => assert.equal(problemOf(error).kind, kind));
});

describe('an error stands at the field it names', () => {
  const fields = { name: 'metadata.name', password: 'password', alias: 'metadata.annotations' };
  test('by its causes', () =>
    assert.deepEqual(
      fieldProblems(
        new StatusError(422, 'Invalid', 'Workspace "A" is invalid: ...', {
          causes: [
            { field: 'metadata.name', message: 'must be lower case' },
            { field: 'metadata.annotations.x', message: 'too long' },
          ],
        }),
        fields,
      ),
      { fields: { name: 'must be lower case', alias: 'too long' } },
    ));
  test('by the beginning of its message', () =>
    assert.deepEqual(fieldProblems(new StatusError(422, 'Invalid', 'password: it must differ'), fields), {
      fields: { password: 'it must differ' },
    }));
  test('a name that is taken', () =>
    assert.deepEqual(fieldProblems(new StatusError(409, 'AlreadyExists', 'workspaces "a" already exists'), fields), {
      fields: { name: 'workspaces "a" already exists' },
    }));
  test('or is about the whole', () =>
    assert.deepEqual(fieldProblems(new StatusError(500, 'InternalError', 'see the log'), fields), {
      fields: {},
      rest: 'see the log',
    }));
});
