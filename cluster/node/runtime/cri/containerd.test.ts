/**
 * The tests with a real containerd are in containerd.suite.ts. They run in a network namespace of their own, so that the interfaces of
 * their pods are never seen on this machine and go away with it, whatever happens.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

test('a real containerd, in a network namespace of its own', async () => {
  const suite = fileURLToPath(new URL('containerd.suite.ts', import.meta.url));
  const shell = 'ip link set lo up && exec "$@"';
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn('unshare', ['--net', 'sh', '-c', shell, 'sh', process.execPath, '--test', suite], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => output.push(part));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 0, Buffer.concat(output).toString());
});
