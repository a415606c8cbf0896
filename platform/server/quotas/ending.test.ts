/** A platform that is told to end while it counts what a quota is used for, for the first time. */
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { Handler } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { labels, platformResources, type WorkspaceQuota } from '@orrery/platform-kinds';
import { eventually } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';

const workspace = { [labels.workspace]: 'w' };
const quota = '/apis/quota.kubesphere.io/v1alpha2/resourcequotas/w';

let cluster: TestCluster;
let platform: TestPlatform | undefined;

before(async () => {
  cluster = await startCluster({ controllers: true });
  platform = await startPlatform(cluster);
  const { client } = cluster;
  await client.create(platformResources.workspacetemplates, {
    ...{ apiVersion: 'tenant.kubesphere.io/v1beta1', kind: 'WorkspaceTemplate' },
    metadata: { name: 'w' },
    spec: { template: {} },
  } as KubeObject);
  await client.create<WorkspaceQuota>(platformResources.workspaceQuotas, {
    ...{ apiVersion: 'quota.kubesphere.io/v1alpha2', kind: 'ResourceQuota' },
    metadata: { name: 'w' },
    spec: { selector: workspace, quota: { hard: { pods: '1' } } },
  });
  await client.create(resources.namespaces, { metadata: { name: 'p', labels: workspace } });
  await platform.close();
  platform = undefined;
});
after(async () => {
  await platform?.close();
  await cluster?.close();
});

test('it ends although pods, which the quota is about, never came', { timeout: 300_000 }, async () => {
  const asked = new Set<string>();
  const withoutPods: Handler = request => {
    const path = request.target.split('?')[0]!;
    asked.add(path);
    if (path !== '/api/v1/pods') return cluster.forPlatform(request);
    return new Promise((_, reject) =>
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error), { once: true }),
    );
  };
  platform = await startPlatform({ ...cluster, forPlatform: withoutPods });
  await eventually('the quota is looked at', () => ['/api/v1/pods', quota].every(path => asked.has(path)));
  // The counting begins with the answer; where this is too short, nothing is shown and nothing fails.
  await new Promise(resolve => setTimeout(resolve, 200));
  const ending = platform;
  platform = undefined;
  await ending.close();
});
