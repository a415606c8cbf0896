/** What a release waits for: its hooks, its definitions, and what it brings being ready. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { systemClock } from '@orrery/machinery/clock';
import { standardChart } from '../testing/standard-chart.ts';
import { settings, startHelm, tiny, type Loose } from '../testing/releases.ts';

const { client, helm, room, get } = await startHelm();

const job = (name: string, annotations: string): string =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: ${name}\n  annotations:\n${annotations}spec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: c, image: busybox}]\n`;

/** Ends jobs as they appear, as a cluster with nodes would. */
async function endJobs(
  namespace: string,
  seen: string[],
  conditionOf: (name: string) => 'Complete' | 'Failed',
  signal: AbortSignal,
): Promise<void> {
  for await (const event of client.watch<Loose>(resources.jobs, { namespace, signal })) {
    if (event.type !== 'ADDED') continue;
    const { name } = event.object.metadata;
    seen.push(name!);
    const type = conditionOf(name!);
    const now = new Date(systemClock.now()).toISOString().replace(/\.\d+/, '');
    const before = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
    const conditions = [before, type].map(each => ({
      type: each,
      status: 'True',
      reason: 'Told',
      lastProbeTime: now,
      lastTransitionTime: now,
    }));
    const times = type === 'Complete' ? { completionTime: now } : {};
    await client.patch(
      resources.jobs,
      name!,
      'merge',
      { status: { startTime: now, ...times, conditions } },
      { namespace, subresource: 'status' },
    );
  }
}

test('hooks run by weight, are waited for, and go by their policies', async () => {
  const namespace = await room();
  const seen: string[] = [];
  const ending = new AbortController();
  const ended = endJobs(namespace, seen, name => (name.startsWith('bad') ? 'Failed' : 'Complete'), ending.signal);
  const hook = (events: string, weight: number, policy: string) =>
    `    helm.sh/hook: ${events}\n    helm.sh/hook-weight: "${weight}"\n    helm.sh/hook-delete-policy: ${policy}\n`;
  const chart = tiny({
    'templates/c.yaml': settings('c', '  a: "1"\n'),
    'templates/jobs.yaml': [
      job('later', hook('pre-install', 5, 'hook-succeeded')),
      job('sooner', hook('pre-install', -5, 'before-hook-creation')),
      job('last', hook('post-install,post-upgrade', 0, 'before-hook-creation')),
      job('farewell', hook('pre-delete', 0, 'hook-succeeded')),
    ].join('---\n'),
  });
  try {
    const release = await helm.install(chart, { name: 'h', namespace });
    assert.deepEqual(seen, ['sooner', 'later', 'last']);
    assert.equal(await get('jobs', 'later', namespace), undefined);
    assert.ok(await get('jobs', 'sooner', namespace));
    assert.deepEqual(
      release.hooks
        .filter(({ last_run: run }) => run.phase === 'Succeeded')
        .map(({ name }) => name)
        .sort(),
      ['last', 'later', 'sooner'],
    );
    await helm.upgrade(chart, { name: 'h', namespace });
    assert.deepEqual(seen.slice(3), ['last']);
    const failing = tiny({
      'templates/c.yaml': settings('c', '  a: "9"\n'),
      'templates/j.yaml': job('bad', hook('pre-upgrade', 0, 'hook-failed')),
    });
    await assert.rejects(
      helm.upgrade(failing, { name: 'h', namespace }),
      (error: Error & { release?: { status: string } }) => {
        assert.equal(error.message, 'pre-upgrade hooks failed: job failed: Told');
        assert.equal(error.release?.status, 'failed');
        return true;
      },
    );
    assert.equal(await get('jobs', 'bad', namespace), undefined);
    assert.deepEqual((await get('configmaps', 'c', namespace))!['data'], { a: '1' });
    assert.deepEqual(
      (await helm.history('h', namespace)).map(({ status }) => status),
      ['superseded', 'deployed', 'failed'],
    );
    await helm.rollback('h', namespace, 2);
    await helm.uninstall('h', namespace);
    assert.equal(seen.at(-1), 'farewell');
  } finally {
    ending.abort();
    await ended;
  }
});

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: tales.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {plural: tales, singular: tale, kind: Tale, listKind: TaleList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
`;

test('definitions come first, and their objects with them', async () => {
  const namespace = await room();
  const tale = (lines: string) =>
    `apiVersion: example.com/v1\nkind: Tale\nmetadata:\n  name: t\nspec:\n  lines: ${lines}\n  has: {{ .Capabilities.APIVersions.Has "example.com/v1/Tale" }}\n  seen: {{ (lookup "v1" "Namespace" "" .Release.Namespace).metadata.name }}\n`;
  const place = { group: 'example.com', version: 'v1', resource: 'tales' };
  const without = tiny({ 'templates/t.yaml': tale('[a]') });
  await assert.rejects(helm.install(without, { name: 'crd', namespace }), {
    name: 'ReleaseError',
    message: /no matches for kind "Tale" in version "example.com\/v1"\nensure CRDs are installed first$/,
  });
  const chart = (lines: string) => tiny({ 'crds/tale.yaml': definition, 'templates/t.yaml': tale(lines) });
  await helm.install(chart('[a, b]'), { name: 'crd', namespace });
  await client.patch(place, 't', 'merge', { spec: { theirs: true } }, { namespace });
  await helm.upgrade(chart('[c]'), { name: 'crd', namespace });
  const { spec } = (await client.get<Loose>(place, 't', { namespace })) as unknown as { spec: unknown };
  assert.deepEqual(spec, { lines: ['c'], has: true, seen: namespace, theirs: true });
});

test('waiting ends when what was installed is ready, when time is up, or when it is called off', async () => {
  const namespace = await room();
  const chart = standardChart();
  await assert.rejects(helm.install(chart, { name: 'slow', namespace, wait: true, timeout: 50 }), {
    name: 'ReleaseError',
    message: /Deployment "slow-web" in namespace ".*" is not ready: timed out waiting for the condition/,
  });
  const ending = new AbortController();
  const called = helm.upgrade(chart, {
    name: 'slow',
    namespace,
    wait: true,
    signal: ending.signal,
    values: { replicaCount: 3 },
  });
  const outcome = assert.rejects(called, { name: 'ReleaseError' });
  for (let tries = 0; (await helm.get('slow', namespace))?.status !== 'pending-upgrade'; tries++) {
    assert.ok(tries < 3000, 'the upgrade never began');
    await systemClock.sleep(10);
  }
  await assert.rejects(helm.upgrade(chart, { name: 'slow', namespace }), {
    message: 'another operation (install/upgrade/rollback) is in progress',
  });
  ending.abort();
  await outcome;
  const ready = await helm.upgrade(tiny({ 'templates/c.yaml': settings('c', '  a: "1"\n') }), {
    name: 'slow',
    namespace,
    wait: true,
  });
  assert.equal(ready.status, 'deployed');
});
