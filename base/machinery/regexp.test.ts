import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGroups, compileRegexp } from './regexp.ts';
import { matchProgram } from './regexp/match.ts';
import { parseRegexp } from './regexp/parse.ts';
import { compileProgram } from './regexp/program.ts';

test('matches as RE2 does', () => {
  const cases: readonly [pattern: string, text: string, matches: boolean][] = [
    ['', 'anything', true],
    ['b', 'abc', true],
    ['^[a-z]+$', 'abc', true],
    ['^[a-z]+$', 'abC', false],
    ['^(a|b)*c$', 'ababc', true],
    ['^a{2,3}$', 'aaa', true],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{2,}$', 'aaaa', true],
    ['^a{,3}$', 'a{,3}', true],
    ['^(?:[01]\\d|2[0-3]):[0-5]\\d$', '23:59', true],
    ['^(?:[01]\\d|2[0-3]):[0-5]\\d$', '24:00', false],
    ['(?i)^ABC', 'abcd', true],
    ['^(?i:a)b$', 'Ab', true],
    ['^(?i:a)b$', 'AB', false],
    ['^.$', '\n', false],
    ['(?s)^.$', '\n', true],
    ['(?m)^b$', 'a\nb\nc', true],
    ['^b$', 'a\nb\nc', false],
    ['\\Ab\\z', 'b', true],
    ['\\bfoo\\b', 'a foo b', true],
    ['\\bfoo\\b', 'afoob', false],
    ['^[^/]+/[^/]+$', 'a/b', true],
    ['^[\\w.-]+$', 'a-b.c_1', true],
    ['^[[:alpha:]]+$', 'abc', true],
    ['^[[:^alpha:]]+$', '123', true],
    ['^\\p{Lu}\\pN$', 'Ä1', true],
    ['^\\P{L}$', 'a', false],
    ['^\\x41\\x{1F600}$', 'A😀', true],
    ['^.$', '😀', true],
    ['^\\Qa.b\\E$', 'a.b', true],
    ['^\\Qa.b\\E$', 'axb', false],
    ['^(?P<name>a)(?<other>b)$', 'ab', true],
    ['^(|a)*b$', 'aab', true],
    ['^[^\\d\\s]+$', 'ab', true],
    ['(?i)^[a-z]+$', 'ABC', true],
    ['(?i)^[^a]$', 'A', false],
    ['^[]a]+$', ']a', true],
    ['^[a\\]-]+$', 'a]-', true],
  ];
  for (const [pattern, text, matches] of cases)
    assert.equal(compileRegexp(pattern).test(text), matches, `${pattern} on ${JSON.stringify(text)}`);
});

test('refuses in the words of Go', () => {
  const cases: readonly [pattern: string, message: string][] = [
    ['(', 'missing closing ): `(`'],
    [')', 'unexpected ): `)`'],
    ['[a', 'missing closing ]: `[a`'],
    ['[b-a]', 'invalid character class range: `b-a`'],
    ['*a', 'missing argument to repetition operator: `*`'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['a{2,1}', 'invalid repeat count: `{2,1}`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['\\8', 'invalid escape sequence: `\\8`'],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['a\\', 'trailing backslash at end of expression: ``'],
  ];
  for (const [pattern, message] of cases)
    assert.throws(() => compileRegexp(pattern), { message: `error parsing regexp: ${message}` }, pattern);
});

test('expressions that make others run for ever end here', () => {
  const long = 'a'.repeat(20_000);
  assert.equal(compileRegexp('^(a+)+$').test(`${long}!`), false);
  assert.equal(compileRegexp('^(a|aa)*$').test(`${long}b`), false);
  assert.equal(compileRegexp('^(.*)*(.*)*x$').test(long), false);
  assert.throws(() => compileRegexp('((a{100}){100}){100}'), /expression too large/);
  assert.throws(() => compileRegexp('('.repeat(5000) + ')'.repeat(5000)), /nests too deeply/);
});

test('finds the match that Go prefers', () => {
  const cases: readonly [pattern: string, text: string, match: string | undefined][] = [
    ['[0-9]+', 'abc 123', '123'],
    ['a+', 'baaac', 'aaa'],
    ['a+?', 'baaac', 'a'],
    ['a|ab', 'ab', 'a'],
    ['ab|a', 'ab', 'ab'],
    ['a{1,2}', 'aaa', 'aa'],
    ['a{1,2}?', 'aaa', 'a'],
    ['(a|b)*c|a', 'abd', 'a'],
    ['x*', 'abc', ''],
    ['\\bb', 'ab b', 'b'],
    ['z', 'abc', undefined],
    ['.$', 'a😀', '😀'],
  ];
  for (const [pattern, text, match] of cases) {
    const found = compileRegexp(pattern).find(text);
    assert.equal(found && text.slice(...found), match, `${pattern} in ${text}`);
  }
  assert.deepEqual(compileRegexp('^a').find('aa', 1), undefined);
});

test('the automaton answers as the machine with threads does', () => {
  const patterns = [
    'a*b',
    '(a|b)*abb$',
    '\\bab\\b',
    '(?m)^b$',
    '^a{2,5}$',
    '[^a]b|c',
    '(?i)Ab',
    'a\\z',
    '\\Bb',
    '(a?){10}a{10}',
    '(a|b)*a(a|b){9}',
  ];
  let seed = 1;
  const letter = (): string => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return 'abc \n😀A'.at((seed >> 8) % 7)!;
  };
  for (const pattern of patterns) {
    const regexp = compileRegexp(pattern);
    const program = compileProgram(parseRegexp(pattern), pattern);
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: round % 40 }, letter).join('');
      assert.equal(regexp.test(text), matchProgram(program, text), `${pattern} on ${JSON.stringify(text)}`);
    }
  }
});

test('groups are those of Go: the preferred match, the last round of a repetition', () => {
  const cases: readonly [pattern: string, text: string, groups: (string | undefined)[] | undefined][] = [
    ['a(x*)b', 'cabaxxb', ['ab', '']],
    ['(a)|(b)', 'b', ['b', undefined, 'b']],
    ['(?P<year>\\d{4})-(\\d\\d)', 'in 2024-05', ['2024-05', '2024', '05']],
    ['(a|ab)(c|bcd)', 'abcd', ['abcd', 'a', 'bcd']],
    ['(?:(a)|b)*', 'ab', ['ab', 'a']],
    ['(.)+', 'xyz', ['xyz', 'z']],
    ['(a+?)(a*)', 'aaa', ['aaa', 'a', 'aa']],
    ['(\\w+)@(\\w+)', 'nobody', undefined],
    ['(😀)b', 'a😀b', ['😀b', '😀']],
  ];
  for (const [pattern, text, groups] of cases) {
    const found = compileGroups(pattern).find(text);
    assert.deepEqual(
      found?.map(place => place && text.slice(...place)),
      groups,
      pattern,
    );
  }
  assert.deepEqual(compileGroups('(?P<year>\\d+)(?:x)(y(?<z>z))').names, ['year', '', 'z']);
});

test('a group costs no more than the length of the text', () => {
  assert.equal(compileGroups('((a+)+)+b').find('a'.repeat(2000)), undefined);
});
