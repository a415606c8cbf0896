/** The tests of other people's clients on a real cluster: what they do with containers, and their operator. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { equal } from 'node:assert/strict';
import { createCluster, startCluster, type Cluster } from './support/cluster.ts';
import { busyboxImage } from './support/images.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-images-'));
const clients = join(import.meta.dirname, '../clients');
let cluster: Cluster;

before(async () => {
  cluster = createCluster();
  await startCluster(cluster, '--no-platform');
  const { code, stderr } = await cluster.orrery('image', 'import', busyboxImage(folder));
  equal(code, 0, stderr);
});

after(async () => {
  await cluster.remove();
  rmSync(folder, { recursive: true });
});

for (const file of ['containers', 'operator']) {
  test(`${file}.test.ts passes on nodes that run containers`, async () => {
    const args = [
      `--net=/run/netns/${cluster.namespace}`,
      process.execPath,
      '--test',
      join(clients, `${file}.test.ts`),
    ];
    // What tells a child of node:test to report to its parent would make it say nothing.
    const { NODE_TEST_CONTEXT: _context, ...environment } = process.env;
    const env = { ...environment, CONFORMANCE_KUBECONFIG: join(cluster.dataDir, 'kubeconfig') };
    const child = spawn('nsenter', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => said.push(bytes));
    const code = await new Promise(resolve => child.once('close', resolve));
    equal(code, 0, Buffer.concat(said).toString());
  });
}
