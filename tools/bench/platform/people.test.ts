import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bindingsMax,
  bindingsOf,
  membersOf,
  objectsOf,
  projectsOf,
  usersOf,
  workspacesOf,
  type Made,
} from './people.ts';

const counts = { users: 20, workspaces: 4, projects: 12, bindings: 120, objects: 50 };
const keyOf = ({ resource, object: { metadata } }: Made) =>
  `${resource.resource}/${metadata.namespace ?? ''}/${metadata.name}`;

test('there is as much of everything as was asked for, each once', () => {
  for (const [made, expected] of [
    [usersOf(counts, 'hash'), counts.users],
    [workspacesOf(counts), counts.workspaces],
    [projectsOf(counts), counts.projects],
    [membersOf(counts), counts.users - counts.workspaces],
    [bindingsOf(counts), counts.bindings],
    [objectsOf(counts), counts.objects],
  ] as const)
    assert.equal(new Set([...made].map(keyOf)).size, expected);
  const most = { ...counts, bindings: bindingsMax(counts) };
  assert.equal(new Set([...bindingsOf(most)].map(keyOf)).size, 180);
});

test('everybody has rights in the projects of his own workspace, and nowhere else', () => {
  const home = new Map([...projectsOf(counts)].map(({ object: { metadata } }) => [metadata.name, metadata.labels]));
  const seen = new Map<string, Set<string>>();
  for (const { namespace, object } of bindingsOf(counts)) {
    const user = object.metadata.labels!['iam.kubesphere.io/user-ref']!;
    assert.equal(home.get(namespace!)!['kubesphere.io/workspace'], `team-${Number(user.split('-')[1]) % 4}`);
    seen.set(user, (seen.get(user) ?? new Set()).add(namespace!));
  }
  assert.deepEqual([...new Set([...seen.values()].map(({ size }) => size))], [3]);
});
