/** The market, with a real repository, real charts and the releases that they become. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { textAnswer } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { platformResources, type Extension, type InstallPlan, type Repository } from '@orrery/platform-kinds';
import { startBackend, type Backend } from '../testing/backend.ts';
import { packChart } from '../testing/chart.ts';
import { becomes, eventually, namesIn, startPeople, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { listedIn } from './repositories.ts';
import { merged, needsRelease, statusIn } from './plan.ts';

const base = '/kapis/kubesphere.io/v1alpha1';
const config = '/kapis/config.kubesphere.io/v1alpha2/configs';

const permissions = `kind: ClusterRole
rules:
  - { verbs: ['*'], apiGroups: [extensions.kubesphere.io], resources: ['*'] }
---
kind: Role
rules: []
`;

const entry = `apiVersion: extensions.kubesphere.io/v1alpha1
kind: ExtensionEntry
metadata: { name: {{ .Release.Name }} }
spec:
  entries:
    - { name: {{ .Release.Name }}, title: {{ .Values.title | quote }}, link: /{{ .Release.Name }} }
`;
const settings = `apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data:
  title: {{ .Values.title | quote }}
  cluster: {{ .Values.global.clusterInfo.name | quote }}
  version: {{ .Chart.Version | quote }}
`;

const chart = (name: string, version: string, more: Record<string, string> = {}): Uint8Array =>
  packChart(name, {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\ndescription: Notes for all\n`,
    'values.yaml': 'title: Plain\n',
    'extension.yaml': `displayName: { en: The ${name}, zh: 笔记 }\ncategory: dev-tools\nicon: ./icon.svg\nkeywords: [a]\nksVersion: ">=4.0.0"\n`,
    'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'permissions.yaml': permissions,
    'templates/entry.yaml': entry,
    'templates/settings.yaml': settings,
    ...more,
  });
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;
let host: Backend;
/** What the repository has, by path. */
const files = new Map<string, Uint8Array | string>();

before(async () => {
  host = await startBackend();
  host.answer = async ({ target, headers }) => {
    const file = files.get(target.split('?')[0]!);
    if (target.startsWith('/private/') && headers['authorization'] !== `Basic ${btoa('reader:secret')}`)
      return textAnswer(401, 'who are you');
    if (file === undefined) return textAnswer(404, 'nothing');
    return { status: 200, headers: {}, body: typeof file === 'string' ? new TextEncoder().encode(file) : file };
  };
  cluster = await startCluster({ controllers: true });
  platform = await startPlatform(cluster, {
    settings: { egress: { allow: [`127.0.0.1:${host.port}`], onlyListed: false } },
  });
  people = await startPeople(platform);
  await people.create('member');
});
after(async () => {
  await platform.close();
  await cluster.close();
  await host.close();
});

const planOf = (name: string) => orUndefined(cluster.client.get<InstallPlan>(platformResources.installplans, name));
const stateIs = (name: string, state: string) =>
  becomes(async () => {
    const plan = await planOf(name);
    return plan?.status?.state === 'InstallFailed' && state !== 'InstallFailed'
      ? JSON.stringify(plan.status.conditions)
      : plan?.status?.state;
  }, state);
const settingsOf = async (name: string) => {
  type ConfigMap = KubeObject & { data: Record<string, string> };
  const place = { namespace: `extension-${name}` };
  return (await orUndefined(cluster.client.get<ConfigMap>(resources.configmaps, 'settings', place)))?.data;
};
const entries = async () => {
  const { body } = await people.as('admin', 'GET', `${config}/extensions`).then(answer => answer);
  return (body['extensions'] as { entries: { name: string; title: string }[] }).entries.map(({ name, title }) => [
    name,
    title,
  ]);
};
const planBody = (name: string, version: string, more: object = {}) => ({
  metadata: { name },
  spec: { extension: { name, version }, enabled: true, ...more },
});

