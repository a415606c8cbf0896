import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { after, before, describe, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { chunksOf, header, type Handler, type Request } from '@orrery/http';
import { platformResources } from '@orrery/platform-kinds';
import {
  firstPassword,
  platformName,
  startCluster,
  startPlatform,
  type Answer,
  type TestCluster,
  type TestPlatform,
} from './testing/platform.ts';
import { becomes, eventually, namesIn } from './testing/people.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const lists = '/kapis/resources.kubesphere.io/v1alpha3';
const password = 'Pa55word-long';

let cluster: TestCluster;
let platform: TestPlatform;
let admin = '';
const tokens: Record<string, string> = {};

/** A call that must succeed. */
async function done(answer: Promise<Answer>): Promise<Answer['body']> {
  const { status, text, body } = await answer;
  assert.ok(status < 300, `${status} ${text}`);
  return body;
}
const as = (who: string, method: string, target: string, body?: unknown) =>
  platform.call(method, target, { token: who === 'admin' ? admin : tokens[who], body });
const shown = async (who: string, target: string): Promise<string[]> => namesIn(await done(as(who, 'GET', target)));

async function createUser(name: string, role?: string): Promise<void> {
  await done(
    as('admin', 'POST', `${iam}/users`, {
      metadata: { name, ...(role && { annotations: { 'iam.kubesphere.io/globalrole': role } }) },
      spec: { password, email: `${name}@example.com` },
    }),
  );
  tokens[name] = await platform.logIn(name, password);
}

/** What a call causes at the cluster while it is answered, however busy the platform's controllers are. */
const caused = new AsyncLocalStorage<Request[]>();
const noting =
  (cluster: Handler): Handler =>
  request => {
    caused.getStore()?.push(request);
    return cluster(request);
  };

/** The suite is the same for a cluster in this process and for one that is reached over a socket. */
for (const remote of [false, true])
  describe(remote ? 'over a socket' : 'in process', () => {
    before(async () => {
      cluster = await startCluster({ controllers: true, remote });
      platform = await startPlatform(cluster, { cluster: noting(cluster.forPlatform) });
    });
    after(async () => {
      await platform.close();
      await cluster.close();
    });

    test('nobody gets in without logging in, and a wrong password tells nothing', async () => {
      assert.equal((await platform.call('GET', `${iam}/users`)).status, 401);
      assert.equal((await platform.call('GET', '/api/v1/pods')).status, 401);
      const attempt = (username: string) =>
        platform.call('POST', '/oauth/token', {
          form: { grant_type: 'password', client_id: 'kubesphere', client_secret: 'kubesphere', username, password },
        });
      const [known, unknown] = [await attempt('admin'), await attempt('nobody')];
      assert.equal(known.status, 400);
      assert.equal(known.body['error'], 'invalid_grant');
      assert.deepEqual(known.body, unknown.body);
    });

    test('the first login must choose a password, and can do nothing else', async () => {
      const first = await platform.logIn('admin', firstPassword);
      for (const target of ['/api/v1/pods', `${iam}/users`, `${tenant}/workspaces`]) {
        const refused = await platform.call('GET', target, { token: first });
        assert.equal(refused.status, 403);
        assert.match(refused.text, /PasswordChangeRequired/);
      }
      const change = (currentPassword: string, wanted: string) =>
        platform.call('PUT', `${iam}/users/admin/password`, {
          token: first,
          body: { currentPassword, password: wanted },
        });
      assert.equal((await change('wrong', password)).status, 400);
      assert.equal((await change(firstPassword, 'short')).status, 422);
      assert.equal((await change(firstPassword, firstPassword)).status, 422);
      await done(change(firstPassword, password));
      admin = await platform.logIn('admin', password);
      assert.equal((await platform.call('GET', '/api/v1/pods', { token: first })).status, 200, 'this session goes on');
    });

    test('an account shows no hash, and keeps one', async () => {
      await createUser('ann', 'platform-self-provisioner');
      await createUser('bob');
      const shown = await done(as('admin', 'GET', `${iam}/users/ann`));
      assert.deepEqual(shown['spec'], { email: 'ann@example.com' });
      assert.ok(!(await as('admin', 'GET', `${iam}/users`)).text.includes('$2'));
      const stored = await cluster.client.get<never>(platformResources.users, 'ann');
      assert.match((stored as { spec: { password: string } }).spec.password, /^\$2[ab]\$10\$/);
    });

    test('a self-provisioner makes a workspace and manages it, others see nothing of it', async () => {
      await done(as('ann', 'POST', `${tenant}/workspaces`, { metadata: { name: 'w1' }, spec: {} }));
      const refused = await as('bob', 'POST', `${tenant}/workspaces`, { metadata: { name: 'w2' }, spec: {} });
      assert.equal(refused.status, 403);
      assert.match(refused.text, /User \\"bob\\" cannot create resource \\"workspaces\\"/);
      const roles = namesIn(
        await done(as('ann', 'GET', `${iam}/workspaces/w1/workspaceroles?sortBy=name&ascending=true`)),
      );
      assert.deepEqual(roles, ['w1-admin', 'w1-regular', 'w1-self-provisioner', 'w1-viewer']);
      await becomes(() => shown('ann', `${tenant}/workspaces`), ['w1']);
      assert.deepEqual(await done(as('bob', 'GET', `${tenant}/workspaces`)), { items: [], totalItems: 0 });
      const stranger = await as('bob', 'GET', `${tenant}/workspaces/w1`);
      const nothing = await as('bob', 'GET', `${tenant}/workspaces/w9`);
      assert.equal(stranger.status, 403);
      assert.equal(stranger.text.replaceAll('w1', 'w9'), nothing.text, 'there or not there looks alike');
    });

    test('a project is made with its roles, and its maker works in it by the native API', async () => {
      await done(as('ann', 'POST', `${tenant}/workspaces/w1/namespaces`, { metadata: { name: 'p1' } }));
      const project = await cluster.client.get(resources.namespaces, 'p1');
      assert.equal(project.metadata.labels?.['kubesphere.io/workspace'], 'w1');
      assert.equal(project.metadata.annotations?.['kubesphere.io/creator'], 'ann');
      await done(as('ann', 'POST', '/api/v1/namespaces/p1/configmaps', { metadata: { name: 'c1' }, data: { a: 'b' } }));
      await done(as('ann', 'POST', '/apis/clusters/host/apps/v1/namespaces/p1/deployments', deployment('web')));
      assert.equal(
        (await as('ann', 'POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'x' } })).status,
        403,
      );
      const relabel = { metadata: { labels: { 'kubesphere.io/workspace': 'w2' } } };
      const moved = await platform.call('PATCH', '/api/v1/namespaces/p1', {
        token: tokens['ann'],
        body: relabel,
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      assert.equal(moved.status, 403, 'nobody takes a project into another workspace by its label');
    });

    const deployment = (name: string) => ({
      metadata: { name, labels: { app: name } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });

    test('a viewer reads, and is refused with the reason', async () => {
      const invite = (roleRef: string) =>
        as('ann', 'POST', `${iam}/workspaces/w1/workspacemembers`, [{ username: 'bob', roleRef }]);
      assert.equal((await invite('no-such-role')).status, 422);
      await done(invite('w1-viewer'));
      await becomes(() => shown('bob', `${tenant}/workspaces`), ['w1']);
      await becomes(() => shown('bob', `${tenant}/workspaces/w1/namespaces`), ['p1']);
      await becomes(() => shown('bob', `${lists}/namespaces/p1/deployments`), ['web']);
      assert.deepEqual(namesIn(await done(as('bob', 'GET', '/apis/apps/v1/namespaces/p1/deployments'))), ['web']);
      const refused = await as('bob', 'DELETE', '/apis/apps/v1/namespaces/p1/deployments/web');
      assert.equal(refused.status, 403);
      assert.match(refused.text, /User \\"bob\\" cannot delete resource \\"deployments\\"/);
      for (const verb of ['GET', 'POST'])
        assert.equal(
          (await as('bob', verb, '/api/v1/namespaces/p1/pods/x/exec?command=sh&stdout=1')).status,
          403,
          verb,
        );
      const project = await as('bob', 'POST', `${tenant}/workspaces/w1/namespaces`, { metadata: { name: 'p2' } });
      assert.equal(project.status, 403);
      assert.match(project.text, /cannot create resource \\"namespaces\\".*in the workspace \\"w1\\"/);
    });

    test('a page learns what its buttons may do, and why not', async () => {
      const questions = [
        { route: 'tenancy.createProject', path: { workspace: 'w1' } },
        { route: 'roles.workspaceMembers', path: { workspace: 'w1' } },
        { route: 'users.password', path: { user: 'bob' } },
        { route: 'tenancy.workspaces' },
        { verb: 'delete', group: 'apps', resource: 'deployments', namespace: 'p1' },
        { verb: 'list', group: 'apps', resource: 'deployments', namespace: 'p1' },
      ];
      const { answers } = await done(as('bob', 'POST', `${iam}/accessreviews`, { questions }));
      const found = answers as { allowed: boolean; reason?: string }[];
      assert.deepEqual(
        found.map(({ allowed }) => allowed),
        [false, true, true, true, false, true],
      );
      assert.match(found[0]!.reason!, /create workspaces\/namespaces/);
      for (const wrong of [{ route: 'no.such' }, { route: 'tenancy.createProject' }, { verb: 'get' }, { rout: 'x' }])
        assert.equal((await as('bob', 'POST', `${iam}/accessreviews`, { questions: [wrong] })).status, 400);
    });

    test('nobody gives what he does not hold', async () => {
      const promote = await as('bob', 'PUT', `${iam}/workspaces/w1/workspacemembers/bob`, {
        username: 'bob',
        roleRef: 'w1-admin',
      });
      assert.equal(promote.status, 403);
      // A role that may invite and nothing more.
      await cluster.client.create<never>(platformResources.workspaceroles, {
        apiVersion: platformResources.workspaceroles.apiVersion,
        kind: 'WorkspaceRole',
        metadata: { name: 'w1-inviter', labels: { 'kubesphere.io/workspace': 'w1' } },
        rules: [{ verbs: ['*'], apiGroups: ['iam.kubesphere.io'], resources: ['workspacemembers'] }],
      } as never);
      await createUser('ivy');
      await createUser('joe');
      await done(
        as('ann', 'POST', `${iam}/workspaces/w1/workspacemembers`, [{ username: 'ivy', roleRef: 'w1-inviter' }]),
      );
      const greater = await as('ivy', 'POST', `${iam}/workspaces/w1/workspacemembers`, [
        { username: 'joe', roleRef: 'w1-admin' },
      ]);
      assert.equal(greater.status, 403, greater.text);
      assert.match(greater.text, /may do what you may not/);
      await done(
        as('ivy', 'POST', `${iam}/workspaces/w1/workspacemembers`, [{ username: 'joe', roleRef: 'w1-inviter' }]),
      );
      const manager = await as('ivy', 'DELETE', `${iam}/workspaces/w1/workspacemembers/ann`);
      assert.equal(manager.status, 422);
      // Managing accounts is no way to become administrator.
      await done(
        as('admin', 'POST', `${iam}/globalroles`, {
          metadata: { name: 'users-manager' },
          rules: [{ verbs: ['*'], apiGroups: ['iam.kubesphere.io'], resources: ['users', 'users/password'] }],
        }),
      );
      await createUser('uma', 'users-manager');
      await eventually('the new role holds', async () => (await as('uma', 'GET', `${iam}/users`)).status === 200);
      for (const [method, target, body] of [
        ['PUT', `${iam}/users/admin/password`, { password: 'Another-1-Pass' }],
        ['DELETE', `${iam}/users/admin`, undefined],
        [
          'PUT',
          `${iam}/users/uma`,
          { metadata: { annotations: { 'iam.kubesphere.io/globalrole': 'platform-admin' } }, spec: {} },
        ],
        ['PUT', `${iam}/users/uma`, { metadata: {}, spec: { groups: ['anything'] } }],
        [
          'POST',
          `${iam}/users`,
          {
            metadata: { name: 'evil', annotations: { 'iam.kubesphere.io/globalrole': 'platform-admin' } },
            spec: { password },
          },
        ],
      ] as const)
        assert.equal((await as('uma', method, target, body)).status, 403, `${method} ${target}`);
      for (const target of ['users', 'users/ann', 'globalroles'])
        assert.equal(
          (await as('uma', 'GET', `/apis/iam.kubesphere.io/v1beta1/${target}`)).status,
          403,
          'not around the routes',
        );
    });

    test('two users whose bindings would share a name are told apart', async () => {
      for (const name of ['x', 'x-w1']) await createUser(name, 'platform-self-provisioner');
      await done(as('ann', 'POST', `${iam}/workspaces/w1/workspacemembers`, [{ username: 'x', roleRef: 'w1-viewer' }]));
      await done(as('x', 'POST', `${tenant}/workspaces`, { metadata: { name: 'w1-w1' }, spec: {} }));
      await done(as('x-w1', 'POST', `${tenant}/workspaces`, { metadata: { name: 'w4' }, spec: {} }));
      const members = `${iam}/workspaces/w4/workspacemembers`;
      await done(as('x-w1', 'POST', members, [{ username: 'ann', roleRef: 'w4-viewer' }]));
      // `x-w1-w1-admin` is the manager's binding of w1-w1.
      const taken = await as('ann', 'POST', `${iam}/workspaces/w1/workspacemembers`, [
        { username: 'x-w1', roleRef: 'w1-admin' },
      ]);
      assert.equal(taken.status, 409, taken.text);
      assert.match(taken.text, /belongs to x in w1-w1/);
      assert.equal((await as('x', 'GET', `${tenant}/workspaces/w1-w1`)).status, 200);
      assert.equal((await as('x-w1', 'GET', `${tenant}/workspaces/w1-w1`)).status, 403);
      await done(as('x', 'DELETE', `${tenant}/workspaces/w1-w1`));
    });

    test('rights that are taken away are gone at once, those that are tampered with are healed', async () => {
      const readable = async () => (await as('bob', 'GET', '/api/v1/namespaces/p1/configmaps')).status === 200;
      const binding = { namespace: 'p1' };
      await cluster.client.delete(resources.rolebindings, 'orrery:projects:bob-w1-viewer', binding);
      await eventually('the binding comes back', readable);
      const role = await cluster.client.get<never>(resources.clusterroles, 'orrery:projects:w1-viewer');
      const everything = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
      await cluster.client.update(resources.clusterroles, { ...(role as object), rules: everything } as never);
      await eventually(
        'what was added goes',
        async () => (await as('bob', 'DELETE', '/api/v1/namespaces/p1/configmaps/none')).status === 403,
      );
      await done(as('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/bob`));
      assert.equal(await readable(), false);
      assert.equal((await as('bob', 'GET', `${tenant}/workspaces/w1`)).status, 403);
    });

    test('an open watch ends with the right to it, and with the session', async () => {
      const members = `${iam}/workspaces/w1/workspacemembers`;
      /** Resolves once the watch has told something; its `ended` resolves when it breaks off. */
      const watching = async (): Promise<{ ended: Promise<void> }> => {
        const target = '/api/v1/namespaces/p1/configmaps?watch=true';
        const response = await platform.ask('GET', target, { token: tokens['bob'] });
        assert.equal(response.status, 200);
        const chunks = chunksOf(response.body);
        const first = await chunks.next().catch(() => undefined);
        // The end of a right that he had before may reach this watch late: whoever still may comes back.
        if (first === undefined) return watching();
        assert.match(new TextDecoder().decode(first.value as Uint8Array), /"ADDED"/);
        const drain = async () => {
          for await (const _ of chunks);
        };
        return { ended: assert.rejects(drain(), { name: 'BrokenStreamError' }) };
      };
      await done(as('ann', 'POST', members, [{ username: 'bob', roleRef: 'w1-viewer' }]));
      const member = await watching();
      await done(as('ann', 'DELETE', `${members}/bob`));
      await member.ended;
      assert.equal((await as('bob', 'GET', '/oauth/userinfo')).status, 200, 'he is still somebody');
      await done(as('ann', 'POST', members, [{ username: 'bob', roleRef: 'w1-viewer' }]));
      const again = await watching();
      const disabled = { metadata: {}, spec: { email: 'bob@example.com' }, status: { state: 'Disabled' } };
      await done(as('admin', 'PUT', `${iam}/users/bob`, disabled));
      await again.ended;
      assert.equal((await as('bob', 'GET', '/api/v1/namespaces/p1/configmaps')).status, 401);
      await assert.rejects(platform.logIn('bob', password), /400/);
    });

    test('whoever goes leaves nothing behind, and his name gives nothing', async () => {
      await done(as('admin', 'DELETE', `${iam}/users/bob`));
      const { items } = await cluster.client.list(platformResources.workspacerolebindings, {
        labelSelector: 'iam.kubesphere.io/user-ref=bob',
      });
      assert.deepEqual(items, []);
      await createUser('bob');
      assert.equal((await as('bob', 'GET', `${tenant}/workspaces/w1`)).status, 403);
    });

    test('a workspace takes its projects along, or leaves them', async () => {
      await done(as('ann', 'POST', `${tenant}/workspaces`, { metadata: { name: 'w3' }, spec: {} }));
      await done(as('ann', 'POST', `${tenant}/workspaces/w3/namespaces`, { metadata: { name: 'p3' } }));
      await done(as('ann', 'DELETE', `${tenant}/workspaces/w3`, { propagationPolicy: 'Orphan' }));
      await eventually(
        'the workspace is gone',
        async () => (await as('admin', 'GET', `${tenant}/workspaces/w3`)).status === 404,
      );
      assert.equal(
        (await cluster.client.get(resources.namespaces, 'p3')).metadata.labels?.['kubesphere.io/workspace'],
        undefined,
      );
      await done(as('admin', 'DELETE', `${tenant}/workspaces/w1`));
      await eventually(
        'the project is gone',
        async () => (await as('admin', 'GET', '/api/v1/namespaces/p1')).status === 404,
      );
      await eventually(
        'the workspace is gone',
        async () => (await as('admin', 'GET', `${tenant}/workspaces/w1`)).status === 404,
      );
      await eventually('its rights are gone', async () => {
        const { items } = await cluster.client.list(resources.clusterroles, {
          labelSelector: 'app.kubernetes.io/managed-by=orrery-platform',
        });
        return !items.some(({ metadata }) => metadata.name!.includes(':w1-') || metadata.name!.includes(':w3-'));
      });
    });

    test('every request that a user caused went out under his name', async () => {
      const finished = () =>
        cluster.audit.filter(({ user, stage }) => user.username === platformName && stage === 'ResponseComplete');
      const impersonated = finished().filter(({ impersonatedUser }) => impersonatedUser);
      const names = new Set(impersonated.map(({ impersonatedUser }) => impersonatedUser!.username));
      for (const name of ['admin', 'ann', 'bob', 'ivy', 'uma']) assert.ok(names.has(name), name);
      for (const { impersonatedUser } of impersonated)
        for (const name of [impersonatedUser!.username, ...(impersonatedUser!.groups ?? [])])
          assert.ok(!name.startsWith('system:') || name === 'system:authenticated', name);
      const requests: Request[] = [];
      for (const target of [
        '/api/v1/namespaces',
        `${iam}/users`,
        `${iam}/users/ann`,
        `${iam}/users/ann/loginrecords`,
        `${tenant}/workspaces`,
        `${tenant}/namespaces`,
        `${iam}/namespaces/p3/namespacemembers`,
        `${lists}/pods`,
      ])
        await caused.run(requests, () => done(as('admin', 'GET', target)));
      const answered = requests.filter(({ target }) => !/[?&]watch=(1|true)/.test(target));
      assert.ok(answered.length >= 8);
      const own = answered.filter(({ headers }) => header(headers, 'impersonate-user') !== 'admin');
      // The cache of a kind that is listed for the first time is the platform's own.
      assert.deepEqual(
        own.map(({ target }) => target).filter(target => !target.startsWith('/api/v1/pods?limit=250')),
        [],
      );
    });
  });
