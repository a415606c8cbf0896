import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { fourOne, oldHash, snapshotOf, threeFour, type Installation } from '../testing/kubesphere.ts';
import { splitRules } from './beyond.ts';
import { stateOf, markOf, projection } from './compare.ts';
import { plan } from './plan.ts';
import type { Kind, Plan, PlanOptions } from './shapes.ts';
import { kindFacts } from './kinds.ts';

const into = (
  installation: Installation,
  target: Installation = {},
  options: PlanOptions = {},
  cluster = 'new',
): Plan => plan(snapshotOf(installation), snapshotOf(target, cluster), options);
const lineOf = ({ lines }: Plan, kind: string, name: string) =>
  lines.find(line => line.kind === kind && line.name === name);
const objectOf = <T = KubeObject>({ actions }: Plan, kind: string, name: string): T =>
  actions.find(({ object }) => object.kind === kind && object.metadata.name === name)?.object as T;

/** The target after all was done. */
function after({ actions }: Plan): Installation {
  const all: Partial<Record<Kind, KubeObject[]>> = {};
  for (const { object, resource } of actions) {
    const [kind] = Object.entries(kindFacts).find(([, facts]) => facts.resource === resource) as [Kind, unknown];
    (all[kind] ??= []).push(object);
  }
  return all;
}

const generations: [string, () => Installation][] = [
  ['3.4', threeFour],
  ['4.1', fourOne],
];