test('an index becomes the newest versions of each extension; what is none is left out', () => {
  const text = `entries:
  notes:
    - { name: notes, version: 1.2.0, urls: [charts/notes-1.2.0.tgz], digest: d }
    - { name: notes, version: 1.10.0, urls: ["https://elsewhere.example.com/n.tgz"] }
    - { name: notes, version: 1.3.0, urls: [/n.tgz] }
    - { name: other, version: 2.0.0, urls: [x] }
    - { name: notes, version: not-one, urls: [x] }
    - { name: notes, version: 3.0.0, urls: ["file:///etc/passwd"] }
  Wrong_Name: [{ name: Wrong_Name, version: 1.0.0, urls: [x] }]
`;
  assert.deepEqual(
    listedIn(text, 'https://charts.example.com/stable', 2).map(({ version, url }) => [version, url]),
    [
      ['1.10.0', 'https://elsewhere.example.com/n.tgz'],
      ['1.3.0', 'https://charts.example.com/n.tgz'],
    ],
  );
  assert.equal(listedIn(text, 'https://charts.example.com/stable', 0).length, 3);
  assert.throws(() => listedIn('<html>', 'https://x', 0), /no index of charts/);
});

test('values are put together, and what was done is not done again', () => {
  assert.deepEqual(merged({ a: { b: 1, c: 2 }, d: [1] }, { a: { c: 3 }, d: [2] }), { a: { b: 1, c: 3 }, d: [2] });
  const plan = { metadata: {}, spec: { extension: { name: 'n', version: '1' } } } as InstallPlan;
  const status = { version: '1', configHash: 'h' };
  assert.equal(needsRelease(plan, 'h'), true);
  for (const [state, hash, expected] of [
    ['Installed', 'h', false],
    ['Installed', 'i', true],
    ['InstallFailed', 'h', false],
    ['Installing', 'h', true],
  ] as const)
    assert.equal(needsRelease({ ...plan, status: { ...status, state } }, hash), expected, state + hash);
  const twelve = Array.from({ length: 12 }, (_, index) =>
    index % 2 ? ('Installing' as const) : ('Installed' as const),
  );
  const told = twelve.reduce((before, state) => statusIn(before, state, 't'), {} as ReturnType<typeof statusIn>);
  assert.equal(told.stateHistory!.length, 10);
});

test('a chart that an administrator uploads is an extension, with all that it says', async () => {
  const body = { chart: base64(chart('notes', '1.0.0')) };
  const made = await people.done('admin', 'POST', `${base}/extensionversions`, body);
  assert.equal((made['metadata'] as { name: string }).name, 'notes-1.0.0');
  const { icon, category, displayName } = made['spec'] as Record<string, unknown>;
  assert.match(String(icon), /^data:image\/svg\+xml;base64,/);
  assert.deepEqual([category, displayName], ['dev-tools', { en: 'The notes', zh: '笔记' }]);
  await becomes(async () => {
    const found = await orUndefined(cluster.client.get<Extension>(platformResources.marketExtensions, 'notes'));
    return [found?.spec?.displayName?.['en'], found?.status?.recommendedVersion];
  }, ['The notes', '1.0.0']);
  assert.deepEqual(namesIn(await people.done('admin', 'GET', `${base}/extensions`)), ['notes']);
  const path = '/kapis/package.kubesphere.io/v1alpha1/extensionversions/notes-1.0.0/files';
  const listed = (await people.done('admin', 'GET', path)) as unknown as { name: string; data: string }[];
  const found = listed.find(({ name }) => name === 'permissions.yaml')!;
  assert.equal(atob(found.data), permissions);
  const values = listed.find(({ name }) => name === 'values.yaml')!;
  assert.equal(atob(values.data), 'title: Plain\n', 'as it was written');
  assert.ok(namesIn(await people.done('admin', 'GET', `${base}/categories`)).includes('dev-tools'));
});

const uploads: [string, string, number, RegExp][] = [
  ['no base64', '?', 422, /in base64/],
  ['no chart', btoa('nothing'), 422, /no chart that can be used/],
  ['one that is too large', base64(new Uint8Array(1_100_000)), 413, /offer it in a repository/],
  ['another chart of one version', base64(chart('notes', '1.0.0', { 'more.txt': 'x' })), 409, /another version/],
];
for (const [what, body, status, why] of uploads)
  test(`an upload of ${what} is refused in words`, async () => {
    const answer = await people.as('admin', 'POST', `${base}/extensionversions`, { chart: body });
    assert.equal(answer.status, status);
    assert.match(answer.text, why);
  });

const plans: [string, object, RegExp][] = [
  ['no values', { config: 'just a text' }, /spec\.config: must be values in YAML/],
  [
    'another cluster',
    { clusterScheduling: { placement: { clusters: ['m1'] } } },
    /\\"m1\\" is no cluster of this platform/,
  ],
  ['a strategy of its own', { upgradeStrategy: 'Whenever' }, /Manual or Automatic/],
];
for (const [what, more, why] of plans)
  test(`a plan with ${what} is refused in words`, async () => {
    const answer = await people.as('admin', 'POST', `${base}/installplans`, planBody('notes', '1.0.0', more));
    assert.equal(answer.status, 422);
    assert.match(answer.text, why);
  });

