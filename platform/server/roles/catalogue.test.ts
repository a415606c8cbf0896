import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlatformRole, PolicyRule, RoleTemplate } from '@orrery/platform-kinds';
import { covers } from '../access/covers.ts';
import { projectRoles, workspaceRoles } from '../access/project-roles.data.ts';
import { rulesInProject } from '../access/rules.ts';
import {
  aggregateTo,
  builtInRules,
  categoryObjects,
  createCatalogue,
  namesIn,
  needsOf,
  scopeOf,
  templateObjects,
  templatesOf,
  withRules,
} from './catalogue.ts';
import { scopes, type RoleScope } from './templates.data.ts';

const objects = templateObjects();
const catalogue = createCatalogue(objects);
const words = (text: string) => text.split(/\s+/).filter(word => word !== '');

/** What KubeSphere 3.4 ships, by the kind of role: every name must lead to a template. */
const older: Readonly<Record<RoleScope, string[]>> = {
  global:
    words(`view-clusters manage-clusters view-workspaces manage-workspaces create-workspaces view-users manage-users
    view-roles manage-roles view-app-templates manage-app-templates manage-platform-settings`),
  workspace: words(`view-projects create-projects manage-projects view-devops create-devops manage-devops view-app-repos
    manage-app-repos view-app-templates manage-app-templates view-roles manage-roles view-members manage-members
    manage-workspace-settings view-workspace-settings manage-groups view-groups`),
  cluster: words(`view-crds manage-crds manage-alerting-policies manage-project-resources view-cluster-settings
    manage-cluster-settings view-components manage-members manage-network-resources manage-nodes manage-projects manage-roles
    manage-storageclasses manage-volumes view-alerting-messages view-alerting-policies view-project-resources
    view-cluster-monitoring manage-cluster-monitoring view-members view-network-resources view-nodes view-projects view-roles
    view-storageclasses view-volume-snapshots manage-volume-snapshots view-volume-snapshot-classes
    manage-volume-snapshot-classes view-volumes`),
  namespace: words(`view-alerting-messages view-alerting-policies manage-alerting-policies view-custom-monitoring
    manage-custom-monitoring view-members manage-members manage-project-settings view-roles manage-roles view-app-workloads
    manage-app-workloads view-configmaps manage-configmaps view-secrets manage-secrets view-serviceaccount
    manage-serviceaccount view-volumes manage-volumes view-snapshots manage-snapshots`),
  devops:
    words(`view-members manage-members view-roles manage-roles manage-credentials manage-pipelines manage-pipelineruns
    view-credentials view-pipelines manage-gitops-applications view-gitops-applications manage-gitrepositories
    view-gitrepositories view-pipelineruns manage-devops-settings`),
};

/** What 4.1 ships, by whole names. */
const newer = words(`global-create-workspaces global-view-workspaces global-manage-workspaces global-view-clusters
  global-manage-clusters global-manage-platform-settings global-view-roles global-manage-roles global-view-users global-manage-users
  cluster-view-cluster-settings cluster-manage-cluster-settings cluster-view-crds cluster-manage-crds cluster-view-members
  cluster-manage-members cluster-view-roles cluster-manage-roles cluster-view-nodes cluster-manage-nodes cluster-view-app-workloads
  cluster-manage-app-workloads cluster-view-projects cluster-manage-projects cluster-view-storageclasses
  cluster-manage-storageclasses cluster-view-persistentvolumeclaims cluster-manage-persistentvolumeclaims cluster-view-components
  workspace-view-workspace-settings workspace-manage-workspace-settings workspace-create-projects workspace-view-projects
  workspace-manage-projects workspace-view-members workspace-manage-members workspace-view-roles workspace-manage-roles
  namespace-view-project-settings namespace-manage-project-settings namespace-view-members namespace-manage-members
  namespace-view-roles namespace-manage-roles namespace-view-app-workloads namespace-manage-app-workloads namespace-view-configmaps
  namespace-manage-configmaps namespace-view-secrets namespace-manage-secrets namespace-view-serviceaccount
  namespace-manage-serviceaccount namespace-view-persistentvolumeclaims namespace-manage-persistentvolumeclaims
  workspace-view-app-repos workspace-manage-app-repos workspace-view-app-templates workspace-view-create-app-templates
  workspace-delete-app-templates workspace-manage-app-templates namespace-view-app-releases namespace-manage-app-releases
  namespace-delete-app-releases namespace-create-app-releases`);

