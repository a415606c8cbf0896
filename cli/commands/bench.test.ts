import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CliError } from '../error.ts';
import { benchConsole, benchLoad, benchPlatform, benchStore, type BenchLoadOptions } from './bench.ts';

const load: BenchLoadOptions = {
  kubeconfig: '/nowhere',
  rounds: 1,
  seconds: 1,
  objects: 1,
  watchers: 1,
  updates: 1,
};

const refusedWith = (message: RegExp) => (error: unknown) =>
  error instanceof CliError && error.exitCode === 2 && message.test(error.message);

describe('bench load refuses before it touches a cluster', () => {
  for (const [what, given, message] of [
    ['a part that does not exist', { only: ['get', 'delete'] }, /"delete" is no part of the load: choose from create/],
    ['clients that are no number', { clients: ['1', 'x'] }, /--clients takes whole numbers above 0.*"x"/],
    ['no client', { clients: ['0'] }, /--clients/],
    ['a process that is no number', { pids: ['-1'] }, /--pids/],
    ['the same of the other cluster', { againstPids: ['etcd'] }, /--against-pids/],
    ['no round', { rounds: 0 }, /--rounds/],
    ['no time', { seconds: 0 }, /--seconds/],
    ['nobody who watches', { watchers: 0 }, /--watchers/],
    ['an unknown format', { output: 'xml' }, /xml/],
  ] as const) {
    test(what, () => assert.rejects(benchLoad({ ...load, ...given }), refusedWith(message)));
  }
});

test('bench store refuses no time', () =>
  assert.rejects(benchStore({ rounds: 1, seconds: 0 }), refusedWith(/--seconds/)));

test('bench console refuses a list that is not long', () =>
  assert.rejects(benchConsole({ rounds: 1, pods: 100 }), refusedWith(/--pods/)));

describe('bench platform refuses what does not go together', () => {
  const counts = { rounds: 1, users: 20, workspaces: 4, projects: 8, bindings: 40, objects: 10 };
  for (const [what, given, message] of [
    ['no object', { objects: 0 }, /--objects/],
    ['one workspace, without another to be refused', { workspaces: 1 }, /--workspaces/],
    ['nobody who manages nothing', { users: 4 }, /--users/],
    ['workspaces without a project', { projects: 3 }, /--projects/],
    ['more bindings than a user can have', { bindings: 121 }, /--bindings must be at most 120/],
  ] as const)
    test(what, () => assert.rejects(benchPlatform({ ...counts, ...given }), refusedWith(message)));
});
