import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createClient } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { systemClock } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { systemRandom } from '@orrery/machinery/random';
import { startCluster } from '@orrery/platform-server/testing/platform';
import { chartOf } from '../chart/chart.ts';
import { standardChart } from '../testing/standard-chart.ts';
import { folder } from '../testing/text.ts';
import type { Chart } from '../types.ts';
import { releases } from './releases.ts';

// Over a socket, as any cluster is reached.
const cluster = await startCluster({ remote: true });
after(() => cluster.close());

const client = createClient(cluster.forPlatform, { userAgent: 'helm-test' });
const helm = releases(client, systemClock, systemRandom);

type Loose = KubeObject & Record<string, unknown>;
let count = 0;

/** A namespace for each test. */
async function room(): Promise<string> {
  const name = `room-${++count}`;
  await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

const get = (resource: keyof typeof resources, name: string, namespace: string): Promise<Loose | undefined> =>
  orUndefined(client.get<Loose>(resources[resource], name, { namespace }));

const head = 'apiVersion: v2\nname: tiny\nversion: 0.1.0\nappVersion: "1"\n';
const tiny = (files: Readonly<Record<string, string>>): Chart => chartOf(folder({ 'Chart.yaml': head, ...files }));
const settings = (name: string, body: string, annotations = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${annotations}data:\n${body}`;

test('installed, a chart is there, marked as its release, and stored where helm looks', async () => {
  const namespace = 'fresh-room';
  const release = await helm.install(standardChart(), {
    name: 'my',
    namespace,
    createNamespace: true,
    values: { replicaCount: 2 },
  });
  assert.deepEqual([release.name, release.revision, release.status, release.chart.name], ['my', 1, 'deployed', 'web']);
  assert.equal(release.info.description, 'Install complete');
  assert.match(release.notes, /my-web.fresh-room:80/);
  const deployment = await get('deployments', 'my-web', namespace);
  assert.equal((deployment!['spec'] as { replicas: number }).replicas, 2);
  assert.equal(deployment!.metadata.labels?.['app.kubernetes.io/managed-by'], 'Helm');
  assert.deepEqual(deployment!.metadata.annotations, {
    'meta.helm.sh/release-name': 'my',
    'meta.helm.sh/release-namespace': namespace,
  });
  const secret = (await get('secrets', 'sh.helm.release.v1.my.v1', namespace))!;
  const { createdAt, modifiedAt, ...labels } = secret.metadata.labels!;
  assert.deepEqual(labels, { name: 'my', owner: 'helm', status: 'deployed', version: '1' });
  assert.ok(createdAt === undefined && /^\d+$/.test(modifiedAt!));
  assert.equal(secret['type'], 'helm.sh/release.v1');
  const text = Buffer.from((secret['data'] as { release: string }).release, 'base64').toString();
  const stored = JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString()) as Record<string, unknown>;
  assert.deepEqual(Object.keys(stored).sort(), [
    'chart',
    'config',
    'hooks',
    'info',
    'manifest',
    'name',
    'namespace',
    'version',
  ]);
  assert.deepEqual(stored['config'], { replicaCount: 2 });
  const chart = stored['chart'] as { metadata: { version: string }; templates: { name: string; data: string }[] };
  assert.equal(chart.metadata.version, '0.1.0');
  assert.ok(
    chart.templates.some(
      ({ name, data }) => name === 'templates/service.yaml' && Buffer.from(data, 'base64').includes('kind: Service'),
    ),
  );
  await assert.rejects(helm.install(standardChart(), { name: 'my', namespace }), {
    name: 'ReleaseError',
    message: 'cannot re-use a name that is still in use',
  });
});

test('an upgrade keeps what others added, changes what it says, and removes what it says no more', async () => {
  const namespace = await room();
  const first = standardChart({
    'templates/extra.yaml': settings('extra', '  a: "1"\n'),
    'templates/kept.yaml': settings('kept', '  a: "1"\n', '  annotations:\n    helm.sh/resource-policy: keep\n'),
  });
  const env = [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ];
  await helm.install(first, {
    name: 'my',
    namespace,
    values: { env, podAnnotations: { old: 'x' }, settings: { size: 'small' } },
  });
  // Somebody else scales it, adds a variable, a sidecar and a label.
  const added = {
    metadata: { labels: { theirs: 'yes' } },
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'web', env: [{ name: 'THEIRS', value: 'x' }] },
            { name: 'sidecar', image: 'busybox' },
          ],
        },
      },
    },
  };
  await client.patch(resources.deployments, 'my-web', 'strategic', added, { namespace });
  const release = await helm.upgrade(standardChart(), {
    name: 'my',
    namespace,
    values: {
      env: [
        { name: 'B', value: '3' },
        { name: 'C', value: '4' },
      ],
      image: { tag: '2.0' },
      settings: { size: 'large' },
    },
  });
  assert.deepEqual([release.revision, release.status, release.info.description], [2, 'deployed', 'Upgrade complete']);
  const deployment = (await get('deployments', 'my-web', namespace))!;
  assert.equal(deployment.metadata.labels?.['theirs'], 'yes');
  const { template } = deployment['spec'] as {
    template: {
      metadata: { annotations?: object };
      spec: { containers: { name: string; image: string; env?: object[] }[] };
    };
  };
  assert.equal(template.metadata.annotations, undefined);
  assert.deepEqual(template.spec.containers.map(({ name, image }) => `${name} ${image}`).sort(), [
    'sidecar busybox',
    'web nginx:2.0',
  ]);
  const variables = template.spec.containers.find(({ name }) => name === 'web')!.env as {
    name: string;
    value: string;
  }[];
  assert.deepEqual(Object.fromEntries(variables.map(({ name, value }) => [name, value])), {
    THEIRS: 'x',
    B: '3',
    C: '4',
  });
  assert.equal(((await get('configmaps', 'my-web-settings', namespace))!['data'] as { size: string }).size, 'large');
  assert.equal(await get('configmaps', 'extra', namespace), undefined);
  assert.ok(await get('configmaps', 'kept', namespace));
  const history = await helm.history('my', namespace);
  assert.deepEqual(
    history.map(({ revision, status }) => `${revision} ${status}`),
    ['1 superseded', '2 deployed'],
  );
});

test('values: of the last revision, reset, or the old ones beneath the new', async () => {
  const namespace = await room();
  const chart = (colour: string) =>
    tiny({
      'values.yaml': `colour: ${colour}\nsize: s\n`,
      'templates/c.yaml': settings(
        'c',
        '  said: {{ .Values.colour }}-{{ .Values.size }}-{{ .Values.own | default "none" }}\n',
      ),
    });
  const said = async () => ((await get('configmaps', 'c', namespace))!['data'] as { said: string }).said;
  const name = 'v';
  await helm.upgrade(chart('red'), { name, namespace, install: true, values: { own: 'mine' } });
  assert.equal(await said(), 'red-s-mine');
  await helm.upgrade(chart('blue'), { name, namespace });
  assert.equal(await said(), 'blue-s-mine');
  await helm.upgrade(chart('green'), { name, namespace, reuseValues: true, values: { size: 'l' } });
  assert.equal(await said(), 'blue-l-mine');
  const last = await helm.upgrade(chart('grey'), { name, namespace, resetValues: true });
  assert.equal(await said(), 'grey-s-none');
  assert.deepEqual(last.config, {});
  await assert.rejects(helm.upgrade(chart('x'), { name: 'none', namespace }), {
    name: 'ReleaseError',
    message: '"none" has no deployed releases',
  });
});

test('taken back, a release is again what it was', async () => {
  const namespace = await room();
  const one = tiny({
    'templates/c.yaml': settings('c', '  a: "1"\n'),
    'templates/d.yaml': settings('d', '  x: "1"\n'),
  });
  const two = tiny({
    'templates/c.yaml': settings('c', '  a: "2"\n  b: "2"\n'),
    'templates/e.yaml': settings('e', '  x: "1"\n'),
  });
  await helm.install(one, { name: 'r', namespace });
  await helm.upgrade(two, { name: 'r', namespace });
  const back = await helm.rollback('r', namespace, 0);
  assert.deepEqual([back.revision, back.status, back.info.description], [3, 'deployed', 'Rollback to 1']);
  assert.deepEqual((await get('configmaps', 'c', namespace))!['data'], { a: '1' });
  assert.ok(await get('configmaps', 'd', namespace));
  assert.equal(await get('configmaps', 'e', namespace), undefined);
  assert.deepEqual(
    (await helm.history('r', namespace)).map(({ status }) => status),
    ['superseded', 'superseded', 'deployed'],
  );
  await assert.rejects(helm.rollback('r', namespace, 9), { name: 'ReleaseError', message: 'release has no 9 version' });
});

test('what belongs to others is not taken over', async () => {
  const namespace = await room();
  await client.create(resources.configmaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace },
    data: {},
  } as KubeObject);
  const chart = tiny({ 'templates/c.yaml': settings('c', '  a: "1"\n') });
  const complaint = `ConfigMap "c" in namespace "${namespace}" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "mine"; annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "${namespace}"`;
  await assert.rejects(helm.install(chart, { name: 'mine', namespace }), {
    name: 'ReleaseError',
    message: `Unable to continue with install: ${complaint}`,
  });
  assert.deepEqual(await helm.history('mine', namespace), []);
  const marks = {
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': 'mine', 'meta.helm.sh/release-namespace': namespace },
  };
  await client.patch(resources.configmaps, 'c', 'merge', { metadata: marks }, { namespace });
  await helm.install(chart, { name: 'mine', namespace });
  assert.deepEqual((await get('configmaps', 'c', namespace))!['data'], { a: '1' });
});

test('removed, nothing is left but what shall be kept; the history too if asked for', async () => {
  const namespace = await room();
  const chart = standardChart();
  await helm.install(chart, { name: 'my', namespace, values: { keepsData: true } });
  const gone = await helm.uninstall('my', namespace, { keepHistory: true });
  assert.deepEqual([gone.status, gone.info.description], ['uninstalled', 'Uninstallation complete']);
  assert.equal(await get('services', 'my-web', namespace), undefined);
  assert.ok(await get('configmaps', 'my-web-data', namespace));
  assert.deepEqual(
    (await helm.history('my', namespace)).map(({ status }) => status),
    ['uninstalled'],
  );
  await assert.rejects(helm.uninstall('my', namespace, { keepHistory: true }), {
    message: 'the release named "my" is already deleted',
  });
  const again = await helm.upgrade(chart, { name: 'my', namespace, install: true, values: { keepsData: true } });
  assert.deepEqual([again.revision, again.status], [2, 'deployed']);
  await helm.uninstall('my', namespace);
  assert.equal(await helm.get('my', namespace), undefined);
  await assert.rejects(helm.uninstall('my', namespace), {
    message: 'uninstall: Release not loaded: my: release: not found',
  });
});

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

test('a release that cannot be made is stored as failed and can be mended', async () => {
  const namespace = await room();
  const chart = (key: string) =>
    tiny({ 'templates/a.yaml': settings('a', '  x: "1"\n'), 'templates/c.yaml': settings('c', `  ${key}: "1"\n`) });
  await assert.rejects(helm.install(chart('"no spaces here"'), { name: 'f', namespace }), {
    name: 'ReleaseError',
    message: /ConfigMap "c" is invalid/,
  });
  const failed = await helm.get('f', namespace);
  assert.equal(failed?.status, 'failed');
  assert.match(failed.info.description, /^Release "f" failed: ConfigMap "c" is invalid/);
  const mended = await helm.upgrade(chart('fine'), { name: 'f', namespace });
  assert.deepEqual([mended.revision, mended.status], [2, 'deployed']);
  assert.ok(await get('configmaps', 'a', namespace));
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

test('lists show the last revision of each release; ten revisions are kept', async () => {
  const namespace = await room();
  const chart = tiny({
    'templates/c.yaml': settings('{{ .Release.Name }}', '  revision: "{{ .Release.Revision }}"\n'),
  });
  for (const name of ['b', 'a']) await helm.install(chart, { name, namespace });
  for (let at = 0; at < 11; at++) await helm.upgrade(chart, { name: 'b', namespace });
  const shown = (await helm.list(namespace)).map(({ name, revision, status }) => `${name} ${revision} ${status}`);
  assert.deepEqual(shown, ['a 1 deployed', 'b 12 deployed']);
  assert.ok((await helm.list()).length >= 2);
  assert.deepEqual(
    (await helm.history('b', namespace)).map(({ revision }) => revision),
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  );
  assert.equal((await helm.get('b', namespace, 5))?.status, 'superseded');
  // A Secret that holds nonsense hides no release.
  await client.create(resources.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sh.helm.release.v1.z.v1', namespace, labels: { owner: 'helm', name: 'z', version: '1' } },
    type: 'helm.sh/release.v1',
    data: { release: Buffer.from('nonsense').toString('base64') },
  } as KubeObject);
  assert.equal((await helm.list(namespace)).length, 2);
});

test('what is only tried leaves no trace', async () => {
  const namespace = await room();
  const tried = await helm.install(standardChart(), { name: 'dry', namespace, dryRun: true });
  assert.match(tried.manifest, /kind: Deployment/);
  assert.deepEqual(await helm.history('dry', namespace), []);
  assert.equal(await get('services', 'dry-web', namespace), undefined);
  await assert.rejects(helm.install(standardChart(), { name: 'No_Good', namespace }), {
    name: 'ReleaseError',
    message: /^release name "No_Good": invalid release name/,
  });
  await assert.rejects(
    helm.get('x/../y', namespace),
    (error: Error) => !isReason(error, 'NotFound') && /invalid release name/.test(error.message),
  );
});
