/** What expressions come to. Cases follow cel-spec's conformance areas. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, kubernetesEnvironment, types } from '../cel.ts';
import { CelError } from './values.ts';
import type { Value } from './values.ts';

const environment = kubernetesEnvironment().extend({ variables: { any: types.dynType, missing: types.dynType } });

/** Runs and returns `value` or `error: message`. */
function run(source: string, any: Value = null): Value | string {
  const { program, text } = compile(source, environment);
  if (!program) return text;
  const { value } = program.run(name => (name === 'any' ? any : undefined), 1_000_000);
  return value instanceof CelError ? `error: ${value.message}` : value;
}

function allTrue(sources: readonly string[]): void {
  for (const source of sources) assert.equal(run(source), true, source);
}

function allFail(cases: readonly (readonly [source: string, message: string])[]): void {
  for (const [source, message] of cases) assert.equal(run(source), `error: ${message}`, source);
}

test('numbers: each type with its own arithmetic', () => {
  allTrue([
    '1 + 2 * 3 - 4 == 3',
    '7 / -2 == -3',
    '7 % -2 == 1',
    '-7 % 2 == -1',
    '1.5 + 2.5 == 4.0',
    '5u - 3u == 2u',
    '0x1F == 31 && 0xffu == 255u',
    '1e3 == 1000.0 && .5 == 0.5',
    '-9223372036854775808 < 0',
    '18446744073709551615u > 0u',
    '--5 == 5 && !!true',
    '1.0 / 0.0 > 1e308',
  ]);
  allFail([
    ['9223372036854775807 + 1', 'integer overflow'],
    ['-9223372036854775808 - 1', 'integer overflow'],
    ['-9223372036854775808 / -1', 'integer overflow'],
    ['5000000000 * 5000000000', 'integer overflow'],
    ['-(-9223372036854775808)', 'integer overflow'],
    ['0u - 1u', 'unsigned integer overflow'],
    ['18446744073709551615u + 1u', 'unsigned integer overflow'],
    ['1 / 0', 'division by zero'],
    ['1u % 0u', 'modulus by zero'],
  ]);
});

test('equality and order: across number types, never an error for other types', () => {
  allTrue([
    'dyn(1) == 1.0 && dyn(1u) == 1 && dyn(1.5) != 1',
    'dyn(9007199254740993) == 9007199254740992.0 && 9007199254740993 != 9007199254740992',
    'dyn(9223372036854775807) >= 9223372036854775808.0',
    '1 < 1.5 && 2u > 1 && 1.0 <= 1u',
    "dyn('1') != dyn(1)",
    "dyn(null) == null && dyn(0) != null && {'a': null}.a == null && has({'a': null}.a)",
    "{'a': [1, 2]} == {'a': [1, 2]}",
    "{'a': 1, 'b': 2} == {'b': 2, 'a': 1}",
    '[1, 2] != [2, 1]',
    "'a' < 'b' && 'B' < 'a' && '' < 'a'",
    "'\\uffff' < '\\U0001F600'",
    "b'a' < b'b' && b'' == b''",
    'false < true',
    "timestamp('2024-01-01T00:00:00Z') < timestamp('2024-01-01T00:00:00.000000001Z')",
    "duration('60s') == duration('1m')",
    'type(1) == int && type(1.0) != int && type(type(1)) == type',
    "type(null) == null_type && type([]) == list && type({}) == map && type('') == string",
    'type(timestamp(0)) == google.protobuf.Timestamp',
  ]);
});

test('logic absorbs errors, whichever side they are on', () => {
  allTrue([
    '1 / 0 == 1 || true',
    'true || 1 / 0 == 1',
    '!(1 / 0 == 1 && false)',
    '!(false && 1 / 0 == 1)',
    '[1, 0].exists(x, 1 / x == 1)',
    '![0, 2].all(x, 4 / x == 1)',
    'true ? true : 1 / 0 == 1',
  ]);
  allFail([
    ['1 / 0 == 1 || false', 'division by zero'],
    ['1 / 0 == 1 && true', 'division by zero'],
    ['[0, 1].all(x, 1 / x == 1)', 'division by zero'],
    ['1 / 0 > 0 ? true : false', 'division by zero'],
  ]);
});

