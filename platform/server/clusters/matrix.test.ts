/** Every route below a member: what is of that cluster by the rights there, all else as on the host, and nothing for who does not see it. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { AnyRoute } from '@orrery/platform-contract';
import * as features from '@orrery/platform-contract/features';
import { startMember, type TestMember } from '../testing/member.ts';
import { eventually, iam, startPeople, tenant, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { samplePath } from '../testing/routes.ts';
import { isOfOneCluster } from './member/routes.data.ts';

const golden = new URL('./permission-matrix.txt', import.meta.url);
const base = '/kapis/cluster.kubesphere.io/v1alpha1';
const routes: AnyRoute[] = Object.values(features)
  .flatMap(feature => Object.values(feature) as AnyRoute[])
  .filter(route => route.paths[0]!.startsWith('/kapis/') && samplePath(route) !== '');

/** In the order of the columns: somebody who sees the cluster and nothing in it, two of the workspace that is there, and who rules it. */
const people = ['bystander', 'viewer', 'owner', 'ruler', 'admin'] as const;
let cluster: TestCluster;
let east: TestMember;
let platform: TestPlatform;
let everybody: People;

before(async () => {
  [cluster, east] = await Promise.all([startCluster(), startMember()]);
  platform = await startPlatform(cluster, { settings: { egress: { allow: ['127.0.0.1'], onlyListed: false } } });
  everybody = await startPeople(platform);
  for (const name of ['bystander', 'viewer', 'owner', 'ruler', 'stranger']) await everybody.create(name);
  await everybody.workspace('w1', 'owner');
  await everybody.workspace('w2', 'stranger');
  await everybody.invite('owner', 'w1', 'viewer', 'w1-viewer');
  await everybody.invite('owner', 'w1', 'bystander', 'w1-regular');
  const spec = { connection: { kubeconfig: east.kubeconfig() } };
  await everybody.done('admin', 'POST', `${base}/clusters`, { metadata: { name: 'east' }, spec });
  await everybody.done('admin', 'POST', `${base}/clusters/east/grantrequests`, [{ workspace: 'w1', op: 'add' }]);
  await eventually('the cluster is ready', async () =>
    /"type":"Ready","status":"True"/.test((await everybody.as('admin', 'GET', `${base}/clusters/east`)).text),
  );
  const rules = [{ username: 'ruler', roleRef: 'cluster-admin' }];
  await everybody.done('admin', 'POST', `/clusters/east${iam}/clustermembers`, rules);
  const inEast = `/clusters/east${tenant}/workspaces/w1/namespaces`;
  await eventually(
    'a project is made there',
    async () => (await everybody.status('owner', 'POST', inEast, { metadata: { name: 'w1-p' } })) === 200,
  );
  const projects = `${tenant}/workspaces/w1/namespaces`;
  await eventually('the viewer sees it', async () => (await ask('viewer', 'GET', projects)) === '200 (1)');
  await eventually('the bystander sees nothing', async () => (await ask('bystander', 'GET', projects)) === '200 (0)');
  await eventually(
    'the system has its own',
    async () => (await ask('admin', 'GET', `${tenant}/namespaces`)) === '200 (6)',
  );
  await eventually('the ruler rules', async () => (await ask('ruler', 'GET', '/api/v1/nodes')) === '200 (1)');
});
after(async () => {
  await platform.close();
  await east.close();
  await cluster.close();
});

const tokens = new Map<string, Promise<string>>();
const tokenOf = (who: string): Promise<string> => {
  const known = tokens.get(who) ?? platform.logIn(who, 'Pa55word-long');
  tokens.set(who, known);
  return known;
};

/** Bodies are broken JSON, which is looked at after the permission: 400 says that it was allowed, and nothing was changed. */
async function ask(who: string, method: string, path: string, raw?: string): Promise<string> {
  const token = await tokenOf(who);
  const given = { token, ...(raw !== undefined && { raw }) };
  const { status, body } = await platform.call(method, `/clusters/east${path}`, given);
  const { items } = body as { items?: unknown[] };
  return `${status}${items ? ` (${items.length})` : ''}`;
}
const bodyOf = (route: AnyRoute): string | undefined => (route.body ? '{' : undefined);

test('what is of one cluster is by the rights there, as agreed', async () => {
  const rows: string[][] = [['route', ...people]];
  for (const route of routes.filter(isOfOneCluster)) {
    const cells = [];
    for (const who of people) cells.push(await ask(who, route.method, samplePath(route), bodyOf(route)));
    rows.push([route.id, ...cells]);
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)));
  const lines = rows.map(row => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  const text = `${lines.map(line => line.trimEnd()).join('\n')}\n`;
  if (process.env['UPDATE_GOLDEN']) await writeFile(golden, text);
  assert.equal(text, await readFile(golden, 'utf8'));
});

test('what is of the platform is by the rights on the host: who rules a member rules nothing of it', async () => {
  for (const route of routes) {
    const { kind } = route.permission;
    if (isOfOneCluster(route) || kind === 'public' || route.feature === 'oauth') continue;
    if (route.permission.kind !== 'grant' || route.permission.self !== undefined) continue;
    const status = await ask('ruler', route.method, samplePath(route), bodyOf(route));
    assert.match(status, /^40[34]$/, `${route.id} ${status}`);
  }
});

test('who does not see the cluster is told of every route what he is told where there is none', async () => {
  for (const route of routes)
    for (const who of ['stranger', undefined]) {
      const token = who && (await tokenOf(who));
      const given = { ...(token && { token }), ...(route.body && { raw: '{' }) };
      const [there, nowhere] = await Promise.all(
        ['east', 'west'].map(name => platform.call(route.method, `/clusters/${name}${samplePath(route)}`, given)),
      );
      const plain = [there!.status, there!.text.replaceAll('east', 'west')];
      assert.deepEqual(plain, [nowhere!.status, nowhere!.text], route.id);
    }
});
