import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FeaturePages, Page } from '../blocks/page.ts';
import { text } from '../util/messages.ts';
import { crumbsOf, entriesOf, pagesOf, sectionsOf } from './pages.ts';

const page = (path: string, scope: Page['scope'], order?: number): Page => ({
  path,
  scope,
  title: text(path, path),
  ...(order !== undefined && { order }),
  load: async () => ({ default: () => null }),
});
const features: FeaturePages[] = [
  { name: 'platform', pages: [page('/', 'platform', 0)] },
  {
    name: 'tenancy',
    pages: [
      page('/workspaces', 'platform'),
      page('/workspaces/$workspace', 'workspace', 0),
      page('/workspaces/$workspace/projects', 'workspace'),
    ],
  },
  { name: 'users', pages: [page('/users', 'platform')] },
];
const menu = (path: string, route: string) => ({ path, title: '', scope: 'platform' as const, route });
const menus = [
  menu('/users', 'users.list'),
  menu('/workspaces', 'tenancy.workspaces'),
  menu('/workspaces/{workspace}/projects', 'tenancy.workspaceProjects'),
  menu('/unknown-here', 'x.y'),
];
const pages = pagesOf(features);
const offer = (...on: string[]) => ({ features: new Set(on), menus });
const paths = (entries: { href: string }[]) => entries.map(({ href }) => href);

describe('the navigation', () => {
  test("is the platform's menus in its order, after the pages that order themselves", () =>
    assert.deepEqual(paths(entriesOf(pages, offer('platform', 'tenancy', 'users'), 'platform', {})), [
      '/',
      '/users',
      '/workspaces',
    ]));
  test('has nothing of a feature that is off', () =>
    assert.deepEqual(paths(entriesOf(pages, offer('platform', 'users'), 'platform', {})), ['/', '/users']));
  test('of a scope is filled with where one is', () =>
    assert.deepEqual(paths(entriesOf(pages, offer('tenancy'), 'workspace', { workspace: 'w1' })), [
      '/workspaces/w1',
      '/workspaces/w1/projects',
    ]));
});

test('pages of one section stand together, where the first of them would', () => {
  const section = text('Work', '工作');
  const known = pagesOf([
    {
      name: 'platform',
      pages: [page('/a', 'platform', 0), { ...page('/b', 'platform', 1), section }, page('/c', 'platform', 2)],
    },
    { name: 'users', pages: [{ ...page('/d', 'platform', 3), section }] },
  ]);
  assert.deepEqual(
    sectionsOf(entriesOf(known, offer('platform', 'users'), 'platform', {})).map(({ title, entries }) => [
      title?.en,
      ...paths([...entries]),
    ]),
    [
      [undefined, '/a', '/c'],
      ['Work', '/b', '/d'],
    ],
  );
});

test('a page may stand below the menus, with the permission of its own', () => {
  const settings: FeaturePages = {
    name: 'tenancy',
    pages: [page('/settings', 'platform', 100), page('/users', 'platform')],
  };
  const offered = {
    features: new Set(['tenancy']),
    menus: [menu('/settings', 'x.settings'), menu('/users', 'users.list')],
  };
  assert.deepEqual(
    entriesOf(pagesOf([settings]), offered, 'platform', {}).map(({ href, route }) => [href, route]),
    [
      ['/users', 'users.list'],
      ['/settings', 'x.settings'],
    ],
  );
});

test('breadcrumbs are the pages above', () =>
  assert.deepEqual(paths(crumbsOf(pages, '/workspaces/$workspace/projects', { workspace: 'w1' })), [
    '/workspaces',
    '/workspaces/w1',
  ]));

test('two features cannot have the same path', () =>
  assert.throws(
    () => pagesOf([...features, { name: 'other', pages: [page('/users', 'platform')] }]),
    /the path \/users/,
  ));
