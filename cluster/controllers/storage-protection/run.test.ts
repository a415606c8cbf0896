import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Pod } from '@orrery/kinds/types';
import { claimsUsedBy, classesOfClaim, isUsing, protect } from './run.ts';

const finalizer = 'kubernetes.io/pvc-protection';
const claim = (finalizers: string[], deleting = false): KubeObject => ({
  metadata: { name: 'c', finalizers, ...(deleting && { deletionTimestamp: '2025-01-01T00:00:00Z' }) },
});
const rows: readonly (readonly [string, KubeObject, boolean, readonly string[] | undefined])[] = [
  ['a living one gets the finalizer', claim(['other']), false, ['other', finalizer]],
  ['and keeps it', claim([finalizer]), false, undefined],
  ['one being deleted keeps it while in use', claim([finalizer], true), true, undefined],
  ['and loses it after', claim([finalizer, 'other'], true), false, ['other']],
  ['one being deleted never gets it', claim([], true), false, undefined],
];
for (const [what, object, inUse, expected] of rows) {
  test(what, () => assert.deepEqual(protect(object, finalizer, inUse), expected));
}

test('pods use claims from when they have a node until they finish', () => {
  const pod = (nodeName: string | undefined, phase: 'Running' | 'Succeeded'): Pod => ({
    metadata: { name: 'p' },
    spec: {
      containers: [],
      nodeName,
      volumes: [
        { name: 'a', persistentVolumeClaim: { claimName: 'c' } },
        { name: 'b', ephemeral: {} },
      ],
    },
    status: { phase },
  });
  assert.deepEqual(claimsUsedBy(pod('n', 'Running')), ['c', 'p-b']);
  assert.deepEqual([pod(undefined, 'Running'), pod('n', 'Running'), pod('n', 'Succeeded')].map(isUsing), [
    false,
    true,
    false,
  ]);
});

test('a claim holds the class it has, had and is about to get', () => {
  const named = {
    metadata: { name: 'c' },
    spec: { volumeAttributesClassName: 'gold' },
    status: {
      currentVolumeAttributesClassName: 'silver',
      modifyVolumeStatus: { status: 'Pending' as const, targetVolumeAttributesClassName: 'iron' },
    },
  };
  assert.deepEqual(classesOfClaim(named), ['gold', 'silver', 'iron']);
  assert.deepEqual(classesOfClaim({ metadata: { name: 'c' }, spec: { volumeAttributesClassName: '' } }), []);
});