test('texts, bytes and their escapes', () => {
  allTrue([
    '\'a\\tb\\x41\\u00e9\\U0001F600\\101\' == "a\\tbAé😀A"',
    "r'\\n' == '\\\\n'",
    "'''a'b\"c''' == 'a\\'b\"c'",
    "b'\\xff\\101é' == b'\\377A\\xc3\\xa9'",
    "size('é😀') == 2 && size(b'é') == 2",
    "'abc'.contains('b') && 'abc'.startsWith('ab') && 'abc'.endsWith('c')",
    "'abc'.matches('^a.c$') && matches('xabcx', 'abc')",
    "'tacocat'.charAt(3) == 'o' && 'tacocat'.charAt(7) == ''",
    "'hello mellow'.indexOf('ello', 2) == 7 && 'hello mellow'.lastIndexOf('ello', 6) == 1",
    "'hello'.indexOf('') == 0 && 'hello'.lastIndexOf('') == 5",
    "'TacoCät'.lowerAscii() == 'tacocät' && 'TacoCät'.upperAscii() == 'TACOCäT'",
    "'hello hello'.replace('he', 'we', 1) == 'wello hello'",
    "'hello'.replace('', '_') == '_h_e_l_l_o_'",
    "'a,b,c'.split(',', 2) == ['a', 'b,c'] && 'ab'.split('') == ['a', 'b'] && 'a'.split(',', 0) == []",
    "'täcocat'.substring(1, 3) == 'äc' && 'tacocat'.substring(4) == 'cat'",
    "'  \\ttrim\\n '.trim() == 'trim' && '\\ufeffx\\ufeff'.trim() == '\\ufeffx\\ufeff'",
    "['a', 'b'].join('-') == 'a-b' && ['a', 'b'].join() == 'ab'",
    'strings.quote(\'a"b\\n\') == \'"a\\\\"b\\\\n"\'',
    "'😀a'.indexOf('a') == 1 && '😀a'.charAt(0) == '😀'",
  ]);
  allFail([
    ["'a'.charAt(2)", 'index out of range: 2'],
    ["'abc'.substring(2, 1)", 'invalid substring range. start: 2, end: 1'],
    ["'abc'.substring(4)", 'index out of range: 4'],
  ]);
});

test('format', () => {
  allTrue([
    "'%s and %s'.format(['a', 'b']) == 'a and b'",
    "'%d%%'.format([5]) == '5%'",
    "'%.3f'.format([1234.5]) == '1,234.500' && '%.0f %.0f'.format([2.5, 3.5]) == '2 4'",
    "'%x %X %o %b'.format([255, 255, 8, 5]) == 'ff FF 10 101'",
    "'%s'.format([[1, 2]]) == '[1, 2]'",
    "'%s'.format([{'b': 1, 'a': 2}]) == '{\"a\":2, \"b\":1}'",
    "'%s'.format([duration('1h')]) == '3600s'",
    "'%s'.format([true]) == 'true' && '%s'.format([1.5]) == '1.5'",
  ]);
  assert.match(String(run("'%d'.format(['a'])")), /decimal clause can only be used on integers/);
  assert.equal(run("'%s %s'.format(['a'])"), 'error: index 1 out of range');
});

test('conversions', () => {
  allTrue([
    "int('-5') == -5 && int(5.9) == 5 && int(5u) == 5 && int(duration('1s')) == 1000000000",
    "int(timestamp('1970-01-01T00:01:00Z')) == 60",
    "uint('5') == 5u && uint(5.0) == 5u",
    "double('1.5') == 1.5 && double(5) == 5.0",
    "string(5) == '5' && string(1.5) == '1.5' && string(1e6) == '1e+06' && string(true) == 'true'",
    "string(timestamp('2024-02-29T12:30:00.5Z')) == '2024-02-29T12:30:00.5Z'",
    "string(duration('1h30m')) == '5400s'",
    "string(b'abc') == 'abc' && bytes('é') == b'\\xc3\\xa9'",
    "bool('true') && !bool('0')",
    "timestamp('2024-01-01T01:00:00+01:00') == timestamp('2024-01-01T00:00:00Z')",
  ]);
  allFail([
    ["int('a')", "type conversion error from 'string' to 'int'"],
    ['int(1e99)', 'integer overflow'],
    ['uint(-1)', 'unsigned integer overflow'],
    ["string(b'\\xff')", 'invalid UTF-8 in bytes, cannot convert to string'],
    ["duration('x' + '')", "type conversion error from 'string' to 'google.protobuf.Duration'"],
  ]);
});