for (const [name, installation] of generations)
  describe(`an installation of ${name}`, () => {
    const planned = into(installation());

    const cases: [kind: string, name: string, verdict: string, why: RegExp][] = [
      ['User', 'admin', 'as it is', /^$/],
      ['User', 'ann', 'as it is', /^$/],
      ['User', 'plain', 'changed', /no password here/],
      ['User', 'lea', 'changed', /locked out/],
      ['User', 'system:pre-registration', 'not brought', /such a name/],
      ['GlobalRole', 'auditors', 'changed', /escalate clusterroles\.rbac/],
      ['GlobalRoleBinding', 'bob-platform-regular', 'not brought', /bob is auditors, not platform-regular/],
      ['GlobalRoleBinding', 'anonymous', 'not brought', /by Orrery itself/],
      ['WorkspaceTemplate', 'demo', 'changed', /clusters that are joined one by one: far/],
      ['WorkspaceRole', 'demo-lead', 'changed', /no such templates: role-template-nonsense/],
      ['WorkspaceRoleBinding', 'bob-demo-viewer', 'as it is', /^$/],
      ['WorkspaceRoleBinding', 'gone-demo-viewer', 'not brought', /gone has no account/],
      ['Group', 'developers', 'as it is', /^$/],
      ['GroupBinding', 'developers-ann', 'as it is', /^$/],
      ['ResourceQuota', 'demo', 'as it is', /^$/],
      ['ResourceQuota', 'shop/shop', 'as it is', /^$/],
      ['LimitRange', 'shop/shop', 'as it is', /^$/],
      ['Namespace', 'shop', 'as it is', /^$/],
      ['WorkspaceRoleBinding', 'bob-system-workspace-viewer', 'not brought', /no members here/],
      ['Namespace', 'tools', 'not brought', /what the system runs in/],
      ['Namespace', 'ci', 'as it is', /^$/],
      ['DevOpsProject', 'ci', 'changed', /without its pipelines/],
      ['DevOpsProject', 'homeless', 'not brought', /workspace is not there/],
      ['RoleBinding', 'ci/lea-operator', 'as it is', /^$/],
      ['Role', 'ci/runner', name === '3.4' ? 'changed' : 'as it is', name === '3.4' ? /devops-view-pipelines/ : /^$/],
      ['NamespaceNetworkPolicy', 'shop/from-ci', 'as it is', /^$/],
      ['RoleBinding', 'shop/extra', 'not brought', /role of the whole cluster/],
      ['RoleBinding', 'shop/robot-viewer', 'not brought', /with its workload: robot/],
      ['Workload', '(in 2 projects)', 'not brought', /backups/],
      ['IdentityProvider', 'staff', 'not brought', /1 account logs in by it/],
      ['Namespace', 'pipes', 'not brought', /DevOps/],
      ['Namespace', 'orphan', 'not brought', /"nowhere" is not there/],
      ['RoleBinding', 'shop/ann-admin', 'as it is', /^$/],
      [
        'ClusterRole',
        'node-watcher',
        name === '3.4' ? 'changed' : 'as it is',
        name === '3.4' ? /cluster-view-nodes/ : /^$/,
      ],
      ['ClusterRoleBinding', 'bob-node-watcher', 'as it is', /^$/],
    ];
    for (const [kind, object, verdict, why] of cases)
      test(`${kind} ${object}: ${verdict}`, () => {
        const line = lineOf(planned, kind, object);
        assert.equal(line?.verdict, verdict, JSON.stringify(line));
        assert.match(line.why, why);
      });

    test('accounts come with their hashes, their role, and the groups that no department gave them', () => {
      const ann = objectOf(planned, 'User', 'ann');
      assert.deepEqual(ann, {
        apiVersion: 'iam.kubesphere.io/v1beta1',
        kind: 'User',
        metadata: {
          name: 'ann',
          annotations: {
            'kubesphere.io/alias-name': 'Ann',
            'iam.kubesphere.io/globalrole': 'platform-self-provisioner',
          },
        },
        spec: { email: 'ann@example.com', password: oldHash, groups: ['ldap-staff'] },
      });
      assert.deepEqual((objectOf(planned, 'User', 'bob') as { status?: object }).status, { state: 'Disabled' });
    });

    test('no line holds a password or a hash, and no plain password is written', () => {
      assert.doesNotMatch(JSON.stringify(planned.lines), /\$2|Passw0rd/);
      assert.doesNotMatch(JSON.stringify(planned.actions), /Plain-Passw0rd/);
    });

    test('what lifts is not given, the rest of the role is', () => {
      assert.deepEqual((objectOf(planned, 'GlobalRole', 'auditors') as { rules?: object }).rules, [
        { verbs: ['get'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'] },
      ]);
    });

    test('a project keeps its labels and annotations, and says where it is settled', () => {
      assert.deepEqual(objectOf(planned, 'Namespace', 'shop').metadata, {
        name: 'shop',
        labels: { 'kubesphere.io/workspace': 'demo', team: 'a' },
        annotations: {
          'kubesphere.io/creator': 'ann',
          'kubesphere.io/network-isolate': 'enabled',
          'platform.orrery.io/workspace': 'demo',
        },
      });
    });

    test('what Orrery makes itself is not brought', () => {
      for (const made of [
        'platform-admin',
        'demo-admin',
        'ann-demo-admin',
        'system-workspace',
        'kube-system',
        'builder',
        'cni',
      ])
        assert.equal(
          planned.actions.some(({ object }) => object.metadata.name === made),
          false,
          made,
        );
    });

    test('a second run changes nothing', () => {
      const again = into(installation(), after(planned), { ledger: planned.ledger });
      assert.deepEqual(again.actions, []);
      assert.deepEqual(again.ledger, planned.ledger);
    });

    test('in place only what Orrery needs is added, and once', () => {
      const own = installation();
      const adopted = into(own, own, {}, 'old');
      for (const { verb, object } of adopted.actions.filter(({ object }) => object.kind === 'Namespace')) {
        assert.equal(verb, 'patch');
        assert.equal(object.metadata.labels?.['kubesphere.io/workspace'], 'demo');
      }
      const role = adopted.actions.find(
        ({ object }) => object.kind === 'WorkspaceRole' && object.metadata.name === 'demo-admin',
      );
      assert.deepEqual(role?.object.metadata.labels, { 'app.kubernetes.io/managed-by': 'orrery-platform' });
      assert.equal(
        adopted.actions.some(({ object }) => object.metadata.name === 'cni'),
        false,
      );
    });
  });

test('templates of DevOps projects are in each of their namespaces: they come once, as theirs, and what all roles have not at all', () => {
  const planned = into(threeFour());
  const templates = planned.actions.filter(({ object }) => object.kind === 'RoleTemplate').map(({ object }) => object);
  assert.deepEqual(
    templates.map(({ metadata }) => [metadata.name, metadata.labels?.['iam.kubesphere.io/scope']]),
    [['role-template-view-boards', 'devops']],
  );
  assert.doesNotMatch(JSON.stringify(planned.lines), /view-basic/);
});

test('what is left behind is told once a kind, with what takes its place; in place it stays', () => {
  const left = [
    { kind: 'LoginRecord', group: 'iam.kubesphere.io', count: 120 },
    { kind: 'RoleBase', group: 'iam.kubesphere.io', count: 5 },
    { kind: 'Pipeline', group: 'devops.kubesphere.io', count: 3 },
    { kind: 'FederatedDeployment', group: 'types.kubefed.io', count: 2 },
    { kind: 'Cluster', group: 'cluster.kubesphere.io', count: undefined },
    { kind: 'Gateway', group: 'gateway.kubesphere.io', count: 1 },
    { kind: 'IdentityProvider', group: '', name: 'github' },
    { kind: 'OAuthClient', group: '', name: 'kubesphere' },
    { kind: 'OAuthClient', group: '', name: 'jenkins' },
  ];
  const told = (cluster: string) =>
    plan({ ...snapshotOf(threeFour()), left }, snapshotOf({}, cluster)).lines.map(
      ({ kind, name, why }) => `${kind} ${name}: ${why}`,
    );
  const lines = told('new');
  for (const expected of [
    /^LoginRecord \(120\): .*recorded anew/,
    /^Pipeline \(3\): /,
    /^FederatedDeployment \(2\): .*each cluster/,
    /^Cluster \(unknown\): is joined again/,
    /^Gateway \(1\): is no part of accounts/,
    /^IdentityProvider github: is configured here again/,
    /^IdentityProvider staff: 1 account logs in/,
    /^OAuthClient jenkins: /,
  ])
    assert.equal(lines.filter(line => expected.test(line)).length, 1, String(expected));
  assert.equal(
    lines.some(line => /RoleBase|OAuthClient kubesphere/.test(line)),
    false,
  );
  assert.equal(
    told('old').some(line => /LoginRecord|Pipeline|Workload|IdentityProvider/.test(line)),
    false,
  );
});

test('templates that Orrery does not have come along, without what lifts, and where they stand', () => {
  const planned = into(fourOne());
  assert.ok(objectOf(planned, 'Category', 'widgets'));
  assert.equal(objectOf(planned, 'Category', 'access-control'), undefined);
  assert.match(lineOf(planned, 'RoleTemplate', 'aimless')!.why, /no scope/);
  assert.equal(objectOf(planned, 'RoleTemplate', 'global-view-users'), undefined);
  const { spec } = objectOf<{ spec: { rules: object[] } }>(planned, 'RoleTemplate', 'namespace-manage-widgets');
  assert.deepEqual(spec.rules, [{ verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'] }]);
  const packer = objectOf<{ rules: { resources?: string[] }[] }>(planned, 'Role', 'packer');
  assert.ok(packer.rules.some(({ resources }) => resources?.includes('deployments')));
});

describe('what is there already', () => {
  const first = into(threeFour());
  const changed = (email: string): Installation => {
    const all = after(first);
    return {
      ...all,
      users: all.users!.map(user =>
        user.metadata.name === 'bob' ? ({ ...user, spec: { password: oldHash, email } } as KubeObject) : user,
      ),
    };
  };
  const withNew = (): Installation => {
    const all = threeFour();
    return {
      ...all,
      users: all.users!.map(user =>
        user.metadata.name === 'bob'
          ? ({ ...user, spec: { password: oldHash.replace('$04$', '$05$') } } as KubeObject)
          : user,
      ),
    };
  };
  const without = (): Installation => ({
    ...after(first),
    users: after(first).users!.filter(({ metadata }) => metadata.name !== 'bob'),
  });
  const cases: [string, Installation, Installation, PlanOptions, action: string | undefined, why: RegExp][] = [
    ['additions here do not matter', threeFour(), changed('b@example.com'), { ledger: first.ledger }, 'none', /^$/],
    ['what changed there follows', withNew(), after(first), { ledger: first.ledger }, 'update', /^$/],
    [
      'what was changed here stays',
      threeFour(),
      {
        ...after(first),
        users: withNew().users!.map(user => ({ ...user, status: { state: 'Disabled' } })) as KubeObject[],
      },
      { ledger: first.ledger },
      'none',
      /changed here since/,
    ],
    [
      'what was removed here stays away',
      threeFour(),
      without(),
      { ledger: first.ledger },
      'none',
      /removed here since/,
    ],
    ['unless forced', threeFour(), without(), { ledger: first.ledger, force: true }, 'create', /^$/],
    [
      'somebody else of the name stays',
      threeFour(),
      { users: [{ metadata: { name: 'bob' }, spec: {} } as KubeObject] },
      {},
      'none',
      /no import made/,
    ],
    [
      'unless that is forced',
      threeFour(),
      { users: [{ metadata: { name: 'bob' }, spec: {} } as KubeObject] },
      { force: true },
      'update',
      /^$/,
    ],
  ];
  for (const [name, source, target, options, action, why] of cases)
    test(name, () => {
      const line = lineOf(into(source, target, options), 'User', 'bob')!;
      assert.equal(line.action, action, JSON.stringify(line));
      assert.match(line.why, why);
    });
});

test('comparing looks at what is wanted alone, and takes lists of names as sets', () => {
  assert.deepEqual(projection({ a: 1, b: 2, c: ['x', 'y'] }, { a: 3, c: ['y', 'z'] }), { a: 1, c: ['y'] });
  assert.equal(stateOf({ c: ['x', 'y'] }, { c: ['y', 'x'] }, undefined), 'same');
  assert.equal(stateOf({ a: 1 }, { a: 2 }, markOf({ a: 1 })), 'old');
  assert.equal(stateOf({ a: 1 }, { a: 2 }, markOf({ a: 3 })), 'changed here');
});

test('nobody gets from a role made elsewhere what roles of its scope cannot give', () => {
  const everything = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
  const impersonate = [{ verbs: ['impersonate'], apiGroups: [''], resources: ['users'] }];
  const nodes = [{ verbs: ['get'], apiGroups: [''], resources: ['nodes', 'pods'] }];
  assert.deepEqual(splitRules('global', everything), { kept: [], beyond: ['* *.*'] });
  assert.deepEqual(splitRules('cluster', impersonate), { kept: [], beyond: ['impersonate users'] });
  assert.deepEqual(splitRules('namespace', nodes), {
    kept: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
    beyond: ['get nodes'],
  });
});
