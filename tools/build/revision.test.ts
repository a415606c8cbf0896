import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { revisionOf } from './revision.ts';

test('a program knows the commit it is made from, whether that is all, and nothing where there is no clone', t => {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-revision-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const unknown = { gitCommit: '', gitTreeState: '', buildDate: '1970-01-01T00:00:00Z' };
  assert.deepEqual(revisionOf(folder), unknown);
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, GIT_COMMITTER_DATE: '2026-01-02T03:04:05+01:00' },
    ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.org', GIT_COMMITTER_NAME: 'a' },
    GIT_COMMITTER_EMAIL: 'a@example.org',
  };
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args], { env, encoding: 'utf8' });
  git('init', '-q');
  assert.deepEqual(revisionOf(folder), unknown, 'nothing is committed yet');
  writeFileSync(join(folder, 'source'), 'one');
  git('add', 'source');
  git('commit', '-qm', 'first');
  const gitCommit = git('rev-parse', 'HEAD').trim();
  const clean = { gitCommit, gitTreeState: 'clean', buildDate: '2026-01-02T02:04:05Z' };
  assert.deepEqual(revisionOf(folder), clean);
  writeFileSync(join(folder, 'notes'), 'nobody asked for');
  assert.deepEqual(revisionOf(folder), clean);
  writeFileSync(join(folder, 'source'), 'two');
  assert.deepEqual(revisionOf(folder), { ...clean, gitTreeState: 'dirty' });
});
