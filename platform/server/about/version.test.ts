/** What anybody may ask a platform: whether it answers, and which versions it is made of. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';

let cluster: TestCluster;
let platform: TestPlatform;
before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster, { version: 'v9.8.7' });
});
after(async () => {
  await platform.close();
  await cluster.close();
});

for (const path of ['/healthz', '/livez', '/readyz'])
  test(`${path} answers without a log-in`, async () => {
    const { status, text } = await platform.call('GET', path);
    assert.deepEqual([status, text], [200, 'ok']);
  });

for (const path of ['/version', '/kapis/version'])
  test(`${path} tells the versions of the platform and of its cluster`, async () => {
    const { status, body } = await platform.call('GET', path);
    const { gitVersion, kubernetes } = body as { gitVersion?: string; kubernetes?: { gitVersion?: string } };
    assert.deepEqual([status, gitVersion], [200, 'v9.8.7']);
    assert.match(kubernetes?.gitVersion ?? '', /^v1\.34\./);
  });
