import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultsIn, limitPaths, limitRangeOf, limitsWith, limitValues, quotaOf, quotaPatch } from './objects.ts';

const none = { requestCpu: '', limitCpu: '', requestMemory: '', limitMemory: '' };

test('a new quota sets what was filled in', () =>
  assert.deepEqual(quotaOf('shop', 'shop', { pods: '5', secrets: '' }).spec, { hard: { pods: '5' } }));

test('a changed quota says what is different, and takes away what was emptied', () => {
  const quota = quotaOf('shop', 'shop', { pods: '5', secrets: '3' });
  assert.deepEqual(quotaPatch(quota, { pods: '6', secrets: '' }), { spec: { hard: { pods: '6', secrets: null } } });
});

test('the form of defaults begins with those of containers', () => {
  const pod = limitRangeOf('shop', [{ type: 'Pod' }]);
  const range = limitRangeOf('shop', [
    { type: 'Container', default: { cpu: '1' }, defaultRequest: { memory: '64Mi' } },
  ]);
  assert.equal(defaultsIn([pod, range]), range);
  assert.equal(defaultsIn([pod]), pod);
  assert.deepEqual(limitValues(range), { ...none, limitCpu: '1', requestMemory: '64Mi' });
  assert.deepEqual(limitValues(undefined), none);
});

test('what the form does not show stays: other items, other resources, other bounds', () => {
  const range = limitRangeOf('shop', [
    { type: 'Pod', max: { cpu: '8' } },
    {
      type: 'Container',
      max: { cpu: '4' },
      default: { cpu: '1', 'ephemeral-storage': '1Gi' },
      defaultRequest: { cpu: '1' },
    },
  ]);
  assert.deepEqual(limitsWith(range, { ...none, limitCpu: '2' }), [
    { type: 'Pod', max: { cpu: '8' } },
    { type: 'Container', max: { cpu: '4' }, default: { cpu: '2', 'ephemeral-storage': '1Gi' } },
  ]);
});

test('without any a first one is made', () =>
  assert.deepEqual(limitsWith(undefined, { ...none, requestCpu: ' 100m ' }), [
    { type: 'Container', defaultRequest: { cpu: '100m' } },
  ]));

test('complaints of the cluster find their field', () =>
  assert.equal(limitPaths(1)['requestCpu'], 'spec.limits[1].defaultRequest[cpu]'));
