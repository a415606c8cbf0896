import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describe as text } from '@orrery/machinery/fieldpath';
import type { DeviceClassSpec } from '../types.data.ts';
import { subdomainRule } from '../testing/refusal.ts';
import { validateDeviceClass, validateDeviceClassUpdate } from './class-validation.ts';

const deviceClass = (spec: unknown) => ({ metadata: { name: 'gpu' }, spec: spec as DeviceClassSpec });
const opaque = (more: object) => ({ config: [{ opaque: { driver: 'gpu.example.com', parameters: {}, ...more } }] });
const long = 'x'.repeat(10 * 1024);

describe('a device class', () => {
  const cases: [string, unknown, string[]][] = [
    ['with nothing', {}, []],
    ['with all', { selectors: [{ cel: { expression: 'true' } }], ...opaque({}) }, []],
    ['a selector without anything', { selectors: [{}] }, ['spec.selectors[0].cel: Required value']],
    [
      'an expression that is too long',
      { selectors: [{ cel: { expression: `${long}x` } }] },
      ['spec.selectors[0].cel.expression: Too long: may not be more than 10240 bytes'],
    ],
    [
      'too many selectors',
      { selectors: Array.from({ length: 33 }, () => ({ cel: { expression: 'true' } })) },
      ['spec.selectors: Too many: 33: must have at most 32 items'],
    ],
    ['an empty configuration', { config: [{}] }, ['spec.config[0].opaque: Required value']],
    [
      'no driver',
      opaque({ driver: '' }),
      [
        'spec.config[0].opaque.driver: Required value',
        `spec.config[0].opaque.driver: Invalid value: "": ${subdomainRule}`,
      ],
    ],
    ['no parameters', opaque({ parameters: null }), ['spec.config[0].opaque.parameters: Required value']],
    [
      'parameters that are no object',
      opaque({ parameters: [1] }),
      ['spec.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object'],
    ],
    [
      'parameters that are too long',
      opaque({ parameters: { long } }),
      ['spec.config[0].opaque.parameters: Too long: may not be more than 10240 bytes'],
    ],
  ];
  for (const [what, spec, expected] of cases)
    test(what, () => assert.deepEqual(validateDeviceClass(deviceClass(spec)).map(text), expected));

  test('what is stored may be longer than is allowed today', () => {
    const old = deviceClass(opaque({ parameters: { long } }));
    assert.deepEqual(validateDeviceClassUpdate({ ...old, metadata: { name: 'gpu', labels: { a: 'b' } } }, old), []);
    assert.equal(validateDeviceClassUpdate(deviceClass(opaque({ parameters: { long, more: 1 } })), old).length, 1);
  });
});
