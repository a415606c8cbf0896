/**
 * The platform over real HTTP, as its users have it: once as `orrery up` brings it, once as a guest on a cluster in another process that it
 * knows by a kubeconfig with the install role only. `PLATFORM_KUBECONFIG` names an administrator's kubeconfig of any other cluster: then the
 * suite runs there instead (it makes a workspace `w1` and a project `suite-p1`, and takes them and the platform away again).
 */
import { equal, deepEqual, match, ok, rejects } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { chunksOf } from '@orrery/http';
import { eventually } from './support/cluster.ts';
import {
  callerOf,
  environments,
  type Answer,
  type AuditRecord,
  type Caller,
  type PlatformUnderTest,
} from './support/platform.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const lists = '/kapis/resources.kubesphere.io/v1alpha3';
const password = 'Pa55word-long';

for (const [name, start] of Object.entries(environments))
  describe(name, () => {
    let platform: PlatformUnderTest;
    let caller: Caller;
    const tokens: Record<string, string> = {};
    const as = (who: string, method: string, target: string, body?: unknown) =>
      caller.call(method, target, { token: tokens[who], body });
    const logIn = async (who: string, word = password) => (await caller.tokens(who, word)).access_token;

    before(async () => {
      platform = await start();
      caller = callerOf(platform);
    });
    after(async () => {
      caller?.close();
      await platform?.remove();
    });

    test('nobody gets in without logging in', async () => {
      for (const target of [`${iam}/users`, '/api/v1/pods', '/clusters/host/api/v1/pods'])
        equal((await caller.call('GET', target)).status, 401, target);
      await rejects(logIn('admin', 'wrong'), /invalid_grant/);
    });

    test('the first log-in must choose a password, and can do nothing else', async () => {
      const token = await logIn('admin', platform.firstPassword);
      match((await caller.call('GET', '/api/v1/pods', { token })).text, /PasswordChangeRequired/);
      const body = { currentPassword: platform.firstPassword, password };
      await done(caller.call('PUT', `${iam}/users/admin/password`, { token, body }));
      tokens['admin'] = await logIn('admin');
    });

    test('accounts are made, and what the cluster keeps of a password is a hash', async () => {
      for (const [user, role] of [['ann', 'platform-self-provisioner'], ['bob']] as const) {
        const annotations = role && { 'iam.kubesphere.io/globalrole': role };
        await done(as('admin', 'POST', `${iam}/users`, { metadata: { name: user, annotations }, spec: { password } }));
        tokens[user] = await logIn(user);
      }
      const users = { group: 'iam.kubesphere.io', version: 'v1beta1', resource: 'users' };
      match(JSON.stringify(await platform.admin.get(users, 'ann')), /"\$2[ab]\$10\$/);
    });

    test('a workspace and a project are made, and its maker works in it by the native API', async () => {
      await done(as('ann', 'POST', `${tenant}/workspaces`, { metadata: { name: 'w1' }, spec: {} }));
      await done(as('ann', 'POST', `${tenant}/workspaces/w1/namespaces`, { metadata: { name: 'suite-p1' } }));
      const project = await platform.admin.get(resources.namespaces, 'suite-p1');
      equal(project.metadata.labels?.['kubesphere.io/workspace'], 'w1');
      const object = { metadata: { name: 'c1' }, data: { a: 'b' } };
      await done(as('ann', 'POST', '/api/v1/namespaces/suite-p1/configmaps', object));
      await done(as('ann', 'GET', '/clusters/host/api/v1/namespaces/suite-p1/configmaps/c1'));
      equal((await as('ann', 'POST', '/api/v1/namespaces/default/configmaps', object)).status, 403);
    });

    test('a workload comes alive, and is found in the list', async () => {
      await done(as('ann', 'POST', '/apis/apps/v1/namespaces/suite-p1/deployments', deployment));
      await eventually('a pod is listed', async () => {
        const pods = await done(as('ann', 'GET', `${lists}/namespaces/suite-p1/pods?limit=10&sortBy=name`));
        return namesIn(pods).some(pod => pod.startsWith('web-'));
      });
    });

    test('a stranger sees nothing of it, a member what his role says', async () => {
      equal((await as('bob', 'GET', `${tenant}/workspaces/w1`)).status, 403);
      equal((await as('bob', 'GET', '/api/v1/namespaces/suite-p1/configmaps')).status, 403);
      deepEqual(namesIn(await done(as('bob', 'GET', `${lists}/configmaps`))), []);
      const members = [{ username: 'bob', roleRef: 'w1-viewer' }];
      await done(as('ann', 'POST', `${iam}/workspaces/w1/workspacemembers`, members));
      await done(as('bob', 'GET', '/api/v1/namespaces/suite-p1/configmaps/c1'));
      equal((await as('bob', 'DELETE', '/api/v1/namespaces/suite-p1/configmaps/c1')).status, 403);
    });

    test('the rights of a group are its members’, though the platform may impersonate no group it does not know', async () => {
      const apiGroup = 'rbac.authorization.k8s.io';
      const roleRef = { apiGroup, kind: 'ClusterRole', name: 'orrery:global:platform-admin' };
      const subjects = [{ kind: 'Group', apiGroup, name: 'suite-operators' }];
      await platform.admin.create(resources.clusterrolebindings, {
        ...{ apiVersion: `${apiGroup}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'suite-operators' } },
        ...{ roleRef, subjects },
      } as never);
      equal((await as('bob', 'GET', '/api/v1/nodes')).status, 403);
      await done(as('admin', 'PUT', `${iam}/users/bob`, { metadata: {}, spec: { groups: ['suite-operators'] } }));
      await eventually('it counts', async () => (await as('bob', 'GET', '/api/v1/nodes')).status === 200);
      await done(as('admin', 'PUT', `${iam}/users/bob`, { metadata: {}, spec: { groups: [] } }));
      await eventually('it no longer counts', async () => (await as('bob', 'GET', '/api/v1/nodes')).status === 403);
      await platform.admin.delete(resources.clusterrolebindings, 'suite-operators');
    });

    test('rights that are tampered with are healed', async () => {
      const place = { namespace: 'suite-p1' };
      await platform.admin.delete(resources.rolebindings, 'orrery:projects:bob-w1-viewer', place);
      await eventually('the binding comes back', async () => {
        const { status } = await as('bob', 'GET', '/api/v1/namespaces/suite-p1/configmaps');
        return status === 200;
      });
    });

    test('an open watch ends with the right to it', async () => {
      const target = '/api/v1/namespaces/suite-p1/configmaps?watch=true';
      const chunks = chunksOf((await caller.ask('GET', target, { token: tokens['bob'] })).body);
      match(new TextDecoder().decode((await chunks.next()).value as Uint8Array), /"ADDED"/);
      const broken = rejects(async () => {
        for await (const _ of chunks);
      });
      await done(as('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/bob`));
      await broken;
      equal((await as('bob', 'GET', '/api/v1/namespaces/suite-p1/configmaps')).status, 403);
    });

    test('no name and no group of the cluster’s own is ever reached by a header', async () => {
      const headers = { 'impersonate-user': 'system:admin', 'impersonate-group': 'system:masters' };
      const answer = await caller.call('GET', '/api/v1/nodes', { token: tokens['bob'], headers });
      equal(answer.status, 403);
      match(answer.text, /User \\"bob\\"/);
    });

    test('the cluster’s records: what a user caused went out under his name, nothing was refused to the platform', async context => {
      const { audit, account } = platform;
      if (!audit) return context.skip('this cluster’s records are not at hand');
      await quiet(audit);
      await checkJourney(audit(), account);
      for (const [who, targets] of Object.entries(visits)) {
        const before = await quiet(audit);
        for (const target of targets) await done(as(who, 'GET', target));
        await quiet(audit);
        const caused: AuditRecord[] = finished(audit().slice(before), account).filter(record => !isUpkeep(record));
        ok(caused.length >= targets.length, `${who} caused ${caused.length} requests`);
        deepEqual(
          caused.filter(({ impersonatedUser }) => impersonatedUser?.username !== who),
          [],
        );
      }
    });

    test('a workspace goes with its projects, and nobody’s rights stay', async () => {
      await done(as('admin', 'DELETE', `${tenant}/workspaces/w1`));
      const gone = async (target: string) => (await as('admin', 'GET', target)).status === 404;
      await eventually('the project is gone', () => gone('/api/v1/namespaces/suite-p1'));
      await eventually('the workspace is gone', () => gone(`${tenant}/workspaces/w1`));
      await eventually('its rights are gone', async () => {
        const labelSelector = 'app.kubernetes.io/managed-by=orrery-platform';
        const { items } = await platform.admin.list(resources.clusterroles, { labelSelector });
        return !items.some(({ metadata }) => metadata.name!.includes(':w1-'));
      });
    });

    test('after the log-out the token is worth nothing', async () => {
      await done(as('ann', 'GET', '/oauth/userinfo'));
      await done(as('ann', 'GET', '/oauth/logout'));
      await eventually('it is refused', async () => (await as('ann', 'GET', '/oauth/userinfo')).status === 401);
    });
  });

const visits: Record<string, readonly string[]> = {
  admin: [`${iam}/users`, `${iam}/users/ann/loginrecords`, `${tenant}/workspaces`, '/api/v1/nodes', `${lists}/pods`],
  ann: [
    `${tenant}/workspaces/w1`,
    '/api/v1/namespaces/suite-p1/pods',
    `${lists}/namespaces/suite-p1/deployments`,
    `${lists}/namespaces/suite-p1/endpointslices`,
  ],
};

const deployment = {
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.k8s.io/pause:3.10' }] },
    },
  },
};