test('moments and lengths of time', () => {
  allTrue([
    "timestamp('2024-02-29T12:30:45.123Z').getFullYear() == 2024",
    "timestamp('2024-02-29T12:30:45.123Z').getMonth() == 1",
    "timestamp('2024-02-29T12:30:45.123Z').getDate() == 29",
    "timestamp('2024-02-29T12:30:45.123Z').getDayOfMonth() == 28",
    "timestamp('2024-02-29T12:30:45.123Z').getDayOfWeek() == 4",
    "timestamp('2024-02-29T12:30:45.123Z').getDayOfYear() == 59",
    "timestamp('2024-02-29T12:30:45.123Z').getMilliseconds() == 123",
    "timestamp('2024-02-29T23:30:00Z').getHours('+02:00') == 1",
    "timestamp('2024-07-01T12:00:00Z').getHours('Europe/Paris') == 14",
    "duration('90m').getHours() == 1 && duration('90s').getSeconds() == 90",
    "timestamp('2024-01-01T00:00:00Z') + duration('24h') == timestamp('2024-01-02T00:00:00Z')",
    "timestamp('2024-01-02T00:00:00Z') - timestamp('2024-01-01T00:00:00Z') == duration('24h')",
  ]);
  allFail([
    ["timestamp('9999-12-31T23:59:59Z') + duration('1s')", 'timestamp overflow'],
    ["duration('2562047h') + duration('2562047h')", 'duration overflow'],
  ]);
});

test('lists and maps, with and without macros', () => {
  allTrue([
    '[1, 2, 3][1] == 2 && {1: 2}[1] == 2',
    "'a' in {'a': 1} && 2 in [1, 2] && !(3 in [1, 2])",
    "size([1, 2]) == 2 && {'a': 1}.size() == 1",
    '[1, 2] + [3] == [1, 2, 3]',
    '[1, 2, 3].map(x, x * 2) == [2, 4, 6]',
    '[1, 2, 3].map(x, x > 1, x * 2) == [4, 6]',
    '[1, 2, 3].filter(x, x != 2) == [1, 3]',
    '[1, 2, 2].exists_one(x, x == 1) && ![1, 2, 2].existsOne(x, x == 2)',
    "{'a': 1, 'b': 2}.all(k, k in ['a', 'b'])",
    '[1, 2].all(i, v, i + 1 == v) && [5].exists(i, v, i == 0 && v == 5)',
    "{'a': 1}.exists_one(k, v, v == 1)",
    '[5, 6].transformList(i, v, i + v) == [5, 7] && [5, 6].transformList(i, v, i > 0, v) == [6]',
    "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2}",
    "{'a': 'b'}.transformMapEntry(k, v, {v: k}) == {'b': 'a'}",
    "has({'a': 1}.a) && !has({'a': 1}.b)",
    '[[1, 2], [3]].map(l, l.map(x, x + 1)) == [[2, 3], [4]]',
    'cel.bind(x, [1, 2], x + x).size() == 4',
    '[1, 2, 3].isSorted() && ![2, 1].isSorted() && [].sum() == 0',
    '[1, 2].sum() == 3 && [1.5, 2.5].sum() == 4.0',
    '[3, 1, 2].min() == 1 && [3, 1, 2].max() == 3',
    '[1, 2, 2].indexOf(2) == 1 && [1, 2, 2].lastIndexOf(2) == 2 && [1].indexOf(5) == -1',
    'sets.contains([1, 2], [1]) && sets.equivalent([1, 1], [1]) && sets.intersects([1], [1, 2])',
    '[1, 2, 3].slice(1, 3) == [2, 3] && [[1], [2]].flatten() == [1, 2] && [1, 1].distinct() == [1]',
    "[3, 1].sort() == [1, 3] && ['bb', 'a'].sortBy(s, s.size()) == ['a', 'bb'] && lists.range(2) == [0, 1]",
    '[1, 2].reverse() == [2, 1] && [1, 2].first().value() == 1 && [1, 2].last().value() == 2',
  ]);
  allFail([
    ['[1][1]', 'index out of bounds: 1'],
    ["{'a': 1}['b']", 'no such key: b'],
    ["{'a': 1}.b", 'no such key: b'],
    ["{'a': 1, 'a': 2}", 'Failed with repeated key: a'],
    ['[0].filter(x, false).max()', 'max called on empty list'],
    ["{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})", 'insert failed: key 1 already exists'],
  ]);
});

