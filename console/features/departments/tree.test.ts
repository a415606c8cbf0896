import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Group, PlatformRoleBinding } from '@orrery/platform-kinds/types';
import { departmentOf, departmentPatch, movePatch, projectRolesOf, rightsOf } from './rights.ts';
import { lineOf, movedBy, nameOf, placesFor, rowsOf, stepFor, treeOf } from './tree.ts';

const group = (name: string, parent?: string, said: Record<string, string> = {}): Group => ({
  apiVersion: 'iam.kubesphere.io/v1beta1',
  kind: 'Group',
  metadata: { name, annotations: said, ...(parent && { labels: { 'iam.kubesphere.io/group-parent': parent } }) },
});
const makers = group('makers', undefined, { 'iam.kubesphere.io/workspace-role': 'w1-regular' });
const web = group('web', 'makers', {
  'iam.kubesphere.io/project-roles': '[{"cluster":"host","namespace":"p1","role":"operator"}]',
});
const groups = [group('sales'), makers, web, group('api', 'makers', { 'kubesphere.io/alias-name': 'Zebra' })];
const tree = treeOf(groups);
const none = new Set<string>();
const shown = (closed: ReadonlySet<string> = none, of = tree) =>
  rowsOf(of, closed).map(({ name, level, open, position, count }) => [name, level, open, `${position}/${count}`]);

test('departments stand below theirs, in the order of what people call them', () => {
  assert.deepEqual(shown(), [
    ['makers', 1, true, '1/2'],
    ['web', 2, undefined, '1/2'],
    ['api', 2, undefined, '2/2'],
    ['sales', 1, undefined, '2/2'],
  ]);
  assert.deepEqual(shown(new Set(['makers'])).length, 2);
});

test('nobody gets lost: without a parent that is there, or in a circle, one stands at the top', () => {
  const odd = treeOf([group('a', 'b'), group('b', 'a'), group('c', 'gone'), group('d', 'a')]);
  assert.deepEqual(
    shown(none, odd).map(([name, level]) => [name, level]),
    [
      ['a', 1],
      ['d', 2],
      ['b', 1],
      ['c', 1],
    ],
  );
  assert.deepEqual(lineOf('d', odd).map(nameOf), ['a']);
});

const steps: [string, string, string[], ReturnType<typeof stepFor>][] = [
  ['ArrowDown', 'makers', [], { go: 'web' }],
  ['ArrowDown', 'makers', ['makers'], { go: 'sales' }],
  ['ArrowUp', 'makers', [], undefined],
  ['ArrowUp', 'sales', [], { go: 'api' }],
  ['Home', 'sales', [], { go: 'makers' }],
  ['End', 'makers', [], { go: 'sales' }],
  ['ArrowRight', 'makers', ['makers'], { turn: 'makers' }],
  ['ArrowRight', 'makers', [], { go: 'web' }],
  ['ArrowRight', 'web', [], undefined],
  ['ArrowLeft', 'makers', [], { turn: 'makers' }],
  ['ArrowLeft', 'web', [], { go: 'makers' }],
  ['ArrowLeft', 'sales', [], undefined],
  ['x', 'web', [], undefined],
];
for (const [key, name, closed, step] of steps)
  test(`${key} on ${name}${closed.length > 0 ? ', closed' : ''}`, () =>
    assert.deepEqual(stepFor(key, name, rowsOf(tree, new Set(closed)), tree), step));

test('a key moves one into the one above it, and out beside its parent', () => {
  assert.equal(movedBy('ArrowRight', 'sales', tree), 'makers');
  assert.equal(movedBy('ArrowRight', 'makers', tree), undefined);
  assert.equal(movedBy('ArrowRight', 'api', tree), 'web');
  assert.equal(movedBy('ArrowLeft', 'api', tree), '');
  assert.equal(movedBy('ArrowLeft', 'sales', tree), undefined);
  assert.equal(movedBy('ArrowUp', 'api', tree), undefined);
});

test('one is never moved to or below itself', () => {
  assert.deepEqual(placesFor('makers', tree).map(nameOf), ['sales']);
  assert.deepEqual(placesFor('web', tree).map(nameOf), ['makers', 'api', 'sales']);
});

test('members have the roles of their department and of those above it, each once', () => {
  const bound: PlatformRoleBinding[] = [
    {
      ...{ apiVersion: 'v1', kind: 'WorkspaceRoleBinding' },
      metadata: { name: 'x', labels: { 'iam.kubesphere.io/group-ref': 'makers' } },
      roleRef: { apiGroup: '', kind: 'WorkspaceRole', name: 'w1-regular' },
    },
    {
      ...{ apiVersion: 'v1', kind: 'RoleBinding' },
      metadata: { name: 'y', namespace: 'p2' },
      roleRef: { apiGroup: '', kind: 'Role', name: 'viewer' },
      subjects: [{ kind: 'Group', name: 'web' }],
    },
  ];
  assert.deepEqual(
    rightsOf(web, tree, bound).map(({ role, namespace, from }) => [role, namespace, from && nameOf(from)]),
    [
      ['operator', 'p1', undefined],
      ['viewer', 'p2', undefined],
      ['w1-regular', undefined, 'makers'],
    ],
  );
  assert.deepEqual(projectRolesOf(group('x', undefined, { 'iam.kubesphere.io/project-roles': '{' })), []);
});

const form = { alias: ' Web ', description: '', role: 'w1-viewer' };

test('what is sent of a new one, of a changed one and of a moved one', () => {
  assert.deepEqual(departmentOf({ ...form, name: ' web ', parent: 'makers' }).metadata, {
    name: 'web',
    labels: { 'iam.kubesphere.io/group-parent': 'makers' },
    annotations: { 'kubesphere.io/alias-name': 'Web', 'iam.kubesphere.io/workspace-role': 'w1-viewer' },
  });
  const roles = [
    { namespace: 'p1', role: 'viewer' },
    { namespace: 'p2', role: '' },
  ];
  assert.deepEqual(departmentPatch(form, roles, 'host'), {
    metadata: {
      annotations: {
        'kubesphere.io/alias-name': 'Web',
        'kubesphere.io/description': null,
        'iam.kubesphere.io/workspace-role': 'w1-viewer',
        'iam.kubesphere.io/project-roles': '[{"cluster":"host","namespace":"p1","role":"viewer"}]',
      },
    },
  });
  assert.deepEqual(movePatch(''), { metadata: { labels: { 'iam.kubesphere.io/group-parent': null } } });
});
