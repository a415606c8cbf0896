import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ancestorsOf, doorTo, fromServerPath, hrefOf, pathTo, safeNext } from './paths.ts';

test('a path is filled, and its values are escaped', () => {
  assert.equal(pathTo('/workspaces/$workspace/members', { workspace: 'a/b' }), '/workspaces/a%2Fb/members');
  assert.equal(hrefOf('/workspaces/$workspace', {}), undefined);
  assert.throws(() => pathTo('/workspaces/$workspace', { workspace: '' }), TypeError);
});

test("the server's braces become our dollars", () =>
  assert.equal(fromServerPath('/clusters/{cluster}/nodes'), '/clusters/$cluster/nodes'));

test('pages above a page are those at the beginnings of its path', () => {
  const pages = ['/', '/workspaces/$workspace', '/workspaces', '/users', '/workspaces/$workspace/members'].map(
    path => ({
      path,
    }),
  );
  assert.deepEqual(
    ancestorsOf(pages, '/workspaces/$workspace/members').map(({ path }) => path),
    ['/workspaces', '/workspaces/$workspace'],
  );
});

test('a door keeps where one wanted to go', () =>
  assert.deepEqual([doorTo('/login', '/'), doorTo('/login', '/a?b=1')], ['/login', '/login?next=%2Fa%3Fb%3D1']));

describe('after the log-in one stays on this site', () => {
  for (const [next, expected] of [
    [undefined, '/'],
    ['/workspaces?page=2', '/workspaces?page=2'],
    ['https://evil.example', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/login?next=/', '/'],
    ['/login/confirm?next=/', '/'],
    ['/login/device?user_code=BCDF-GHJK', '/login/device?user_code=BCDF-GHJK'],
    ['/oauth/authorize?client_id=x', '/oauth/authorize?client_id=x'],
    ['/password', '/'],
    ['/passwords', '/passwords'],
  ] as const)
    test(`${next} leads to ${expected}`, () => assert.equal(safeNext(next), expected));
});
