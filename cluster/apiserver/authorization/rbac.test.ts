import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserInfo } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import { seededRandom } from '@orrery/machinery/random';
import type { AuthorizationAttributes, WriteContext } from '../types.ts';
import { forbiddenAnswer } from '../chain/authorization.ts';
import { privilegedAuthorizer, unionAuthorizer } from './chain.ts';
import { missingRules } from './covers.ts';
import { escalationHooks } from './escalation.ts';
import { testCluster } from './fixtures.ts';
import { rbacAuthorizer, rbacDecision } from './rbac.ts';
import { RoleIndex, followRoles } from './role-index.ts';
import type { PolicyRule } from './rules.ts';
import { ruleAllows } from './rules.ts';

const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups });

/** `verb group/resource/subresource namespace name`, or `verb /path`; `-` stands for an empty part. */
function ask(text: string): AuthorizationAttributes {
  const [verb = '', what = '', namespace = '', name = ''] = text.split(' ').map(part => (part === '-' ? '' : part));
  const isResourceRequest = !what.startsWith('/');
  const [apiGroup = '', resource = '', subresource = ''] = isResourceRequest ? what.split('/') : [];
  return {
    verb,
    isResourceRequest,
    path: isResourceRequest ? '' : what,
    apiGroup,
    apiVersion: 'v1',
    resource,
    subresource,
    namespace,
    name,
  };
}

test('what a rule allows', () => {
  const core = (resources: string[], more: Partial<PolicyRule> = {}): PolicyRule => ({
    verbs: ['get'],
    apiGroups: [''],
    resources,
    ...more,
  });
  const rows: [PolicyRule, string, boolean][] = [
    [core(['pods']), 'get /x', false],
    [core(['pods']), 'list /pods', false],
    [{ verbs: ['get'], nonResourceURLs: ['/api/*'] }, 'get /api/v1', true],
    [{ verbs: ['get'], nonResourceURLs: ['/api/*'] }, 'get /api', false],
    [{ verbs: ['get'], nonResourceURLs: ['/api'] }, 'get /api/', false],
    [{ verbs: ['*'], nonResourceURLs: ['*'] }, 'put /anything', true],
  ];
  for (const [rule, text, expected] of rows) assert.equal(ruleAllows(rule, ask(text)), expected, text);
  const resources: [PolicyRule, AuthorizationAttributes, boolean][] = [
    [core(['pods']), { ...ask('get x'), resource: 'pods' }, true],
    [core(['pods']), { ...ask('get x'), resource: 'pods', subresource: 'log' }, false],
    [core(['pods/log']), { ...ask('get x'), resource: 'pods', subresource: 'log' }, true],
    [core(['pods/log']), { ...ask('get x'), resource: 'pods' }, false],
    [core(['*/scale']), { ...ask('get x'), resource: 'a', subresource: 'scale' }, true],
    [core(['*']), { ...ask('get x'), resource: 'a', subresource: 'scale' }, true],
    [core(['pods'], { resourceNames: ['a'] }), { ...ask('get x'), resource: 'pods', name: 'a' }, true],
    [core(['pods'], { resourceNames: ['a'] }), { ...ask('get x'), resource: 'pods', name: 'b' }, false],
    [core(['pods'], { resourceNames: ['a'] }), { ...ask('get x'), resource: 'pods', name: '' }, false],
    [core(['pods'], { apiGroups: ['apps'] }), { ...ask('get x'), resource: 'pods' }, false],
    [core(['pods'], { apiGroups: ['*'] }), { ...ask('get x'), apiGroup: 'q', resource: 'pods' }, true],
  ];
  for (const [rule, attributes, expected] of resources)
    assert.equal(
      ruleAllows(rule, { ...attributes, apiGroup: attributes.apiGroup === 'x' ? '' : attributes.apiGroup }),
      expected,
      JSON.stringify([rule, attributes]),
    );
});

