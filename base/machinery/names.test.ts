import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, humanDuration, parseDuration } from './duration.ts';
import * as names from './names.ts';

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const rows: readonly (readonly [keyof typeof names, string, readonly string[]])[] = [
  ['validateDns1123Label', 'a-1', []],
  ['validateDns1123Label', 'A', [label]],
  ['validateDns1123Label', 'a.b', ['must not contain dots']],
  ['validateDns1123Label', 'a'.repeat(64), ['must be no more than 63 characters']],
  ['validateDns1123Label', '', [label]],
  ['validateDns1123Subdomain', 'a.b-c.d', []],
  ['validateDns1123Subdomain', 'a'.repeat(254), ['must be no more than 253 characters']],
  ['validateDns1035Label', 'a-1', []],
  ['validateLabelValue', '', []],
  ['validateLabelValue', 'My_value.1', []],
  ['validateQualifiedName', 'example.com/Name_1', []],
  ['validateQualifiedName', '/x', ['prefix part must be non-empty']],
  ['validatePortName', 'http-1', []],
  ['validatePortName', '1', ['must contain at least one letter (a-z)']],
  ['validatePortName', 'a--b', ['must not contain consecutive hyphens']],
  ['validateConfigMapKey', '..x', ["must not start with '..'"]],
  ['validateRelaxedEnvironmentName', 'a b', []],
  ['validatePathSegmentName', 'a/b', ["may not contain '/'"]],
  ['validatePathSegmentName', 'system:a', []],
];
for (const [rule, value, problems] of rows) {
  test(`${rule} of '${value.slice(0, 20)}'`, () => {
    assert.deepEqual((names[rule] as (value: string) => string[])(value), problems);
  });
}

test('problems that quote their expression', () => {
  assert.match(
    names.validateDns1035Label('1a')[0]!,
    /^a DNS-1035 label must consist .* '\[a-z\]\(\[-a-z0-9\]\*\[a-z0-9\]\)\?'\)$/,
  );
  assert.match(
    names.validateLabelValue('-x')[0]!,
    /regex used for validation is '\(\(\[A-Za-z0-9\]\[-A-Za-z0-9_\.\]\*\)\?\[A-Za-z0-9\]\)\?'\)$/,
  );
  assert.match(
    names.validateQualifiedName('a/b/c')[0]!,
    /^a qualified name must consist of .* \(e\.g\. 'example\.com\/MyName'\)$/,
  );
  assert.equal(names.validateQualifiedName('').length, 2);
});

test('Go durations', () => {
  const texts: readonly (readonly [string, number, string])[] = [
    ['0', 0, '0s'],
    ['300ms', 300, '300ms'],
    ['1h15m30.918s', 4530918, '1h15m30.918s'],
    ['-1.5h', -5400000, '-1h30m0s'],
    ['10s', 10000, '10s'],
    ['1m', 60000, '1m0s'],
    ['.5s', 500, '500ms'],
    ['1500us', 1.5, '1.5ms'],
  ];
  for (const [text, milliseconds, formatted] of texts) {
    assert.equal(parseDuration(text), milliseconds, text);
    assert.equal(formatDuration(milliseconds), formatted, text);
  }
  assert.throws(() => parseDuration(''), { message: 'time: invalid duration ""' });
  assert.throws(() => parseDuration('5'), { message: 'time: missing unit in duration "5"' });
  assert.throws(() => parseDuration('5d'), { message: 'time: unknown unit "d" in duration "5d"' });
  assert.throws(() => parseDuration('99999999h'), /invalid duration/);
});

test('ages for people', () => {
  const second = 1000,
    minute = 60 * second,
    hour = 60 * minute,
    day = 24 * hour;
  const ages: readonly (readonly [number, string])[] = [
    [-5000, '<invalid>'],
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [200 * second, '3m20s'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 5 * minute, '3h5m'],
    [47 * hour, '47h'],
    [49 * hour, '2d1h'],
    [12 * day, '12d'],
    [800 * day, '2y70d'],
  ];
  for (const [milliseconds, text] of ages) assert.equal(humanDuration(milliseconds), text);
});