test('the market is for who may administer it', async () => {
  for (const path of ['extensions', 'installplans', 'repositories', 'extensionversions'])
    assert.equal(await people.status('member', 'GET', `${base}/${path}`), 403, path);
  assert.equal(await people.status('member', 'POST', `${base}/installplans`, planBody('notes', '1.0.0')), 403);
});

test('installed, it shows in the console without a restart', async () => {
  await people.done('admin', 'POST', `${base}/installplans`, planBody('notes', '1.0.0', { config: 'title: Mine' }));
  await stateIs('notes', 'Installed');
  assert.deepEqual(await settingsOf('notes'), { title: 'Mine', cluster: 'host', version: '1.0.0' });
  const { status } = (await planOf('notes'))!;
  assert.deepEqual(
    [status!.version, status!.targetNamespace, status!.releaseName, status!.enabled],
    ['1.0.0', 'extension-notes', 'notes', true],
  );
  assert.deepEqual(
    status!.stateHistory!.map(({ state }) => state),
    ['Preparing', 'Installing', 'Installed'],
  );
  await becomes(entries, [['notes', 'Mine']]);
  await becomes(async () => {
    const { status } = await cluster.client.get<Extension>(platformResources.marketExtensions, 'notes');
    return [status?.state, status?.installedVersion, status?.enabled];
  }, ['Installed', '1.0.0', true]);
});

