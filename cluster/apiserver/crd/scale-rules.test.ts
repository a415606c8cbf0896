import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateScaleSpec, validateScaleStatus } from './scale-rules.ts';

const paths = { spec: ['spec', 'n'], status: ['status', 'n'], selector: ['status', 'l'] };
const rows: [object: unknown, problems: string[]][] = [
  [{}, []],
  [{ spec: null }, []],
  [{ spec: { n: 3 }, status: { n: 0, l: 'a=b' } }, []],
  [{ spec: { n: -1 } }, ['.spec.n: Invalid value: -1: should be a non-negative integer']],
  [{ spec: { n: 2147483648 } }, ['.spec.n: Invalid value: 2147483648: should be less than or equal to 2147483647']],
  [
    { spec: { n: 'x' } },
    ['.spec.n: Invalid value: 0: .spec.n accessor error: x is of the type string, expected int64'],
  ],
  [
    { spec: { n: null } },
    ['.spec.n: Invalid value: 0: .spec.n accessor error: <nil> is of the type <nil>, expected int64'],
  ],
  [
    { spec: { n: 1.5 } },
    ['.spec.n: Invalid value: 0: .spec.n accessor error: 1.5 is of the type float64, expected int64'],
  ],
  [
    { spec: ['a', 1] },
    [
      '.spec.n: Invalid value: 0: .spec.n accessor error: [a 1] is of the type []interface {}, expected map[string]interface{}',
    ],
  ],
  [
    { status: { n: { b: 1, a: true }, l: 5 } },
    [
      '.status.n: Invalid value: 0: .status.n accessor error: map[a:true b:1] is of the type map[string]interface {}, expected int64',
      '.status.l: Invalid value: "": .status.l accessor error: 5 is of the type int64, expected string',
    ],
  ],
];

for (const [object, problems] of rows)
  test(`the scale of ${JSON.stringify(object)}`, () => {
    const errors = [...validateScaleSpec(paths, object), ...validateScaleStatus(paths, object)];
    assert.deepEqual(
      errors.map(({ field, message }) => `${field}: ${message}`),
      problems,
    );
    assert.deepEqual(validateScaleSpec(undefined, object), []);
  });
