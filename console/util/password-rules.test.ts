import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGoodPassword, passwordRules } from './password-rules.ts';

const cases: [string, string[]][] = [
  ['', []],
  ['a', ['lower']],
  ['Aa1', ['lower', 'upper', 'digit']],
  ['aaaaaaaa', ['length', 'lower']],
  ['Passw0rd', ['length', 'lower', 'upper', 'digit']],
  [`Aa1${'é'.repeat(31)}`, ['lower', 'upper', 'digit']],
];
for (const [password, kept] of cases)
  test(`of ${JSON.stringify(password.slice(0, 12))} these rules are kept: ${kept.join(', ') || 'none'}`, () => {
    assert.deepEqual(
      passwordRules(password).flatMap(([rule, isKept]) => (isKept ? [rule] : [])),
      kept,
    );
    assert.equal(isGoodPassword(password), kept.length === 4);
  });
