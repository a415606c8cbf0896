/** Commands that need no cluster, and those of who is not root. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { parse } from 'yaml';
import { launcher } from './support/cluster.ts';
import { instanceOf, statusField } from './support/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-lifecycle-'));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));

const output = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8' });

describe('commands that need no cluster', () => {
  const run = (...args: string[]): string => output(launcher, ...args);

  test('version in three forms', () => {
    match(run('version'), /^orrery \d+\.\d+\.\d+\nKubernetes API v1\.34\nNode\.js v\d+/);
    const expected = JSON.parse(run('version', '-o', 'json')) as object;
    deepEqual(parse(run('version', '-o', 'yaml')), expected);
    deepEqual(Object.keys(expected), ['orrery', 'kubernetes', 'node']);
  });

  test('doctor lists facts, and a remedy for each that is amiss', () => {
    const checks = JSON.parse(run('doctor', '-o', 'json')) as { name: string; ok: boolean; remedy?: string }[];
    ok(checks.some(check => check.name === 'cgroups'));
    for (const check of checks) equal(check.ok, check.remedy === undefined, check.name);
  });

  test('completion is a script that bash understands and that completes', () => {
    const script = `source <(${launcher} completion bash)
      COMP_WORDS=(orrery sta) COMP_CWORD=1; _orrery; echo "\${COMPREPLY[*]}"
      COMP_WORDS=(orrery up --sim) COMP_CWORD=2; _orrery; echo "\${COMPREPLY[*]}"
      COMP_WORDS=(orrery image imp) COMP_CWORD=2; _orrery; echo "\${COMPREPLY[*]}"
      complete -p orrery`;
    const [status, simulate, image, registered] = output('bash', '-ec', script).split('\n');
    deepEqual([status, simulate, image], ['status', '--simulate', 'import']);
    match(registered!, /-F _orrery orrery/);
  });

  test('help has examples for every command', () => {
    const groups = ['image', 'token', 'bench', 'import'];
    const commands = [...run('--help').matchAll(/^ {2}([a-z]+)/gm)]
      .map(([, name]) => name!)
      .filter(name => !['help', 'orrery', ...groups].includes(name));
    ok(commands.length >= 10);
    const within = ['image list', 'token create', 'token list', 'token delete', 'import kubesphere', 'bench platform'];
    for (const words of [...commands, ...within]) match(run(...words.split(' '), '--help'), /\nExamples:\n {2}/, words);
  });
});

describe('without root', () => {
  const dataDir = join(folder, 'nobody');
  const nobody = (...args: string[]): string =>
    output(
      'setpriv',
      '--reuid',
      '65534',
      '--regid',
      '65534',
      '--clear-groups',
      'env',
      'HOME=/nonexistent',
      launcher,
      ...args,
      '--data-dir',
      dataDir,
    );
  before(() => {
    mkdirSync(dataDir);
    execFileSync('chown', ['65534:65534', dataDir]);
  });
  after(() => nobody('reset', '--yes'));

  test('nodes are simulated, which one line says; nothing needs root', () => {
    const printed = nobody('up', '--detach', '--port', '0');
    match(
      printed,
      /^note the node is simulated, since containers need root: run "sudo \.\/orrery up" for a real node$/m,
    );
    const { pid, server } = instanceOf(dataDir);
    for (const each of [pid, server.pid]) match(statusField(each, 'Uid'), /^65534\t/);
    equal(statSync(join(dataDir, 'kubeconfig')).mode & 0o777, 0o600);
    match(nobody('status'), /Ready .*simulated:\/\//);
    nobody('down');
    match(nobody('up', '--detach'), /note the node is simulated/, 'it is said each time');
  });
});
