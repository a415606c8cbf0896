import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  describe,
  duplicate,
  forbidden,
  index,
  invalid,
  invalidObject,
  key,
  notFound,
  notSupported,
  quote,
  required,
  tooLong,
  tooMany,
} from './fieldpath.ts';

test('each error reads as upstream writes it', () => {
  const cases = [
    [required('spec.containers'), 'spec.containers: Required value'],
    [required('a', 'must be set'), 'a: Required value: must be set'],
    [invalid('a', 'x"y', 'bad'), 'a: Invalid value: "x\\"y": bad'],
    [invalid('a', 70000, 'bad'), 'a: Invalid value: 70000: bad'],
    [invalid('a', null, 'bad'), 'a: Invalid value: null: bad'],
    [invalid('a', { b: [1] }, 'bad'), 'a: Invalid value: {"b":[1]}: bad'],
    [notSupported('a', 'tcp', ['SCTP', 'TCP']), 'a: Unsupported value: "tcp": supported values: "SCTP", "TCP"'],
    [duplicate(index('a', 1), 'x'), 'a[1]: Duplicate value: "x"'],
    [forbidden(key('a', 'b/c'), 'no'), 'a[b/c]: Forbidden: no'],
    [notFound('a', 'v'), 'a: Not found: "v"'],
    [tooLong('a', 63), 'a: Too long: may not be more than 63 bytes'],
    [tooMany('a', 5, 3), 'a: Too many: 5: must have at most 3 items'],
  ] as const;
  for (const [error, text] of cases) assert.equal(describe(error), text);
});

test('control characters are quoted as Go quotes them', () => {
  assert.equal(quote('a\nb\tc\u0001'), '"a\\nb\\tc\\x01"');
  assert.equal(quote('中'), '"中"');
});

test('the 422 names the kind with its group and gives a cause per error', () => {
  const error = invalidObject({ group: 'apps', kind: 'Deployment', name: 'x' }, [
    required('a'),
    required('b'),
    required('a'),
  ]);
  assert.equal(error.code, 422);
  assert.equal(error.message, 'Deployment.apps "x" is invalid: [a: Required value, b: Required value]');
  assert.deepEqual(error.details, {
    name: 'x',
    group: 'apps',
    kind: 'Deployment',
    causes: ['a', 'b', 'a'].map(field => ({ reason: 'FieldValueRequired', message: 'Required value', field })),
  });
  assert.equal(
    invalidObject({ group: '', kind: 'Pod', name: 'x' }, [required('a')]).message,
    'Pod "x" is invalid: a: Required value',
  );
});
