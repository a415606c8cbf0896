/** Jobs, CronJobs and disruption budgets against the real API server in process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { resources } from '@orrery/client/resources';
import type { Job, Pod, PodDisruptionBudget } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { createLog, silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { startTestControlPlane, type TestControlPlane } from './testing.ts';

let server: ApiServer;
let plane: TestControlPlane;
const store = createMemoryStore({ clock: systemClock });
const log = process.env['CONTROLLERS_LOG'] ? createLog(systemClock, line => console.log(line), 'debug') : silentLog;

before(async () => {
  server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog });
  await server.ready;
  const exitCode = (pod: Pod) =>
    pod.metadata.labels?.['exit'] === undefined ? undefined : Number(pod.metadata.labels['exit']);
  plane = startTestControlPlane(server.handler, { log, exitCode });
  await plane.client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'b' } });
  await plane.addNode('node-1');
});

after(async () => {
  await plane.stop();
  await server.close();
  await store.close();
});

const make = (name: string, labels: Record<string, string>, spec: object = {}) =>
  plane.client.create(resources.jobs, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'b' },
    spec: {
      template: { metadata: { labels }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
      ...spec,
    },
  } as KubeObject);
const read = (name: string) => plane.client.get<Job>(resources.jobs, name, { namespace: 'b' });
const ended = (name: string, type: 'Complete' | 'Failed') =>
  plane.eventually(`${name} is ${type}`, async () => {
    const job = await read(name);
    return job.status?.conditions?.some(condition => condition.type === type && condition.status === 'True') && job;
  });
const podsOf = async (name: string) =>
  (await plane.client.list<Pod>(resources.pods, { namespace: 'b', labelSelector: `job-name=${name}` })).items;

test('a Job completes, and its pods are counted and released', async () => {
  await make('done', { exit: '0' }, { completions: 3, parallelism: 2 });
  const job = await ended('done', 'Complete');
  assert.equal(job.status?.succeeded, 3);
  assert.ok(job.status?.completionTime);
  const pods = await podsOf('done');
  assert.equal(pods.length, 3);
  assert.ok(pods.every(pod => !pod.metadata.finalizers?.length));
});

test('an Indexed Job runs each index', async () => {
  await make('indexed', { exit: '0' }, { completions: 4, parallelism: 4, completionMode: 'Indexed' });
  const job = await ended('indexed', 'Complete');
  assert.equal(job.status?.completedIndexes, '0-3');
});

test('a failure that the policy calls fatal ends the Job', async () => {
  const podFailurePolicy = { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] };
  await make('fatal', { exit: '42' }, { podFailurePolicy });
  const job = await ended('fatal', 'Failed');
  assert.equal(job.status?.conditions?.find(({ type }) => type === 'Failed')?.reason, 'PodFailurePolicy');
  assert.equal(job.status?.failed, 1);
});

test('a Job that is deleted takes its pods along', async () => {
  await make('gone', {}, { parallelism: 2 });
  await plane.eventually('two pods', async () => (await podsOf('gone')).length === 2);
  await plane.client.delete(resources.jobs, 'gone', { namespace: 'b', propagationPolicy: 'Background' });
  await plane.eventually('no pods', async () => (await podsOf('gone')).length === 0);
});

test('a finished Job goes when its time to live is over', async () => {
  await make('brief', { exit: '0' }, { ttlSecondsAfterFinished: 0 });
  await plane.eventually('it is gone', async () => !(await orUndefined(read('brief'))));
});

test('a disruption budget says how many pods may go', async () => {
  const labels = { app: 'guarded' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await plane.client.create(resources.deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'guarded', namespace: 'b' },
    spec: { replicas: 3, selector: { matchLabels: labels }, template },
  } as KubeObject);
  await plane.client.create(resources.poddisruptionbudgets, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'guarded', namespace: 'b' },
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  } as KubeObject);
  const budget = await plane.eventually('one may go', async () => {
    const found = await plane.client.get<PodDisruptionBudget>(resources.poddisruptionbudgets, 'guarded', {
      namespace: 'b',
    });
    return found.status?.disruptionsAllowed === 1 && found;
  });
  assert.deepEqual(
    [budget.status?.expectedPods, budget.status?.desiredHealthy, budget.status?.currentHealthy],
    [3, 2, 3],
  );
});