for (const scope of scopes)
  test(`every template of 3.4 leads to one of the scope ${scope}`, () => {
    for (const name of older[scope])
      for (const known of [name, `role-template-${name}`])
        assert.equal(scopeOf(catalogue.find(scope, known)!), scope, known);
  });

test('every template of 4.1 is there under its name', () => {
  for (const name of [...newer, 'global-role-template-manage-app'])
    assert.ok(catalogue.find(name.split('-')[0] as RoleScope, name), name);
});

test('names are unique, needs are met in the same scope, categories exist', () => {
  assert.equal(new Set(objects.map(({ metadata }) => metadata.name)).size, objects.length);
  const categories = new Set(categoryObjects().map(({ metadata }) => metadata.name));
  for (const template of objects) {
    const { name, labels } = template.metadata;
    for (const need of needsOf(template))
      assert.equal(scopeOf(catalogue.find(scopeOf(template) as RoleScope, need)!), scopeOf(template), name);
    assert.ok(categories.has(labels!['iam.kubesphere.io/category']), name);
    assert.ok(template.spec.rules!.length > 0 && template.spec.displayName!['zh'], name);
  }
});

/** A built-in role has all that the templates that are marked for it have, before they are added: they only name parts of it. */
const projects: [keyof typeof projectRoles, PolicyRule[]][] = Object.entries(projectRoles) as never;
for (const [role, rules] of projects)
  test(`the project's ${role} holds the templates that are marked for that role, so that they can be given`, () => {
    for (const { metadata, spec } of catalogue.markedFor('namespace', role))
      for (const rule of rulesInProject(spec.rules!))
        assert.ok(covers(rules, rule), `${metadata.name}: ${JSON.stringify(rule)}`);
  });

test('no template of a project changes what the project is, or lifts its holder', () => {
  for (const { spec, metadata } of [...catalogue.all('namespace'), ...catalogue.all('devops')])
    for (const { verbs, apiGroups = [], resources = [] } of rulesInProject(spec.rules!)) {
      assert.ok(!apiGroups.includes('*'), metadata.name);
      if (apiGroups.includes('')) assert.ok(!resources.includes('*') && !verbs.includes('*'), metadata.name);
      if (apiGroups.some(group => group.startsWith('rbac.')))
        assert.ok(!verbs.some(verb => ['*', 'bind', 'escalate'].includes(verb)), metadata.name);
      if (resources.includes('namespaces') && apiGroups.includes(''))
        assert.ok(!verbs.some(verb => ['update', 'patch', 'create'].includes(verb)), metadata.name);
    }
});

test('who only sees a cluster or all workspaces reads no secret', () => {
  for (const name of ['cluster-viewer']) {
    const rules = builtInRules('cluster', name, [], catalogue);
    assert.ok(rules.length > 10);
    assert.ok(!covers(rules, { verbs: ['get'], apiGroups: [''], resources: ['secrets'] }));
  }
  const view = catalogue.find('global', 'view-workspaces')!.spec.rules!;
  assert.ok(!covers(view, { verbs: ['get'], apiGroups: [''], resources: ['secrets'] }));
});

