/** Every route x eight kinds of users, against the objects of workspace w1: a golden file that people read in a review. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { createClient, asUser } from '@orrery/client';
import { fillPath, type AnyRoute } from '@orrery/platform-contract';
import * as features from '@orrery/platform-contract/features';
import { platformResources, type User } from '@orrery/platform-kinds';
import { parameters, samplePath } from './testing/routes.ts';
import { firstPassword, startCluster, startPlatform, type TestCluster, type TestPlatform } from './testing/platform.ts';

const golden = new URL('./permission-matrix.txt', import.meta.url);
const password = 'Pa55word-long';
const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';

/** In the order of the columns. */
const people = [
  'anonymous',
  'stranger',
  'other-viewer',
  'other-admin',
  'department',
  'viewer',
  'admin',
  'platform-admin',
] as const;
const routes: AnyRoute[] = Object.values(features).flatMap(feature => Object.values(feature) as AnyRoute[]);

let cluster: TestCluster;
let platform: TestPlatform;
const tokens: Record<string, string | undefined> = {};

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  const own = await platform.logIn('admin', firstPassword);
  const must = async (method: string, target: string, token: string, body: unknown) => {
    const { status, text } = await platform.call(method, target, { token, body });
    assert.ok(status < 300, `${method} ${target} ${status} ${text}`);
  };
  await must('PUT', `${iam}/users/admin/password`, own, { currentPassword: firstPassword, password });
  tokens['platform-admin'] = own;
  for (const name of ['stranger', 'other-viewer', 'other-admin', 'department', 'viewer', 'owner', 'bystander'])
    await must('POST', `${iam}/users`, own, { metadata: { name }, spec: { password } });
  for (const [workspace, manager, viewer] of [
    ['w1', 'owner', 'viewer'],
    ['w2', 'other-admin', 'other-viewer'],
  ] as const) {
    const spec = { template: { spec: { manager } } };
    await must('POST', `${tenant}/workspaces`, own, { metadata: { name: workspace }, spec });
    await must('POST', `${tenant}/workspaces/${workspace}/namespaces`, own, { metadata: { name: `${workspace}-p` } });
    const members = [
      { username: viewer, roleRef: `${workspace}-viewer` },
      { username: 'bystander', roleRef: `${workspace}-regular` },
    ];
    await must('POST', `${iam}/workspaces/${workspace}/workspacemembers`, own, members);
  }
  // What he may do in w1 he may as a member of a department alone.
  const roles = {
    'iam.kubesphere.io/workspace-role': 'w1-regular',
    'iam.kubesphere.io/project-roles': JSON.stringify([{ namespace: 'w1-p', role: 'viewer' }]),
  };
  await must('POST', `${iam}/workspaces/w1/groups`, own, { metadata: { name: 'staff', annotations: roles } });
  const joined = [{ userName: 'department', groupName: 'staff' }];
  await must('POST', `${iam}/workspaces/w1/groupbindings`, own, joined);
  for (const name of ['stranger', 'other-viewer', 'other-admin', 'department', 'viewer'])
    tokens[name] = await platform.logIn(name, password);
  tokens['admin'] = await platform.logIn('owner', password);
});
after(async () => {
  await platform.close();
  await cluster.close();
});

/** Bodies are broken JSON, which is looked at after the permission: 400 says that it was allowed, and nothing was changed. */
async function ask(route: AnyRoute, who: string): Promise<string> {
  const path = samplePath(route);
  const response = await platform.call(route.method, path, {
    token: tokens[who],
    ...(route.body && { raw: '{' }),
  });
  const { items } = response.body as { items?: unknown[] };
  return `${response.status}${items ? ` (${items.length})` : ''}`;
}

test('the permission matrix is as agreed', async () => {
  const rows: string[][] = [['route', ...people]];
  // What logs somebody out comes last.
  const lastOnes = ['oauth.logout', 'oauth.consoleLogout'];
  const ordered = [
    ...routes.filter(({ id }) => !lastOnes.includes(id)),
    ...routes.filter(({ id }) => lastOnes.includes(id)),
  ];
  for (const route of ordered) {
    const cells: string[] = [];
    for (const who of people) {
      if (lastOnes.includes(route.id) && who !== 'anonymous') cells.push('own');
      else cells.push(await ask(route, who));
    }
    rows.push([route.id, ...cells]);
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)));
  const text = rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
  if (process.env['UPDATE_GOLDEN']) await writeFile(golden, `${text}\n`);
  assert.equal(`${text}\n`, await readFile(golden, 'utf8'));
});

test('every path of a route asks for the same as its first', async () => {
  for (const route of routes) {
    if (route.method !== 'GET' || route.paths.length === 1 || route.permission.kind === 'public') continue;
    const answers = await Promise.all(
      route.paths.map(
        async path => (await platform.call('GET', fillPath(path, parameters), { token: tokens['stranger'] })).status,
      ),
    );
    assert.equal(new Set(answers).size, 1, route.id);
  }
});

test('whoever may not see a thing cannot tell whether it is there', async () => {
  const there: [string, string][] = [
    [`${tenant}/workspaces/w1`, `${tenant}/workspaces/w0`],
    [`${iam}/users/owner`, `${iam}/users/xxxxx`],
    [`${iam}/workspaces/w1/workspaceroles/w1-admin`, `${iam}/workspaces/w0/workspaceroles/w0-admin`],
    [`${tenant}/workspaces/w1/namespaces/w1-p`, `${tenant}/workspaces/w0/namespaces/w0-p`],
    ['/api/v1/namespaces/w1-p/secrets/a', '/api/v1/namespaces/w0-p/secrets/a'],
  ];
  for (const [real, absent] of there) {
    const [known, unknown] = await Promise.all(
      [real, absent].map(target => platform.call('GET', target, { token: tokens['other-admin'] })),
    );
    const plain = (text: string) => text.replaceAll('w1', 'w0').replaceAll('owner', 'xxxxx');
    assert.deepEqual([known!.status, plain(known!.text)], [403, unknown!.text]);
  }
});

test('rights on the platform are rights to routes, not to what is stored', async () => {
  const direct = createClient(asUser(cluster.handler, { name: 'owner', groups: ['system:authenticated'] }));
  await assert.rejects(direct.list<User>(platformResources.users), { code: 403 });
  await assert.rejects(direct.list(platformResources.workspaceroles), { code: 403 });
});
