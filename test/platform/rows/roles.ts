/** Rows 25 to 28, 31, 32 and 47 to 49: who may what, by which role, and how that is told. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { createClient } from '@orrery/client';
import { connect, parseKubeconfig } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import { eventually } from '../../e2e/support/cluster.ts';
import { iam, namesIn, tenant, type Rows, type Suite } from '../support/suite.ts';

const made = (...templateNames: string[]) => ({ aggregationRoleTemplates: { templateNames } });

/** Statuses of GET, one after the other. */
const seen = async ({ status }: Suite, who: string, ...targets: string[]): Promise<string> => {
  const found: number[] = [];
  for (const target of targets) found.push(await status(who, 'GET', target));
  return found.join(' ');
};

interface Answered {
  readonly allowed: boolean;
  readonly reason?: string;
  readonly why?: {
    readonly text: string;
    readonly role?: string;
    readonly binding?: object;
    readonly roles?: string[];
  };
}

const reviews = async ({ done }: Suite, who: string, ...questions: object[]): Promise<Answered[]> =>
  (await done(who, 'POST', `${iam}/accessreviews`, { questions, why: true }))['answers'] as Answered[];

export const roles: Rows = row => {
  row(25, 'one account has another right at each level: platform, cluster, workspace, project', async suite => {
    for (const name of ['lead', 'hand', 'ops']) await suite.user(name);
    await suite.workspace('r1', 'lead');
    await suite.workspace('r2', 'admin');
    for (const [workspace, project] of [
      ['r1', 'r1-a'],
      ['r1', 'r1-b'],
      ['r2', 'r2-a'],
    ] as const)
      await suite.project('admin', workspace, project);
    await suite.invite('lead', 'r1', 'hand', 'regular');
    await suite.inviteTo('lead', 'r1-a', 'hand', 'operator');
    await suite.inviteTo('lead', 'r1-b', 'hand', 'viewer');
    const map = { metadata: { name: 'by-hand' } };
    equal(await suite.status('hand', 'POST', '/api/v1/namespaces/r1-a/configmaps', map), 201);
    equal(await suite.status('hand', 'POST', '/api/v1/namespaces/r1-b/configmaps', map), 403);
    equal(
      await seen(
        suite,
        'hand',
        ...[
          '/api/v1/namespaces/r1-b/configmaps',
          '/api/v1/namespaces/r2-a/configmaps',
          '/api/v1/nodes',
          `${iam}/users`,
        ],
        ...[`${tenant}/workspaces/r1`, `${tenant}/workspaces/r2`],
      ),
      '200 403 403 403 200 403',
    );
    await suite.done('admin', 'POST', `${iam}/clustermembers`, [{ username: 'ops', roleRef: 'cluster-viewer' }]);
    await eventually('it counts', async () => (await suite.status('ops', 'GET', '/api/v1/nodes')) === 200);
    equal(await seen(suite, 'ops', `${iam}/users`, '/api/v1/namespaces/r2-a/configmaps'), '403 200');
    equal(await suite.status('ops', 'POST', '/api/v1/namespaces/r2-a/configmaps', map), 403);
    await suite.done('admin', 'DELETE', `${iam}/clustermembers/ops`);
    await eventually('it is over', async () => (await suite.status('ops', 'GET', '/api/v1/nodes')) === 403);
  });

  row(26, 'roles that are built in are listed and stay as they are', async ({ done, status }) => {
    for (const [list, names] of [
      ['globalroles', ['platform-admin', 'platform-regular', 'platform-self-provisioner']],
      ['clusterroles', ['cluster-admin', 'cluster-viewer']],
      ['workspaces/r1/workspaceroles', ['r1-admin', 'r1-regular', 'r1-self-provisioner', 'r1-viewer']],
      ['namespaces/r1-a/roles', ['admin', 'operator', 'viewer']],
    ] as const) {
      const found = namesIn(await done('admin', 'GET', `${iam}/${list}?sortBy=name&ascending=true`));
      for (const name of names) {
        ok(found.includes(name), `${list}: ${found.join()}`);
        const changed = { metadata: {}, rules: [] };
        equal(await status('admin', 'PUT', `${iam}/${list}/${name}`, changed), 403, `${list}/${name}`);
        equal(await status('admin', 'DELETE', `${iam}/${list}/${name}`), 403, `${list}/${name}`);
      }
    }
  });

  row(
    27,
    'a role of templates gives exactly those and what they need, and nobody gives what he has not',
    async suite => {
      const { done, as, status, user } = suite;
      const role = await done('admin', 'POST', `${iam}/globalroles`, {
        ...{ metadata: { name: 'helpdesk' }, ...made('global-view-roles') },
        rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      });
      deepEqual(
        role['aggregationRoleTemplates'],
        made('global-view-roles', 'global-view-users').aggregationRoleTemplates,
      );
      await user('helper', 'helpdesk');
      const places = [`${iam}/users`, `${iam}/globalroles`, '/api/v1/nodes', `${tenant}/workspaces/r1`];
      equal(await seen(suite, 'helper', ...places), '200 200 403 403');
      equal(await status('helper', 'POST', `${iam}/users`, { metadata: { name: 'x' }, spec: {} }), 403);
      await done('admin', 'PUT', `${iam}/globalroles/helpdesk`, { metadata: {}, ...made('global-view-users') });
      equal(await seen(suite, 'helper', ...places), '200 403 403 403', 'what was taken is gone at once');
      await done('admin', 'POST', `${iam}/globalroles`, {
        ...{ metadata: { name: 'keeper' }, ...made('global-manage-roles', 'global-view-users') },
      });
      await user('keeper', 'keeper');
      const greater = { metadata: { name: 'greater' }, ...made('global-manage-users') };
      const { status: refused, text } = await as('keeper', 'POST', `${iam}/globalroles`, greater);
      equal(refused, 403);
      match(text, /you may not give what you do not have/);
      equal(await status('keeper', 'PUT', `${iam}/users/keeper`, promoted), 403);
    },
  );

  row(
    28,
    'a role shows the rules that its templates amount to, and they are rules of the cluster’s own',
    async suite => {
      const { done, platform } = suite;
      const role = await done('admin', 'GET', `${iam}/globalroles/helpdesk`);
      ok(JSON.stringify(role['rules']).includes('users'), JSON.stringify(role));
      const native = await platform.admin.get(resources.clusterroles, 'orrery:global:helpdesk');
      ok(JSON.stringify(native).includes('"users"'));
      const { items } = (await done('admin', 'GET', `${iam}/roletemplates?limit=500`)) as { items: object[] };
      ok(items.length > 60, String(items.length));
    },
  );

  row(31, 'who is invited sees it at once, changed is changed at once, removed is gone at once', async suite => {
    await suite.user('guest');
    equal(await seen(suite, 'guest', `${tenant}/workspaces/r1`), '403');
    await suite.invite('lead', 'r1', 'guest', 'viewer');
    equal(
      await seen(suite, 'guest', `${tenant}/workspaces/r1`, '/api/v1/namespaces/r1-a/configmaps/by-hand'),
      '200 200',
    );
    equal(await suite.status('guest', 'DELETE', '/api/v1/namespaces/r1-a/configmaps/by-hand'), 403);
    await suite.done('lead', 'PUT', `${iam}/workspaces/r1/workspacemembers/guest`, {
      ...{ username: 'guest', roleRef: 'r1-regular' },
    });
    equal(await seen(suite, 'guest', `${tenant}/workspaces/r1`, '/api/v1/namespaces/r1-a/configmaps'), '200 403');
    await suite.inviteTo('lead', 'r1-a', 'guest', 'viewer');
    const watch = await suite.watch('guest', '/api/v1/namespaces/r1-a/configmaps');
    await suite.done('lead', 'DELETE', `${iam}/workspaces/r1/workspacemembers/guest`);
    await watch.ends();
    equal(await seen(suite, 'guest', `${tenant}/workspaces/r1`, '/api/v1/namespaces/r1-a/configmaps'), '403 403');
    equal(
      await suite.status('hand', 'POST', `${iam}/workspaces/r1/workspacemembers`, [
        { username: 'guest', roleRef: 'r1-admin' },
      ]),
      403,
      'not by who is no administrator',
    );
  });

  row(32, 'a member of a department has its roles and those of the ones above, as long as he is in it', async suite => {
    const { done, status, user } = suite;
    await user('clark');
    const department = (name: string, parent: string | undefined, annotations: Record<string, string>) => ({
      metadata: { name, annotations, ...(parent && { labels: { 'iam.kubesphere.io/group-parent': parent } }) },
    });
    const all = `${iam}/workspaces/r1/groups`;
    const inProject = JSON.stringify([{ cluster: 'host', namespace: 'r1-b', role: 'operator' }]);
    await done(
      'lead',
      'POST',
      all,
      department('house', undefined, { 'iam.kubesphere.io/workspace-role': 'r1-regular' }),
    );
    await done('lead', 'POST', all, department('desk', 'house', { 'iam.kubesphere.io/project-roles': inProject }));
    const bindings = `${iam}/workspaces/r1/groupbindings`;
    await done('lead', 'POST', bindings, [{ userName: 'clark', groupName: 'desk' }]);
    await eventually(
      'the role of the department above',
      async () => (await status('clark', 'GET', `${tenant}/workspaces/r1`)) === 200,
    );
    const map = { metadata: { name: 'by-clark' } };
    await eventually('the role in the project', async () => {
      return [201, 409].includes(await status('clark', 'POST', '/api/v1/namespaces/r1-b/configmaps', map));
    });
    equal(await status('clark', 'GET', '/api/v1/namespaces/r1-a/configmaps'), 403);
    const watch = await suite.watch('clark', '/api/v1/namespaces/r1-b/configmaps');
    for (const name of namesIn(await done('lead', 'GET', `${bindings}?user=clark`)))
      await done('lead', 'DELETE', `${bindings}/${name}`);
    await watch.ends();
    equal(await seen(suite, 'clark', `${tenant}/workspaces/r1`, '/api/v1/namespaces/r1-b/configmaps'), '403 403');
  });

  row(47, 'what a review says is what happens, and why', async suite => {
    const question = (verb: string, namespace: string) => ({ verb, resource: 'configmaps', namespace });
    await suite.user('asker');
    await suite.invite('lead', 'r1', 'asker', 'viewer');
    const [may, mayNot, nothing] = await reviews(
      suite,
      'asker',
      ...[question('list', 'r1-a'), question('delete', 'r1-a'), question('list', 'r2-a')],
    );
    equal(await suite.status('asker', 'GET', '/api/v1/namespaces/r1-a/configmaps'), 200);
    equal(may!.allowed, true);
    match(may!.why!.text, /viewer" in the project "r1-a" lets you do this/);
    ok(may!.why!.binding, 'the binding is named');
    equal(mayNot!.allowed, false);
    match(mayNot!.why!.text, /viewer" in the project "r1-a" lets you .*list.*, not delete/);
    ok(mayNot!.why!.roles!.includes('operator'), 'and who would do');
    equal(nothing!.allowed, false);
    ok(!JSON.stringify(nothing!.why).includes('operator'), 'a stranger learns no roles');
    const attributes = (verb: string) => ({ spec: { resourceAttributes: question(verb, 'r1-a') } });
    for (const [verb, expected] of [
      ['list', true],
      ['delete', false],
    ] as const) {
      const { status } = (await suite.done('asker', 'POST', `${iam}/subjectaccessreviews`, attributes(verb))) as {
        status: { allowed: boolean };
      };
      equal(status.allowed, expected, verb);
    }
    const other = { spec: { user: 'lead', resourceAttributes: question('list', 'r1-a') } };
    equal(await suite.status('asker', 'POST', `${iam}/subjectaccessreviews`, other), 403, 'not about others');
  });

  row(48, 'a service account with a role of the project does exactly that, at the cluster itself', async suite => {
    const { done, platform } = suite;
    await done('lead', 'POST', '/api/v1/namespaces/r1-a/serviceaccounts', { metadata: { name: 'robot' } });
    await done('lead', 'POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/r1-a/rolebindings', {
      metadata: { name: 'robot' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'viewer' },
      subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'r1-a' }],
    });
    const may = async (verb: string, namespace: string) => {
      const review = await platform.admin.create(reviewsOfCluster, {
        ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {} },
        spec: {
          user: 'system:serviceaccount:r1-a:robot',
          resourceAttributes: { verb, resource: 'configmaps', namespace },
        },
      } as never);
      return (review as unknown as { status: { allowed: boolean } }).status.allowed;
    };
    await eventually('it may look', () => may('list', 'r1-a'));
    equal(await may('delete', 'r1-a'), false);
    equal(await may('list', 'r1-b'), false);
  });

  row(49, 'a downloaded kubeconfig does what its user may do, and ends when he says so', async suite => {
    const { as, status, done, caller, platform } = suite;
    const target = '/kapis/resources.kubesphere.io/v1alpha2/users/asker/kubeconfig';
    equal(await status('guest', 'GET', target), 403, 'not for others');
    const { text } = await as('asker', 'GET', target);
    const { connect: options } = await parseKubeconfig(text);
    ok(options.server.startsWith(platform.url), 'it leads through the platform');
    const transport = connect(options);
    try {
      const client = createClient(transport);
      const { items } = await client.list(resources.configmaps, { namespace: 'r1-a' });
      ok(items.some(({ metadata }) => metadata.name === 'by-hand'));
      const refused = (thrown: Error) => /User "asker" cannot delete resource "configmaps"/.test(thrown.message);
      await rejects(client.delete(resources.configmaps, 'by-hand', { namespace: 'r1-a' }), refused);
      await rejects(client.list(resources.configmaps, { namespace: 'r2-a' }), /forbidden/);
      equal((await caller.call('GET', '/oauth/userinfo', { token: suite.token('asker') })).status, 200);
      await done('asker', 'DELETE', target);
      await eventually('it opens nothing', async () =>
        client.list(resources.configmaps, { namespace: 'r1-a' }).then(
          () => false,
          () => true,
        ),
      );
      equal((await caller.call('GET', '/oauth/userinfo', { token: suite.token('asker') })).status, 200);
    } finally {
      transport.close();
    }
  });
};

const promoted = { metadata: { annotations: { 'iam.kubesphere.io/globalrole': 'platform-admin' } }, spec: {} };
const reviewsOfCluster = { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' };
