import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  escapeFieldValue,
  formatSelector,
  matches,
  matchesFields,
  nothing,
  parseFieldSelector,
  parseSelector,
  selectorFromMap,
  selectorFromObject,
} from './selector.ts';

const labels = { app: 'web', tier: 'front', size: '5', empty: '' };
const rows: readonly (readonly [string, boolean, string])[] = [
  ['', true, ''],
  ['app=web', true, 'app=web'],
  ['app==web', true, 'app==web'],
  ['app = web , tier!=back', true, 'app=web,tier!=back'],
  ['tier in (front,back)', true, 'tier in (back,front)'],
  ['tier notin (front)', false, 'tier notin (front)'],
  ['absent notin (x)', true, 'absent notin (x)'],
  ['absent!=x', true, 'absent!=x'],
  ['app', true, 'app'],
  ['!app', false, '!app'],
  ['!absent', true, '!absent'],
  ['size>4,size<6', true, 'size>4,size<6'],
  ['app>4', false, 'app>4'],
  ['empty=', true, 'empty='],
  ['empty in ()', true, 'empty in ()'],
  ['in in (in)', false, 'in in (in)'],
  ['x in (a,,b)', false, 'x in (,a,b)'],
  ['example.com/x!=y', true, 'example.com/x!=y'],
];
for (const [text, expected, formatted] of rows) {
  test(`label selector '${text}'`, () => {
    const selector = parseSelector(text);
    assert.equal(matches(selector, labels), expected);
    assert.equal(formatSelector(selector), formatted);
  });
}

const refused: readonly (readonly [string, string])[] = [
  ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['a in one', "unable to parse requirement: found 'one' expected: '('"],
  ['a=(', "unable to parse requirement: found '(', expected: identifier"],
  ['=a', "found '=', expected: !, identifier, or 'end of string'"],
  ['a,', "found '', expected: identifier after ','"],
  ['a=b c', "found 'c', expected: ',' or 'end of string'"],
  ['!', "unable to parse requirement: found '', expected: identifier"],
  ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
];
for (const [text, message] of refused) {
  test(`label selector '${text}' is refused`, () => assert.throws(() => parseSelector(text), { message }));
}

test('malformed keys and values are named', () => {
  assert.throws(
    () => parseSelector('l=-x-'),
    /^Error: unable to parse requirement: values\[0\]\[l\]: Invalid value: "-x-": a valid label must be an empty string or consist of/,
  );
  assert.throws(
    () => parseSelector('-k=x'),
    /^Error: unable to parse requirement: <nil>: Invalid value: "-k": name part must consist of alphanumeric characters/,
  );
  assert.throws(
    () => parseSelector('size>x'),
    /values\[0\]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer$/,
  );
});

test('selector objects', () => {
  assert.equal(selectorFromObject(undefined), nothing);
  assert.equal(matches(selectorFromObject(undefined), {}), false);
  assert.equal(matches(selectorFromObject({}), {}), true);
  const selector = selectorFromObject({
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['front', 'mid'] },
      { key: 'gone', operator: 'DoesNotExist' },
    ],
  });
  assert.equal(matches(selector, labels), true);
  assert.equal(matches(selector, { app: 'web' }), false);
  assert.equal(formatSelector(selector), 'app=web,!gone,tier in (front,mid)');
  assert.throws(() => selectorFromObject({ matchExpressions: [{ key: 'a', operator: 'Has' }] }), {
    message: '"Has" is not a valid label selector operator',
  });
  assert.throws(
    () => selectorFromObject({ matchExpressions: [{ key: 'a', operator: 'In' }] }),
    /values: Invalid value: \[\]: for 'in', 'notin' operators, values set can't be empty/,
  );
});

test('maps, and labels named like members of Object', () => {
  assert.equal(formatSelector(selectorFromMap({ b: '2', a: '1' })), 'a=1,b=2');
  assert.equal(matches(parseSelector('constructor'), {}), false);
});

test('field selectors', () => {
  const selector = parseFieldSelector('spec.nodeName=n1,status.phase!=Failed,x==a\\,b');
  assert.deepEqual(selector, [
    { field: 'spec.nodeName', operator: '=', value: 'n1' },
    { field: 'status.phase', operator: '!=', value: 'Failed' },
    { field: 'x', operator: '=', value: 'a,b' },
  ]);
  const fields: Record<string, string> = { 'spec.nodeName': 'n1', 'status.phase': 'Running', x: 'a,b' };
  assert.equal(
    matchesFields(selector, field => fields[field]),
    true,
  );
  assert.equal(
    matchesFields(parseFieldSelector('status.phase=Failed'), field => fields[field]),
    false,
  );
  assert.equal(
    matchesFields(parseFieldSelector('absent='), () => undefined),
    true,
  );
  assert.throws(() => parseFieldSelector('abc'), { message: "invalid selector: 'abc'; can't understand 'abc'" });
  assert.throws(() => parseFieldSelector('a=b\\x'), {
    message: 'invalid field selector: invalid escape sequence: \\x',
  });
  assert.throws(() => parseFieldSelector('a=b=c'), {
    message: 'invalid field selector: unescaped character in value: 61',
  });
  assert.equal(escapeFieldValue('a,b=c\\'), 'a\\,b\\=c\\\\');
});