test('optionals', () => {
  allTrue([
    "{'a': 1}.?a.value() == 1 && !{'a': 1}.?b.hasValue()",
    "{'a': {'b': 1}}.?a.?b.orValue(5) == 1 && {'a': {'b': 1}}.?x.b.orValue(5) == 5",
    '[1][?0] == optional.of(1) && [1][?5] == optional.none()',
    'optional.none().or(optional.of(2)).value() == 2',
    "optional.ofNonZeroValue('') == optional.none()",
    'optional.of(1).optMap(x, x + 1) == optional.of(2)',
    'optional.of([1]).optFlatMap(x, x[?0]).value() == 1',
    '[?optional.of(1), ?optional.none(), 2] == [1, 2]',
    "{?'a': optional.none(), 'b': 1} == {'b': 1}",
    '[optional.of(1), optional.none()].unwrapOpt() == [1]',
    'optional.of(1).orValue(1 / 0) == 1',
  ]);
  allFail([['optional.none().value()', 'optional.none() dereference']]);
});

test('Kubernetes: quantities, versions, addresses, URLs, formats, patterns', () => {
  allTrue([
    "quantity('1.5Gi').isGreaterThan(quantity('1G')) && quantity('100m').isLessThan(quantity('1'))",
    "quantity('1k').asInteger() == 1000 && quantity('0.5').asApproximateFloat() == 0.5 && !quantity('0.5').isInteger()",
    "quantity('1').add(quantity('1')) == quantity('2000m') && quantity('3').sub(1).compareTo(quantity('2')) == 0",
    "isQuantity('1Ki') && !isQuantity('1XX') && sign(quantity('-1')) == -1",
    "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-alpha').isLessThan(semver('1.0.0'))",
    "isSemver('1.0.0') && !isSemver('v1.0') && isSemver('v1.0', true) && semver('v1.02', true).minor() == 2",
    "ip('127.0.0.1').isLoopback() && ip('::1').family() == 6 && ip('10.0.0.1').isGlobalUnicast()",
    "isIP('1.2.3.4') && !isIP('01.2.3.4') && ip.isCanonical('::1') && !ip.isCanonical('0:0::1')",
    "string(ip('2001:DB8:0:0::1')) == '2001:db8::1'",
    "cidr('192.168.0.0/24').containsIP('192.168.0.9') && !cidr('192.168.0.0/24').containsIP(ip('192.168.1.1'))",
    "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
    "cidr('10.0.0.0/8').prefixLength() == 8 && string(cidr('10.0.0.0/8').ip()) == '10.0.0.0' && isCIDR('::/0')",
    "url('https://user@a.b:80/c%20d?x=1&x=2').getHost() == 'a.b:80' && url('https://[::1]:80/').getHostname() == '::1'",
    "url('https://a.b/c%20d?x=1&x=2#f').getQuery() == {'x': ['1', '2']} && url('/a b').getEscapedPath() == '/a%20b'",
    "isURL('/path') && !isURL('path') && url('https://a:8/').getPort() == '8' && url('HTTPS://a').getScheme() == 'https'",
    "!format.dns1123Label().validate('a-b').hasValue() && format.named('dns1123Label').value().validate('A').hasValue()",
    "!format.named('none').hasValue() && format.uuid().validate('x').value() == ['does not match the UUID format']",
    "'abc 123 45'.find('[0-9]+') == '123' && 'abc 123 45'.findAll('[0-9]+') == ['123', '45']",
    "'123 45'.findAll('[0-9]+', 1) == ['123'] && 'abc'.find('[0-9]') == ''",
    "base64.encode(b'hi') == 'aGk=' && base64.decode('aGk=') == b'hi'",
  ]);
});

test('values without a type are judged when they are met', () => {
  assert.equal(run('any < 5', 'text'), 'error: no such overload');
  assert.equal(run('any.startsWith("a")', 5n), 'error: no such overload: startsWith(int, string)');
  assert.equal(run('any + 1 == 2', 1n), true);
  assert.equal(run('any.field', 5n), 'error: no such key: field');
  assert.equal(run('size(any)', 'text'), 4n);
  assert.equal(run('any == null', null), true);
  assert.equal(run('missing'), 'error: no such attribute(s): missing');
});
