/** The whole controller manager under RBAC and every default admission plug-in: each controller has just upstream's rights. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { createApiServer } from '@orrery/apiserver';
import { securityParts } from '@orrery/apiserver/security';
import { resources } from '@orrery/client/resources';
import type { Deployment, Job, PersistentVolumeClaim, PodDisruptionBudget, StatefulSet } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { createLog, silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { startTestControlPlane } from './testing.ts';

test('nothing is forbidden to them, from creation to the end of the namespace', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  const store = createMemoryStore({ clock: systemClock });
  const parts = securityParts({
    serviceAccountKey,
    serviceCidrs: ['10.96.0.0/16'],
    securePort: 6443,
    storageProtection: true,
  });
  const server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog, parts });
  await server.ready;
  const lines: string[] = [];
  const log = createLog(systemClock, line => void lines.push(line), 'debug');
  const exitCode = ({ metadata }: { metadata: { labels?: Record<string, string> } }) =>
    metadata.labels?.['exit'] ? Number(metadata.labels['exit']) : undefined;
  const plane = startTestControlPlane(server.handler, { log, podRanges: ['10.42.0.0/16'], exitCode });
  const { client, eventually } = plane;
  const namespace = 'rights';
  const make = (
    resource: Parameters<typeof client.create>[0],
    kind: string,
    apiVersion: string,
    name: string,
    rest: object,
  ) => client.create(resource, { apiVersion, kind, metadata: { name, namespace }, ...rest } as KubeObject);
  await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await plane.addNode('node-1');
  await eventually('the service account', () => client.get(resources.serviceaccounts, 'default', { namespace }));

  const template = (labels: Record<string, string>, more: object = {}) => ({
    metadata: { labels },
    spec: { containers: [{ name: 'c', image: 'i' }], ...more },
  });
  const selector = (app: string) => ({ matchLabels: { app } });
  await make(resources.deployments, 'Deployment', 'apps/v1', 'web', {
    spec: { replicas: 2, selector: selector('web'), template: template({ app: 'web' }) },
  });
  await make(resources.services, 'Service', 'v1', 'web', { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
  await make(resources.poddisruptionbudgets, 'PodDisruptionBudget', 'policy/v1', 'web', {
    spec: { minAvailable: 1, selector: selector('web') },
  });
  await make(resources.daemonsets, 'DaemonSet', 'apps/v1', 'each', {
    spec: { selector: selector('each'), template: template({ app: 'each' }) },
  });
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  await make(resources.statefulsets, 'StatefulSet', 'apps/v1', 'set', {
    spec: {
      replicas: 1,
      serviceName: 'set',
      selector: selector('set'),
      template: template({ app: 'set' }),
      volumeClaimTemplates: [claim],
    },
  });
  await make(resources.jobs, 'Job', 'batch/v1', 'once', {
    spec: { template: template({ exit: '0' }, { restartPolicy: 'Never' }) },
  });
  await make(resources.cronjobs, 'CronJob', 'batch/v1', 'often', {
    spec: {
      schedule: '* * * * *',
      jobTemplate: { spec: { template: template({ exit: '0' }, { restartPolicy: 'Never' }) } },
    },
  });
  await make(resources.replicationcontrollers, 'ReplicationController', 'v1', 'old', {
    spec: { replicas: 1, selector: { app: 'old' }, template: template({ app: 'old' }) },
  });

  const get = <T extends KubeObject>(resource: Parameters<typeof client.get>[0], name: string) =>
    client.get<T>(resource, name, { namespace });
  await eventually(
    'the Deployment',
    async () => (await get<Deployment>(resources.deployments, 'web')).status?.availableReplicas === 2,
  );
  await eventually(
    'the budget',
    async () =>
      (await get<PodDisruptionBudget>(resources.poddisruptionbudgets, 'web')).status?.disruptionsAllowed === 1,
  );
  await eventually(
    'the DaemonSet',
    async () =>
      ((await get(resources.daemonsets, 'each')) as { status?: { numberAvailable?: number } }).status
        ?.numberAvailable === 1,
  );
  await eventually(
    'the StatefulSet',
    async () => (await get<StatefulSet>(resources.statefulsets, 'set')).status?.readyReplicas === 1,
  );
  await eventually('the Job', async () => (await get<Job>(resources.jobs, 'once')).status?.succeeded === 1);
  await eventually(
    'the ReplicationController',
    async () =>
      ((await get(resources.replicationcontrollers, 'old')) as { status?: { readyReplicas?: number } }).status
        ?.readyReplicas === 1,
  );
  await eventually(
    'the endpoints',
    async () =>
      ((await get(resources.endpoints, 'web')) as { subsets?: { addresses?: unknown[] }[] }).subsets?.[0]?.addresses
        ?.length === 2,
  );
  assert.deepEqual(
    (await get<PersistentVolumeClaim>(resources.persistentvolumeclaims, 'data-set-0')).metadata.finalizers,
    ['kubernetes.io/pvc-protection'],
  );
  await eventually('view has rules', async () => {
    const role = await client.get(resources.clusterroles, 'view');
    return ((role as { rules?: unknown[] }).rules ?? []).length > 0;
  });

  await client.delete(resources.namespaces, namespace);
  await eventually(
    'the namespace is gone',
    async () => !(await orUndefined(client.get(resources.namespaces, namespace))),
  );
  await plane.stop();
  await server.close();
  await store.close();
  const refused = lines.filter(line => /forbidden/i.test(line) && !line.includes('being terminated'));
  assert.deepEqual(refused, []);
});