test('its installer may do what its chart asks for, and nothing else', async () => {
  const escape = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: escaped, namespace: kube-system }\n`;
  const body = { chart: base64(chart('greedy', '1.0.0', { 'templates/escape.yaml': escape })) };
  await people.done('admin', 'POST', `${base}/extensionversions`, body);
  await people.done('admin', 'POST', `${base}/installplans`, planBody('greedy', '1.0.0'));
  await stateIs('greedy', 'InstallFailed');
  const { conditions } = (await planOf('greedy'))!.status!;
  assert.match(conditions![0]!.message!, /orrery:extension:greedy.*cannot/s);
  await people.done('admin', 'DELETE', `${base}/installplans/greedy`);
  await eventually('the plan is gone', async () => (await planOf('greedy')) === undefined);
});

test('P6: an extension does not go where people of a workspace would have its tokens', async () => {
  await people.workspace('w1', 'member');
  await people.project('member', 'w1', 'lent');
  const body = { chart: base64(chart('lodger', '1.0.0', { 'extension.yaml': 'namespace: lent\n' })) };
  await people.done('admin', 'POST', `${base}/extensionversions`, body);
  await people.done('admin', 'POST', `${base}/installplans`, planBody('lodger', '1.0.0'));
  await stateIs('lodger', 'InstallFailed');
  const { conditions } = (await planOf('lodger'))!.status!;
  assert.match(conditions![0]!.message!, /"lent" is a project of the workspace "w1"/);
  const role = cluster.client.get(resources.clusterroles, 'orrery:extension:lodger');
  assert.equal(await orUndefined(role), undefined, 'nor has it rights yet');
  await people.done('admin', 'DELETE', `${base}/installplans/lodger`);
  await eventually('the plan is gone', async () => (await planOf('lodger')) === undefined);
});

test('switched off it is not shown, and stays installed; on again it is there', async () => {
  const set = (enabled: boolean) =>
    people.done(
      'admin',
      'PUT',
      `${base}/installplans/notes`,
      planBody('notes', '1.0.0', { enabled, config: 'title: Mine' }),
    );
  await set(false);
  await becomes(entries, []);
  await becomes(async () => (await planOf('notes'))?.status?.enabled, false);
  assert.equal((await settingsOf('notes'))?.['title'], 'Mine');
  await set(true);
  await becomes(entries, [['notes', 'Mine']]);
});

test('another version and other values are an upgrade', async () => {
  await people.done('admin', 'POST', `${base}/extensionversions`, { chart: base64(chart('notes', '1.1.0')) });
  await people.done('admin', 'PUT', `${base}/installplans/notes`, planBody('notes', '1.1.0', { config: 'title: New' }));
  await becomes(async () => (await settingsOf('notes'))?.['version'], '1.1.0');
  await stateIs('notes', 'Installed');
  await becomes(entries, [['notes', 'New']]);
  const { status } = (await planOf('notes'))!;
  assert.equal(status!.conditions![0]!.type, 'Upgraded');
});

test('uninstalled, nothing of it is left but what the market offers', async () => {
  await people.done('admin', 'DELETE', `${base}/installplans/notes`);
  await eventually('the plan is gone', async () => (await planOf('notes')) === undefined);
  assert.equal(await settingsOf('notes'), undefined);
  await becomes(entries, []);
  const role = orUndefined(cluster.client.get(resources.clusterroles, 'orrery:extension:notes'));
  assert.equal(await role, undefined);
  await becomes(async () => {
    const { status } = await cluster.client.get<Extension>(platformResources.marketExtensions, 'notes');
    return [status?.state, status?.installedVersion];
  }, [undefined, undefined]);
  await people.done('admin', 'DELETE', `${base}/extensions/notes`);
  await becomes(
    async () =>
      namesIn(await people.done('admin', 'GET', `${base}/extensionversions`)).filter(name => name.startsWith('notes')),
    [],
  );
});

const indexOf = (...versions: string[]) =>
  `apiVersion: v1\nentries:\n  board:\n${versions.map(version => `    - { name: board, version: ${version}, urls: [board-${version}.tgz] }`).join('\n')}\n`;
const versionsOf = async (extension: string) =>
  namesIn(await people.done('admin', 'GET', `${base}/extensionversions?sortBy=name&ascending=true`)).filter(name =>
    name.startsWith(`${extension}-`),
  );

test('a repository is read with its password, which nobody is told, and again when it is asked for', async () => {
  for (const version of ['1.0.0', '1.1.0']) files.set(`/private/board-${version}.tgz`, chart('board', version));
  files.set('/private/index.yaml', indexOf('1.0.0'));
  const spec = { url: `${host.url}/private`, basicAuth: { username: 'reader', password: 'secret' } };
  const made = await people.done('admin', 'POST', `${base}/repositories`, { metadata: { name: 'own' }, spec });
  assert.ok(!JSON.stringify(made).includes('secret'));
  await becomes(() => versionsOf('board'), ['board-1.0.0']);
  assert.ok(!(await people.as('admin', 'GET', `${base}/repositories`)).text.includes('secret'));
  files.set('/private/index.yaml', indexOf('1.1.0'));
  await people.done('admin', 'POST', `${base}/repositories/own/sync`);
  await becomes(() => versionsOf('board'), ['board-1.1.0']);
  await people.done('admin', 'POST', `${base}/installplans`, planBody('board', '1.1.0'));
  await stateIs('board', 'Installed');
});

test('a password stays while a repository stays where it is, and does not follow it to another registry', async () => {
  const at = (port: number) => `oci://127.0.0.1:${port}/team/notes`;
  const put = (port: number) =>
    people.done('admin', 'PUT', `${base}/repositories/moving`, {
      metadata: {},
      spec: { url: at(port), basicAuth: { username: 'reader' } },
    });
  const spec = { url: at(1), basicAuth: { username: 'reader', password: 'secret' } };
  await people.done('admin', 'POST', `${base}/repositories`, { metadata: { name: 'moving' }, spec });
  const passwordOf = async () =>
    (await cluster.client.get<Repository>(platformResources.repositories, 'moving')).spec.basicAuth?.password;
  await put(1);
  assert.equal(await passwordOf(), 'secret');
  await put(2);
  assert.equal(await passwordOf(), undefined);
  await people.done('admin', 'DELETE', `${base}/repositories/moving`);
});

test('a repository that answers nothing says so; one that goes takes what is not installed along', async () => {
  const spec = { url: `${host.url}/nothing` };
  await people.done('admin', 'POST', `${base}/repositories`, { metadata: { name: 'broken' }, spec });
  await becomes(async () => {
    const found = await cluster.client.get<Repository>(platformResources.repositories, 'broken');
    return found.status?.conditions?.[0]?.message;
  }, 'the server answers with status 404');
  await people.done('admin', 'DELETE', `${base}/repositories/own`);
  await people.done('admin', 'DELETE', `${base}/repositories/broken`);
  assert.deepEqual(await versionsOf('board'), ['board-1.1.0'], 'it is installed');
  await people.done('admin', 'DELETE', `${base}/installplans/board`);
  await becomes(() => versionsOf('board'), []);
});
