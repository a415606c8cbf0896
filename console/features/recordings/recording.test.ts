import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Recording } from '@orrery/platform-contract/features';
import { bytesText, whereOf } from './recording.ts';

const at = (spec: Partial<Recording['spec']>) => whereOf({ spec: { user: 'ann', kind: 'pod', ...spec } } as Recording);

test('a terminal was in a container, on a node, or nowhere', () => {
  assert.equal(at({ namespace: 'shop', pod: 'web-1', container: 'nginx' }), 'shop / web-1 / nginx');
  assert.equal(at({ namespace: 'shop', pod: 'web-1' }), 'shop / web-1');
  assert.equal(at({ kind: 'node', node: 'n1' }), 'n1');
  assert.equal(at({ kind: 'kubectl' }), '');
});

test('sizes as people say them', () =>
  assert.deepEqual([0, 211, 2048, 1_572_864, 943_718_400].map(bytesText), [
    '0 B',
    '211 B',
    '2 KiB',
    '1.5 MiB',
    '900 MiB',
  ]));
