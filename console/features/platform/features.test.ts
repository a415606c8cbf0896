import assert from 'node:assert/strict';
import { test } from 'node:test';
import { featureWord } from './features.ts';

test('a feature of ours has a text, one of others its name', () => {
  assert.deepEqual(featureWord('tenancy'), { key: 'feature_tenancy' });
  assert.deepEqual(featureWord('greeting'), { name: 'greeting' });
  assert.deepEqual(featureWord('constructor'), { name: 'constructor' });
});
