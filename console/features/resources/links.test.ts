import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listHref, objectHref } from './links.ts';

test('objects have their pages in their project, those of the cluster in the cluster', () => {
  assert.equal(
    objectHref('deployments', 'web', { cluster: 'host', namespace: 'shop' }),
    '/clusters/host/projects/shop/deployments/web',
  );
  assert.equal(objectHref('nodes', 'n 1', { cluster: 'host' }), '/clusters/host/nodes/n%201');
});

test('kinds that nobody described share one address', () => {
  assert.equal(listHref('tabs.example.com', { cluster: 'host' }), '/clusters/host/resources/tabs.example.com');
  assert.equal(
    objectHref('tabs.example.com', 'a', { cluster: 'host', namespace: 'shop' }),
    '/clusters/host/projects/shop/resources/tabs.example.com/a',
  );
});