const role = (
  aggregationRoleTemplates?: PlatformRole['aggregationRoleTemplates'],
  annotation?: string,
): PlatformRole => ({
  metadata: {
    name: 'r',
    ...(annotation && { annotations: { 'iam.kubesphere.io/aggregation-roles': annotation } }),
  },
  rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  ...(aggregationRoleTemplates && { aggregationRoleTemplates }),
});
const made: [string, RoleScope, PlatformRole, string[]][] = [
  ['one', 'workspace', role({ templateNames: ['workspace-view-members'] }), ['workspace-view-members']],
  [
    'what one needs',
    'workspace',
    role({ templateNames: ['workspace-view-groups'] }),
    ['workspace-view-groups', 'workspace-view-members', 'workspace-view-roles'],
  ],
  [
    '3.x’s annotation',
    'workspace',
    role(undefined, '["role-template-view-roles"]'),
    ['workspace-view-members', 'workspace-view-roles'],
  ],
  [
    'the field, where both are there',
    'workspace',
    role({ templateNames: ['workspace-view-members'] }, '["role-template-manage-projects"]'),
    ['workspace-view-members'],
  ],
  [
    'labels',
    'workspace',
    role({ roleSelector: { matchLabels: { 'iam.kubesphere.io/aggregate-to-regular': '' } } }),
    ['workspace-view-members', 'workspace-view-roles', 'workspace-view-workspace-settings'],
  ],
  ['nothing, for a selector of everything', 'workspace', role({ roleSelector: {} }), []],
  ['nothing of another scope', 'namespace', role({ templateNames: ['workspace-view-members'] }), []],
];
for (const [what, scope, given, expected] of made)
  test(`a role is made of ${what}`, () => {
    const { templates } = catalogue.of(scope, given);
    assert.deepEqual(
      templates.map(({ metadata }) => metadata.name),
      expected,
    );
    const { rules } = withRules(scope, given, catalogue);
    assert.ok(
      !covers(rules!, { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }),
      'rules of the client count for nothing',
    );
    for (const { spec } of templates) for (const rule of spec.rules!) assert.ok(covers(rules!, rule));
  });

test('making a role of its templates again changes nothing', () => {
  for (const [, scope, given] of made) {
    const once = withRules(scope, given, catalogue);
    assert.deepEqual(withRules(scope, once, catalogue), once);
  }
});

test('an unknown template is told, and kept by what is stored', () => {
  const given = role({ templateNames: ['workspace-view-members', 'workspace-of-an-extension'] });
  assert.deepEqual(catalogue.of('workspace', given).unknown, ['workspace-of-an-extension']);
  assert.deepEqual(withRules('workspace', given, catalogue).aggregationRoleTemplates!.templateNames, [
    'workspace-view-members',
    'workspace-of-an-extension',
  ]);
});

test('a template of an extension joins the built-in roles that it is marked for', () => {
  const jobs: RoleTemplate = {
    metadata: {
      name: 'namespace-view-volcano',
      labels: { 'iam.kubesphere.io/scope': 'namespace', [aggregateTo('viewer')]: '' },
    },
    spec: { rules: [{ verbs: ['get'], apiGroups: ['batch.volcano.sh'], resources: ['jobs'] }] },
  };
  const more = createCatalogue([...objects, jobs]);
  const has = (name: string) => covers(builtInRules('namespace', name, [], more), jobs.spec.rules![0]!);
  assert.deepEqual(['admin', 'operator', 'viewer'].map(has), [true, false, true]);
});

test('lists of names are read in the manner of both generations', () => {
  for (const [text, expected] of [
    ['["a","b"]', ['a', 'b']],
    ['a, b', ['a', 'b']],
    ['', []],
    [undefined, []],
    ['{"a":1}', []],
  ] as const)
    assert.deepEqual(namesIn(text), expected);
});

test('what a role amounts to: all for who may do everything, marked ones for built-in roles, none for rules by hand', () => {
  const builtIn = (name: string, rules: PolicyRule[]): PlatformRole => ({
    metadata: {
      name: `w-${name}`,
      labels: { 'kubesphere.io/workspace': 'w', 'app.kubernetes.io/managed-by': 'orrery-platform' },
    },
    rules,
  });
  const count = (given: PlatformRole) => templatesOf('workspace', given, catalogue).length;
  assert.equal(count(builtIn('admin', workspaceRoles.admin)), catalogue.all('workspace').length);
  assert.equal(count(builtIn('regular', workspaceRoles.regular)), 3);
  assert.equal(count({ metadata: { name: 'x' }, rules: workspaceRoles.regular }), 0);
});
