import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mountsBelow } from './remove.ts';

const line = (point: string): string => `36 35 0:30 / ${point} rw,relatime shared:1 - tmpfs tmpfs rw`;
const mountinfo = [
  '/',
  '/data',
  '/data/agent/pods/a',
  '/data/agent/pods/a/volumes/with\\040space',
  '/database/other',
  '/run/orrery/12345678/shm',
  '/run/orrery/123456789/shm',
]
  .map(line)
  .join('\n');

test('mounts below the folders, the deepest first; neighbours and the folder itself stay', () => {
  assert.deepEqual(mountsBelow(['/data', '/run/orrery/12345678'], `${mountinfo}\n`), [
    '/data/agent/pods/a/volumes/with space',
    '/run/orrery/12345678/shm',
    '/data/agent/pods/a',
  ]);
  assert.deepEqual(mountsBelow(['/nothing'], mountinfo), []);
});
