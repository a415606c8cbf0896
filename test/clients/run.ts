/**
 * Runs the tests of this room against one cluster: `CONFORMANCE_KUBECONFIG`, or one of simulated nodes that is started for all files
 * together. Those nodes run no commands: what needs containers is left to clusters that are given, as the end-to-end tests do.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { clusterUnderTest } from '../conformance/support/cluster.ts';

const isGiven = Boolean(process.env.CONFORMANCE_KUBECONFIG);
const cluster = await clusterUnderTest();
try {
  const files = globSync(join(import.meta.dirname, '*.test.ts')).filter(
    file => isGiven || !file.endsWith('containers.test.ts'),
  );
  const child = spawn(process.execPath, ['--test', '--test-concurrency=2', ...process.argv.slice(2), ...files], {
    stdio: 'inherit',
    env: { ...process.env, CONFORMANCE_KUBECONFIG: cluster.kubeconfig },
  });
  process.exitCode = await new Promise<number>(resolve => child.once('exit', code => resolve(code ?? 1)));
} finally {
  await cluster.remove();
}
