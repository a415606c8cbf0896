import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textAnswer, type Headers } from '@orrery/http';
import { createClient, impersonating } from './index.ts';

test('requests are made as the user, whatever they bring along', async () => {
  let seen: Headers = {};
  const transport = impersonating(
    async request => {
      seen = request.headers;
      return textAnswer(200, '');
    },
    { name: 'jane', groups: ['dev', 'a, b'], uid: 'u1', extra: { 'example.com/Scopes': ['x', 'y'], none: [] } },
  );
  const headers = { 'Impersonate-User': 'admin', 'impersonate-extra-more': 'z', accept: 'text/plain' };
  await createClient(transport).raw('GET', '/', { headers });
  assert.deepEqual(
    { ...seen },
    {
      accept: 'text/plain',
      'impersonate-user': 'jane',
      'impersonate-uid': 'u1',
      'impersonate-group': ['dev', 'a, b'],
      'impersonate-extra-example.com%2Fscopes': ['x', 'y'],
    },
  );
});

test('a user without groups brings no group header', async () => {
  let seen: Headers = {};
  const handler = impersonating(
    async request => {
      seen = request.headers;
      return textAnswer(200, '');
    },
    { name: 'jane', groups: [] },
  );
  await createClient(handler).raw('GET', '/');
  assert.deepEqual(Object.keys(seen), ['impersonate-user']);
});
