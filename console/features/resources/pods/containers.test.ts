import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerStatus, Pod } from '@orrery/kinds/types';
import { containersOf, containerState } from './containers.ts';

test('the containers that do the work come first, each with its status', () => {
  const pod = {
    metadata: {},
    spec: {
      containers: [{ name: 'app' }],
      initContainers: [{ name: 'setup' }, { name: 'proxy', restartPolicy: 'Always' }],
    },
    status: { containerStatuses: [{ name: 'app', restartCount: 2 }] },
  } as unknown as Pod;
  assert.deepEqual(
    containersOf(pod).map(({ name, role, status }) => [name, role, status?.restartCount]),
    [
      ['app', 'main', 2],
      ['setup', 'init', undefined],
      ['proxy', 'sidecar', undefined],
    ],
  );
});

test('a container’s state is a word, and bad only when somebody must look', () => {
  const states: readonly [object | undefined, string, string | undefined][] = [
    [{ ready: true, state: { running: {} } }, 'good', undefined],
    [{ ready: false, state: { running: {} } }, 'warn', undefined],
    [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }, 'quiet', undefined],
    [{ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }, 'bad', 'OOMKilled'],
    [{ state: { terminated: { exitCode: 3 } } }, 'bad', 'ExitCode:3'],
    [{ state: { waiting: { reason: 'ContainerCreating' } } }, 'busy', 'ContainerCreating'],
    [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }, 'bad', 'CrashLoopBackOff'],
    [undefined, 'busy', undefined],
  ];
  for (const [status, tone, reason] of states) {
    const found = containerState(status as ContainerStatus | undefined);
    assert.deepEqual([found.tone, found.reason], [tone, reason], JSON.stringify(status));
  }
});
