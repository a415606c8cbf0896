import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@orrery/machinery/random';
import { parseTarget } from './request-info.ts';

const rows: readonly [method: string, target: string, expected: Record<string, unknown>][] = [
  ['GET', '/version', { isResourceRequest: false, verb: 'get', path: '/version' }],
  ['GET', '/api/v1', { isResourceRequest: false, verb: 'get' }],
  ['GET', '/apis/apps/v1', { isResourceRequest: false, verb: 'get' }],
  ['GET', '/api/v1/pods', { verb: 'list', resource: 'pods', namespace: '', name: '', apiGroup: '', apiVersion: 'v1' }],
  ['GET', '/api/v1/pods?watch=true', { verb: 'watch', resource: 'pods' }],
  ['GET', '/api/v1/pods?watch=false', { verb: 'list' }],
  ['GET', '/api/v1/namespaces/a/pods/b', { verb: 'get', namespace: 'a', name: 'b', resource: 'pods' }],
  ['GET', '/api/v1/namespaces/a/pods/b?watch=1', { verb: 'watch', name: 'b' }],
  ['GET', '/api/v1/namespaces/a', { verb: 'get', resource: 'namespaces', namespace: 'a', name: 'a' }],
  ['PUT', '/api/v1/namespaces/a/status', { verb: 'update', resource: 'namespaces', name: 'a', subresource: 'status' }],
  ['PUT', '/api/v1/namespaces/a/finalize', { resource: 'namespaces', name: 'a', subresource: 'finalize' }],
  ['DELETE', '/apis/apps/v1/namespaces/a/deployments', { verb: 'deletecollection', apiGroup: 'apps' }],
  ['PATCH', '/apis/apps/v1/namespaces/a/deployments/d/scale', { verb: 'patch', subresource: 'scale', name: 'd' }],
  ['GET', '/api/v1/nodes/n/proxy/a/b?c=d', { verb: 'get', subresource: 'proxy', rest: 'a/b', name: 'n' }],
  ['GET', '/api/v1/watch/namespaces/a/pods', { verb: 'watch', resource: 'pods', namespace: 'a' }],
  ['GET', '/api/v1/watch/namespaces/a/pods/b', { verb: 'watch', name: 'b' }],
  [
    'GET',
    '/api/v1/pods?fieldSelector=metadata.name%3Db',
    { verb: 'list', name: 'b', fieldSelector: 'metadata.name=b' },
  ],
  ['GET', '/api/v1/pods?fieldSelector=metadata.name!%3Db', { verb: 'list', name: '' }],
  ['GET', '/api/v1/namespaces/%61/pods/x%2Fy', { namespace: 'a', name: 'x/y' }],
  ['GET', '/api/v1/namespaces/%zz/pods', { isResourceRequest: false }],
  ['PROPFIND', '/api/v1/pods', { verb: '', resource: 'pods' }],
];

for (const [method, target, expected] of rows) {
  test(`${method} ${target}`, () => {
    const { info } = parseTarget(method, target);
    for (const [name, value] of Object.entries(expected)) {
      assert.equal(info[name as keyof typeof info], value, name);
    }
  });
}

test('any characters in names are read as they were written, and move nothing else', () => {
  const random = seededRandom(284);
  const letter = (): string => {
    const code = 1 + Math.floor(random.float() * 0x10_ffff);
    return code >= 0xd800 && code < 0xe000 ? '/' : String.fromCodePoint(code);
  };
  const word = (): string => Array.from({ length: 1 + Math.floor(random.float() * 5) }, letter).join('');
  for (let i = 0; i < 2_000; i++) {
    const [namespace, name] = [word(), word()];
    const target = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
    const { info } = parseTarget('GET', target);
    const { resource, subresource, verb, rest } = info;
    assert.deepEqual(
      { resource, subresource, verb, rest, namespace: info.namespace, name: info.name },
      { resource: 'pods', subresource: '', verb: 'get', rest: '', namespace, name },
      target,
    );
  }
});