async function following() {
  const cluster = testCluster();
  const index = new RoleIndex();
  const stop = await followRoles(index, cluster.reads);
  const rbac = (resource: string, object: Parameters<typeof cluster.put>[1]) =>
    cluster.put(`rbac.authorization.k8s.io/${resource}`, object);
  return { cluster, index, stop, rbac };
}

const pods = (verb: string, namespace: string): AuthorizationAttributes => ({
  ...ask(`${verb} x`),
  apiGroup: '',
  resource: 'pods',
  namespace,
});

test('the index follows roles and bindings as they come, change and go', async () => {
  const { cluster, index, rbac, stop } = await following();
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
  const binding = (...subjects: object[]) => ({ metadata: { name: 'b', namespace: 'ns' }, roleRef, subjects });
  const decide = (who: UserInfo, verb = 'get', namespace = 'ns') => rbacDecision(index, who, pods(verb, namespace));
  assert.deepEqual(decide(user('alice')), { decision: 'no-opinion', reason: '' });
  await rbac('rolebindings', binding({ kind: 'User', name: 'alice' }));
  assert.equal(decide(user('alice')).reason, 'RBAC: role.rbac.authorization.k8s.io "reader" not found');
  await rbac('roles', {
    metadata: { name: 'reader', namespace: 'ns' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
  });
  assert.deepEqual(decide(user('alice')), {
    decision: 'allow',
    reason: 'RBAC: allowed by RoleBinding "b/ns" of Role "reader" to User "alice"',
  });
  assert.equal(decide(user('alice'), 'get', 'other').decision, 'no-opinion');
  assert.equal(decide(user('alice'), 'get', '').decision, 'no-opinion');
  assert.equal(decide(user('alice'), 'list').decision, 'no-opinion');
  await rbac('rolebindings', binding({ kind: 'Group', name: 'g' }, { kind: 'ServiceAccount', name: 'sa' }));
  assert.equal(decide(user('alice')).decision, 'no-opinion');
  assert.equal(decide(user('bob', 'g')).reason, 'RBAC: allowed by RoleBinding "b/ns" of Role "reader" to Group "g"');
  assert.equal(
    decide(user('system:serviceaccount:ns:sa')).reason,
    'RBAC: allowed by RoleBinding "b/ns" of Role "reader" to ServiceAccount "sa/ns"',
  );
  await cluster.remove('rbac.authorization.k8s.io/rolebindings', 'ns', 'b');
  assert.equal(decide(user('bob', 'g')).decision, 'no-opinion');
  stop();
});

test('a randomly changing index agrees with one built from scratch', async () => {
  const { cluster, index, rbac, stop } = await following();
  const random = seededRandom(5);
  const pick = (count: number) => Math.floor(random.float() * count);
  for (let step = 0; step < 300; step++) {
    const namespace = pick(2) ? 'ns' : '';
    const name = `n${pick(4)}`;
    const kind = pick(2) ? 'roles' : 'rolebindings';
    const resource = namespace ? kind : `cluster${kind}`;
    const metadata = namespace ? { name, namespace } : { name };
    if (pick(4) === 0) await cluster.remove(`rbac.authorization.k8s.io/${resource}`, namespace, name);
    else if (kind === 'roles')
      await rbac(resource, {
        metadata,
        rules: [{ verbs: [['get', 'list'][pick(2)]!], apiGroups: [''], resources: ['pods'] }],
      });
    else {
      const roleRef = { apiGroup: '', kind: namespace && pick(2) ? 'Role' : 'ClusterRole', name: `n${pick(4)}` };
      await rbac(resource, {
        metadata,
        roleRef,
        subjects: [
          { kind: 'User', name: `u${pick(3)}` },
          { kind: 'Group', name: `g${pick(2)}` },
        ],
      });
    }
    if (step % 10 > 0) continue;
    const fresh = new RoleIndex();
    (await followRoles(fresh, cluster.reads))();
    for (const who of [user('u0'), user('u1', 'g0'), user('u2', 'g0', 'g1')])
      for (const verb of ['get', 'list'])
        for (const where of ['ns', '', 'other'])
          assert.equal(
            rbacDecision(index, who, pods(verb, where)).decision,
            rbacDecision(fresh, who, pods(verb, where)).decision,
            `step ${step}`,
          );
  }
  stop();
});

test('refusals have upstream’s words', async () => {
  const authorizer = unionAuthorizer([
    privilegedAuthorizer,
    async () => ({ decision: 'no-opinion', reason: "no relationship found between node 'n' and this object" }),
  ]);
  const attributes = {
    ...pods('list', ''),
    resource: 'deployments',
    subresource: 'scale',
    apiGroup: 'apps',
    name: 'x',
  };
  const { reason, decision } = await authorizer(user('alice'), attributes);
  assert.equal(decision, 'no-opinion');
  const error = forbiddenAnswer(user('alice'), attributes, reason);
  assert.equal(
    error.message,
    'deployments.apps "x" is forbidden: User "alice" cannot list resource "deployments/scale" in API group "apps" at the cluster scope: ' +
      "no relationship found between node 'n' and this object",
  );
  assert.deepEqual(error.details, { name: 'x', group: 'apps', kind: 'deployments' });
  assert.equal(
    forbiddenAnswer(user('a'), pods('get', 'ns'), '').message,
    'pods is forbidden: User "a" cannot get resource "pods" in API group "" in the namespace "ns"',
  );
  const path = forbiddenAnswer(user('system:anonymous'), ask('get /metrics'), '');
  assert.equal(path.message, 'forbidden: User "system:anonymous" cannot get path "/metrics"');
  assert.deepEqual(path.details, {});
  assert.equal((await authorizer(user('x', 'system:masters'), attributes)).decision, 'allow');
});

test('nobody grants more than they hold', async () => {
  const { cluster, index, rbac, stop } = await following();
  const writer = [
    {
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['roles', 'rolebindings'],
      verbs: ['create', 'update', 'patch', 'get'],
    },
    { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
  ];
  await rbac('roles', { metadata: { name: 'writer', namespace: 'ns' }, rules: writer });
  await rbac('roles', {
    metadata: { name: 'secrets', namespace: 'ns' },
    rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
  });
  const roleRef = { apiGroup: '', kind: 'Role', name: 'writer' };
  await rbac('rolebindings', {
    metadata: { name: 'writer', namespace: 'ns' },
    roleRef,
    subjects: [{ kind: 'User', name: 'dave' }],
  });
  await rbac('clusterroles', {
    metadata: { name: 'escalate' },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['escalate', 'bind'] }],
  });
  await rbac('clusterrolebindings', {
    metadata: { name: 'e' },
    roleRef: { apiGroup: '', kind: 'ClusterRole', name: 'escalate' },
    subjects: [{ kind: 'User', name: 'trusted' }],
  });
  const hooks = escalationHooks(index, unionAuthorizer([privilegedAuthorizer, rbacAuthorizer(index)]));
  const attempt = async (who: UserInfo, resource: string, object: object): Promise<string> => {
    const context = {
      user: who,
      nowMs: 0,
      random: seededRandom(1),
      dryRun: false,
      reads: cluster.reads,
      warn: () => {},
    } satisfies WriteContext;
    try {
      await hooks[`rbac.authorization.k8s.io/${resource}`]!.beginCreate!(
        { metadata: { name: 'b', namespace: 'ns' }, ...object },
        context,
      );
      return 'allowed';
    } catch (error) {
      assert.ok(error instanceof StatusError);
      return `${error.code} ${error.message}`;
    }
  };
  const dave = user('dave', 'system:authenticated');
  const refused =
    '403 roles.rbac.authorization.k8s.io "b" is forbidden: user "dave" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n';
  const many = [
    { apiGroups: [''], resources: ['secrets', 'pods'], verbs: ['get', 'list'] },
    { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['z'], verbs: ['delete'] },
  ];
  assert.equal(await attempt(dave, 'roles', { rules: [writer[1]] }), 'allowed');
  assert.equal(
    await attempt(dave, 'roles', { rules: many }),
    `${refused}{APIGroups:[""], Resources:["pods"], Verbs:["list"]}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}\n{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["z"], Verbs:["delete"]}`,
  );
  assert.equal(
    await attempt(dave, 'roles', { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }),
    `${refused}{APIGroups:["*"], Resources:["*"], Verbs:["*"]}`,
  );
  assert.equal(await attempt(user('trusted'), 'roles', { rules: many }), 'allowed');
  assert.equal(await attempt(user('root', 'system:masters'), 'roles', { rules: many }), 'allowed');
  const bind = (name: string) => ({ roleRef: { apiGroup: '', kind: 'Role', name } });
  assert.equal(await attempt(dave, 'rolebindings', bind('writer')), 'allowed');
  assert.match(
    await attempt(dave, 'rolebindings', bind('secrets')),
    /^403 rolebindings.*not currently held:\n\{APIGroups:\[""\], Resources:\["secrets"\], Verbs:\["get"\]\}$/s,
  );
  assert.equal(
    await attempt(dave, 'rolebindings', bind('absent')),
    '404 role.rbac.authorization.k8s.io "absent" not found',
  );
  assert.equal(await attempt(user('trusted'), 'rolebindings', bind('secrets')), 'allowed');
  const secrets = { metadata: { name: 'b', namespace: 'ns' }, rules: many };
  const owned = { ...secrets, metadata: { ...secrets.metadata, finalizers: ['f'] } };
  const context = {
    user: dave,
    nowMs: 0,
    random: seededRandom(1),
    dryRun: false,
    reads: cluster.reads,
    warn: () => {},
  } satisfies WriteContext;
  const update = (object: object, old: object) =>
    hooks['rbac.authorization.k8s.io/roles']!.beginUpdate!(object as KubeObject, old as KubeObject, context);
  await update({ kind: 'Role', ...secrets }, owned);
  await assert.rejects(update(secrets, secrets), { code: 403 });
  const metadata = { name: 'b' };
  const everything = { metadata, aggregationRule: { clusterRoleSelectors: [{}] }, rules: [] };
  assert.match(
    await attempt(dave, 'clusterroles', everything),
    /must have cluster-admin privileges to use the aggregationRule$/,
  );
  stop();
});

