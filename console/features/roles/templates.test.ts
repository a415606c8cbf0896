import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoleTemplate } from '@orrery/platform-kinds/types';
import { byName, groupsOf, holdersOf, isEverything, ruleTexts, templateOf, withNeeds } from './templates.ts';

const template = (name: string, category: string, needs: string, words: [string, string]): RoleTemplate => ({
  apiVersion: 'iam.kubesphere.io/v1beta1',
  kind: 'RoleTemplate',
  metadata: {
    name,
    labels: { 'iam.kubesphere.io/category': category },
    annotations: { 'iam.kubesphere.io/dependencies': needs },
  },
  spec: { displayName: { en: words[0], zh: words[1] }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['x'] }] },
});
const templates = [
  template('manage-roles', 'access', '["view-roles"]', ['Manage roles', '管理角色']),
  template('view-roles', 'access', 'view-members', ['View roles', '查看角色']),
  template('view-members', 'access', '[]', ['View members', '查看成员']),
  template('view-apps', 'apps', '["gone"]', ['View apps', '查看应用']),
].map(templateOf);
const all = byName(templates);
const categories = [
  ['apps', 'Apps'],
  ['access', 'Who may what'],
].map(([name = '', en = '']) => ({
  apiVersion: 'v1',
  kind: 'Category',
  metadata: { name },
  spec: { displayName: { en, zh: en } },
}));

test('what is needed comes along, in both ways to write it, as far as it is there', () => {
  assert.deepEqual([...withNeeds(['manage-roles'], all)], ['manage-roles', 'view-roles', 'view-members']);
  assert.deepEqual([...withNeeds(['view-apps', 'unknown'], all)], ['view-apps']);
});

test('what something chosen needs, over however many steps, stays', () => {
  const taken = withNeeds(['manage-roles'], all);
  const names = (name: string) => holdersOf(name, taken, all).map(each => each.name);
  assert.deepEqual(names('view-members'), ['manage-roles', 'view-roles']);
  assert.deepEqual(names('view-roles'), ['manage-roles']);
  assert.deepEqual(names('manage-roles'), []);
});

const shown = (search: string, language: 'en' | 'zh' = 'en') =>
  groupsOf(templates, categories, language, search).map(({ title, templates }) => [
    title[language],
    ...templates.map(each => each.title[language]),
  ]);

test('templates stand in their categories, both in the order of their titles', () =>
  assert.deepEqual(shown(''), [
    ['Apps', 'View apps'],
    ['Who may what', 'Manage roles', 'View members', 'View roles'],
  ]));

test('they are found by a part of their title in either language, of their name or of the category’s title', () => {
  assert.deepEqual(shown(' roles '), [['Who may what', 'Manage roles', 'View roles']]);
  assert.deepEqual(shown('管理'), [['Who may what', 'Manage roles']]);
  assert.deepEqual(shown('apps'), [['Apps', 'View apps']]);
  assert.deepEqual(shown('who may')[0]!.length, 4);
  assert.deepEqual(shown('nothing like it'), []);
});

test('everything is everything', () => {
  assert.equal(isEverything([{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]), true);
  assert.equal(isEverything([{ verbs: ['*'], apiGroups: [''], resources: ['*'] }]), false);
  assert.equal(isEverything([{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: ['x'] }]), false);
});

test('a rule as it is written', () => {
  assert.deepEqual(ruleTexts({ verbs: ['get', 'list'], apiGroups: ['', 'apps'], resources: ['pods', 'deployments'] }), {
    what: 'pods (apps), deployments (apps)',
    names: '',
    verbs: 'get, list',
  });
  assert.equal(ruleTexts({ verbs: ['get'], nonResourceURLs: ['/metrics'] }).what, '/metrics');
});