const namesIn = (body: Answer['body']): string[] =>
  (body['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);

/** A call that must succeed. */
async function done(answer: Promise<Answer>): Promise<Answer['body']> {
  const { status, text, body } = await answer;
  ok(status < 300, `${status} ${text}`);
  return body;
}

/** Resolves with the number of records once nothing but the platform's upkeep is added for a second. */
async function quiet(audit: () => AuditRecord[]): Promise<number> {
  for (let seen = -1, alike = 0; ;) {
    const all = audit();
    const now = all.filter(
      ({ user, ...record }) => user.username.includes('orrery-platform') && !isUpkeep(record),
    ).length;
    alike = now === seen ? alike + 1 : 0;
    if (alike === 4) return all.length;
    seen = now;
    await new Promise(resolve => setTimeout(resolve, 250));
  }
}

const finished = (records: readonly AuditRecord[], account: string): AuditRecord[] =>
  records.filter(({ user, stage }) => user.username === account && stage !== 'RequestReceived');

/** What the platform asks for itself, whoever its users are: leases, sessions, what the cluster serves, what it may watch, and its caches. */
const isUpkeep = ({ verb, requestURI, objectRef, impersonatedUser }: Omit<AuditRecord, 'user'>): boolean =>
  impersonatedUser === undefined &&
  (objectRef?.resource === 'leases' ||
    (objectRef?.resource === 'secrets' && objectRef.namespace === 'kubesphere-system') ||
    objectRef?.resource === 'selfsubjectaccessreviews' ||
    requestURI === '/apis' ||
    verb === 'list' ||
    verb === 'watch');

/** What the platform's controllers may write in its own name: rights and kinds of its own, never what people work with. */
const ownWrites = new Set([
  'rbac.authorization.k8s.io',
  'iam.kubesphere.io',
  'tenant.kubesphere.io',
  'quota.kubesphere.io',
  'apiextensions.k8s.io',
]);
/** Namespaces of the system's own are marked as those of its workspace. */
const systemNamespace = /^\/api\/v1\/namespaces\/(default|kube-[a-z-]+|kubesphere-system)(\?|$|\/)/;
const isOwnWrite = ({ requestURI, objectRef }: AuditRecord): boolean =>
  ownWrites.has(requestURI.split('/')[2] ?? '') ||
  objectRef?.namespace === 'kubesphere-system' ||
  // A question, no write.
  objectRef?.resource === 'selfsubjectaccessreviews' ||
  (objectRef?.resource === 'namespaces' && systemNamespace.test(requestURI)) ||
  // The cluster in which it stands is entered once, as public; so are the categories of the market.
  requestURI === '/apis/cluster.kubesphere.io/v1alpha1/clusters' ||
  requestURI === '/apis/kubesphere.io/v1alpha1/categories';

async function checkJourney(records: readonly AuditRecord[], account: string): Promise<void> {
  const own = finished(records, account);
  const people = new Set(own.flatMap(({ impersonatedUser }) => (impersonatedUser ? [impersonatedUser.username] : [])));
  deepEqual([...people].toSorted(), ['admin', 'ann', 'bob']);
  for (const { impersonatedUser } of own)
    for (const group of impersonatedUser?.groups ?? [])
      ok(['orrery:service', 'suite-operators', 'system:authenticated'].includes(group), group);
  const alone = own.filter(({ impersonatedUser }) => impersonatedUser === undefined);
  // An account's new group is refused until the platform has written that it knows it.
  const refused = alone
    .filter(({ responseStatus }) => responseStatus?.code === 403)
    .map(({ responseStatus }) => responseStatus?.message ?? '')
    .filter(message => !message.startsWith('groups "suite-operators" is forbidden'));
  deepEqual(refused, [], 'the install role is enough');
  const reads = new Set(['get', 'list', 'watch']);
  deepEqual(
    alone.filter(record => !reads.has(record.verb) && !isOwnWrite(record)),
    [],
  );
}
