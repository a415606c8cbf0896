import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeIn, emptyForm, formOf, hasScope, withScope, type Client } from './client.ts';

const client: Client = {
  name: 'grafana',
  grantMethod: 'prompt',
  trusted: true,
  redirectURIs: ['https://a.test/', 'https://b.test/'],
  postLogoutRedirectURIs: [],
  scopeRestrictions: ['openid', 'email'],
  accessTokenMaxAgeSeconds: 1200,
  accessTokenInactivityTimeoutSeconds: 0,
  hasSecret: true,
  source: 'secret',
};

test('only what is different is sent', () => {
  const form = formOf(client);
  assert.deepEqual(changeIn(form, form), {});
  assert.deepEqual(
    changeIn(
      {
        ...form,
        trusted: '',
        grantMethod: 'deny',
        redirectURIs: ' https://a.test/\n\nhttps://c.test/ ',
        scopeRestrictions: '',
        accessTokenMaxAgeSeconds: '',
        accessTokenInactivityTimeoutSeconds: '30',
      },
      form,
    ),
    {
      trusted: false,
      grantMethod: 'deny',
      redirectURIs: ['https://a.test/', 'https://c.test/'],
      scopeRestrictions: [],
      accessTokenMaxAgeSeconds: 0,
      accessTokenInactivityTimeoutSeconds: 1800,
    },
  );
});

test('of something new what was left alone is not sent; what is no number is not left out', () => {
  assert.deepEqual(changeIn({ ...emptyForm, name: 'x', trusted: 'true' }), { trusted: true });
  assert.deepEqual(changeIn({ ...emptyForm, accessTokenMaxAgeSeconds: 'soon' }), { accessTokenMaxAgeSeconds: 1 });
});

test('scopes are taken in and out', () => {
  const text = withScope(withScope('openid', 'email', true), 'openid', false);
  assert.deepEqual([text, hasScope(text, 'email'), hasScope(text, 'openid')], ['email', true, false]);
});
