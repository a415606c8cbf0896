import assert from 'node:assert/strict';
import { test } from 'node:test';
import { departmentsWith, roleOf, rolePatch, templatesIn } from './role.ts';

const form = { name: ' helpers ', alias: 'Helpers ', description: ' ' };

test('a role is made of templates, and says only what was filled in', () =>
  assert.deepEqual(roleOf({ object: 'WorkspaceRole' }, form, ['a', 'b']), {
    apiVersion: 'iam.kubesphere.io/v1beta1',
    kind: 'WorkspaceRole',
    metadata: { name: 'helpers', annotations: { 'kubesphere.io/alias-name': 'Helpers' } },
    aggregationRoleTemplates: { templateNames: ['a', 'b'] },
  }));

test('a change takes away what was emptied, and leaves templates alone that nobody chose anew', () => {
  const words = { 'kubesphere.io/alias-name': 'Helpers', 'kubesphere.io/description': null };
  assert.deepEqual(rolePatch(form, undefined), { metadata: { annotations: words } });
  assert.deepEqual(rolePatch(form, ['a']), {
    metadata: { annotations: words },
    aggregationRoleTemplates: { templateNames: ['a'] },
  });
});

test('a role that was written as rules has no templates', () =>
  assert.deepEqual(templatesIn({ apiVersion: 'v1', kind: 'GlobalRole', metadata: {}, rules: [] }), []));

test('departments have a role by a label of their binding, or by being its subject', () => {
  const binding = (role: string, labels: Record<string, string>, ...groups: string[]) => ({
    ...{ apiVersion: 'v1', kind: 'WorkspaceRoleBinding', metadata: { labels } },
    roleRef: { apiGroup: '', kind: 'WorkspaceRole', name: role },
    subjects: groups.map(name => ({ kind: 'Group' as const, name })),
  });
  const bindings = [
    binding('helpers', { 'iam.kubesphere.io/group-ref': 'makers' }, 'makers'),
    binding('helpers', {}, 'makers', 'web'),
    binding('others', {}, 'sales'),
  ];
  assert.deepEqual(departmentsWith('helpers', bindings), ['makers', 'web']);
});
