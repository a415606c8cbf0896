/** Runs the suite against one cluster: `CONFORMANCE_KUBECONFIG`, or one that is started for all files together. */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { clusterUnderTest } from './support/cluster.ts';

const cluster = await clusterUnderTest();
try {
  // CronJobs wait for the clock: they begin first.
  const files = globSync(join(import.meta.dirname, '**/*.test.ts')).toSorted(
    (a, b) => Number(b.includes('cronjobs')) - Number(a.includes('cronjobs')) || a.localeCompare(b),
  );
  const child = spawn(process.execPath, ['--test', '--test-concurrency=4', ...process.argv.slice(2), ...files], {
    stdio: 'inherit',
    env: { ...process.env, CONFORMANCE_KUBECONFIG: cluster.kubeconfig },
  });
  process.exitCode = await new Promise<number>(resolve => child.once('exit', code => resolve(code ?? 1)));
} finally {
  await cluster.remove();
}
