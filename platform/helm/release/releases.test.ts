import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { standardChart } from '../testing/standard-chart.ts';
import { settings, startHelm, tiny } from '../testing/releases.ts';

const { client, helm, room, get } = await startHelm();

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