test('what rules include', () => {
  const rule = (verbs: string[], resources: string[], more: Partial<PolicyRule> = {}): PolicyRule => ({
    verbs,
    apiGroups: [''],
    resources,
    ...more,
  });
  const rows: [PolicyRule, PolicyRule, number][] = [
    [rule(['get'], ['pods'], { resourceNames: ['a'] }), rule(['get'], ['pods']), 1],
    [rule(['get'], ['pods'], { resourceNames: ['a'] }), rule(['get'], ['pods'], { resourceNames: ['a', 'b'] }), 1],
    [rule(['get'], ['pods']), rule(['get'], ['pods'], { resourceNames: ['a', 'b'] }), 0],
    [rule(['*'], ['*']), rule(['get', 'list'], ['pods', 'pods/log']), 0],
    [rule(['get'], ['*/log']), rule(['get'], ['pods/log', 'pods']), 1],
    [rule(['get'], ['pods']), rule(['*'], ['pods']), 1],
    [{ verbs: ['get'], nonResourceURLs: ['/a/*'] }, { verbs: ['get'], nonResourceURLs: ['/a/b', '/a', '/a/*'] }, 1],
  ];
  for (const [owned, wanted, missing] of rows)
    assert.equal(missingRules([owned], [wanted]).length, missing, JSON.stringify([owned, wanted]));
});
