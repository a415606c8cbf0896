import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginHref, shownCode, suggestedName, waysOf } from './ways.ts';

const provider = (name: string, kind: string) => ({ name, displayName: name, kind, url: `/oauth/login/${name}` });

test('providers that take a password here are told from those that a browser is sent to', () => {
  const { passwords, redirects } = waysOf([
    provider('z', 'redirect'),
    provider('a', 'redirect'),
    provider('l', 'password'),
    7,
  ]);
  assert.deepEqual([passwords.map(({ name }) => name), redirects.map(({ name }) => name)], [['l'], ['a', 'z']]);
  assert.deepEqual(waysOf(), { passwords: [], redirects: [] });
});

test('after a provider one goes on to where one wanted to go', () => {
  assert.equal(beginHref(provider('a', 'redirect'), '/'), '/oauth/login/a');
  assert.equal(beginHref(provider('a', 'redirect'), '/users?page=2'), '/oauth/login/a?referer=%2Fusers%3Fpage%3D2');
});

const names: [string, string][] = [
  ['Octo Cat', 'octo-cat'],
  ['mia@example.com', 'mia'],
  ['--.x.--', 'x'],
  ['李雷', ''],
  ['a'.repeat(80), 'a'.repeat(63)],
];
for (const [called, name] of names)
  test(`whoever is called ${called.slice(0, 20)} elsewhere may be ${name.slice(0, 20) || 'anything'} here`, () =>
    assert.equal(suggestedName(called), name));

test('a code is read however it is typed', () => {
  assert.deepEqual(['bcdf ghjk', 'BCDFGHJKL', 'bcd', '', 'B-C-D-F-G'].map(shownCode), [
    'BCDF-GHJK',
    'BCDF-GHJK',
    'BCD',
    '',
    'BCDF-G',
  ]);
});
