/** A platform that is told to end while the cluster answers nothing any more. */
import { after, before, test } from 'node:test';
import type { Handler } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources } from '@orrery/platform-kinds';
import { eventually } from './testing/people.ts';
import { startCluster, startPlatform, type TestCluster } from './testing/platform.ts';

let cluster: TestCluster;

before(async () => {
  cluster = await startCluster();
});
after(() => cluster?.close());

test('it waits neither for what it was doing nor for its Lease for longer than it was given', async () => {
  let isStarted = false;
  let isSilent = false;
  let isWorking = false;
  const silence = () => new Promise<never>(() => {});
  const falling: Handler = request => {
    if (isSilent) return silence();
    if (!isStarted || request.method === 'GET' || !request.target.includes('/tenant.kubesphere.io/'))
      return cluster.forPlatform(request);
    isWorking = true;
    return silence();
  };
  const platform = await startPlatform({ ...cluster, forPlatform: falling }, { identity: 'a', graceMs: 100 });
  isStarted = true;
  await cluster.client.create(platformResources.workspacetemplates, {
    ...{ apiVersion: 'tenant.kubesphere.io/v1beta1', kind: 'WorkspaceTemplate' },
    metadata: { name: 'w' },
    spec: { template: {} },
  } as KubeObject);
  await eventually('it leads, and works at the workspace', () => isWorking);
  isSilent = true;
  await platform.close();
});
