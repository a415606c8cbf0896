import assert from 'node:assert/strict';
import { test } from 'node:test';
import { navigationOf, ownPath, readScript, type ExtensionPage } from './read.ts';

const View = () => null;
const script = (given: object, extension = 'hello') => readScript(extension, { default: given });
const shown = ({ path, scope, title, order }: ExtensionPage) => [path, scope, title.en, title.zh, order];

test('menus, routes and texts of a script become pages with their place in the navigation', () => {
  const read = script({
    menus: [
      { parent: 'cluster', name: 'hello', title: 'HELLO', order: 3, icon: '/dist/hello/icon.svg' },
      { parent: 'global', name: 'greetings', title: 'Greetings' },
    ],
    routes: [
      { path: '/clusters/:cluster/hello', component: View },
      { path: '/greetings/*', element: 'Greetings' },
      { path: '/workspaces/:workspace/hello', component: View, title: 'HELLO' },
    ],
    locales: { en: { HELLO: 'Hello' }, 'zh-CN': { HELLO: '你好' } },
  });
  const { pages, problems } = navigationOf([read], [], new Set());
  assert.deepEqual(problems, []);
  assert.deepEqual(pages.map(shown), [
    ['/clusters/$cluster/hello', 'cluster', 'Hello', '你好', 3],
    ['/greetings', 'platform', 'Greetings', 'Greetings', 0],
    ['/greetings/$', 'platform', 'Greetings', 'Greetings', undefined],
    ['/workspaces/$workspace/hello', 'workspace', 'Hello', '你好', undefined],
  ]);
  assert.equal(pages[0]!.picture, '/dist/hello/icon.svg');
});

for (const [given, own] of [
  ['/clusters/:cluster/hello', '/clusters/$cluster/hello'],
  ['/clusters/$cluster/hello/', '/clusters/$cluster/hello'],
  [
    '/workspaces/:workspace/clusters/:cluster/projects/:namespace/hello',
    '/clusters/$cluster/projects/$namespace/hello',
  ],
  ['/hello/*', '/hello/$'],
] as const)
  test(`${given} is ${own}`, () => assert.equal(ownPath(given), own));

const wrong: [string, unknown, RegExp][] = [
  ['nothing exported by default', {}, /default export/],
  ['a function', { default: () => ({}) }, /default export/],
  ['menus that are no objects', { default: { menus: ['x'] } }, /menus is no list/],
  ['a menu without a name', { default: { menus: [{}] } }, /no name/],
  ['a route without a path', { default: { routes: [{ element: 'x' }] } }, /begins with/],
  ['a route to elsewhere', { default: { routes: [{ path: '//example.com', element: 'x' }] } }, /begins with/],
  ['a route without a view', { default: { routes: [{ path: '/x' }] } }, /needs a component or an element/],
];
for (const [what, module, message] of wrong)
  test(`${what} is refused in one sentence`, () => assert.throws(() => readScript('x', module), message));

test('entries of the cluster go before the menus of the same extension, and may lead to somebody else', () => {
  const read = script({
    menus: [{ name: 'old', link: '/hello' }],
    routes: [{ path: '/hello', component: View }],
    locales: { en: { HELLO: 'Hello' } },
  });
  const entries = [
    { extension: 'hello', name: 'new', title: 'HELLO', link: '/hello', order: 7 },
    { extension: 'hello', name: 'graphs', title: 'Graphs', link: '/proxy/graphs/', parent: 'cluster' },
    { extension: 'other', name: 'bad', title: 'Bad', link: 'https://example.com/' },
  ];
  const { pages } = navigationOf([read], entries, new Set());
  assert.deepEqual(pages.map(shown), [
    ['/hello', 'platform', 'Hello', 'Hello', 7],
    ['/proxy/graphs', 'cluster', 'Graphs', 'Graphs', 0],
    ['/bad', 'platform', 'Bad', 'Bad', 0],
  ]);
  assert.deepEqual(
    pages.map(({ route }) => route !== undefined),
    [true, false, false],
  );
});

test('a path that is taken is not given away: by the console, or by another extension', () => {
  const one = script({
    routes: [
      { path: '/users', element: 'x' },
      { path: '/hello', element: 'x' },
    ],
  });
  const two = script(
    {
      routes: [
        { path: '/hello', element: 'y' },
        { path: '/users/:name', element: 'y' },
      ],
    },
    'two',
  );
  const { pages, problems } = navigationOf([one, two], [], new Set(['/users', '/users/$user']));
  assert.deepEqual(
    pages.map(({ extension, path }) => [extension, path]),
    [['hello', '/hello']],
  );
  assert.deepEqual(problems, [
    { extension: 'hello', message: 'there is a page at /users already' },
    { extension: 'two', message: 'there is a page at /hello already' },
    { extension: 'two', message: 'there is a page at /users/$name already' },
  ]);
});
