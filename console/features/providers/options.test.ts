import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerTypeOf, providerTypes } from '@orrery/platform-contract/provider-types';
import { isComplete, optionFields, optionsIn, textsOf } from './options.ts';
import { messages } from './messages.data.ts';

const ldap = providerTypeOf('LDAPIdentityProvider')!;
const oauth = providerTypeOf('OAuth2IdentityProvider')!;
const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';

test('every option of every type has a name for people', () => {
  const named = new Set(Object.keys(messages.texts));
  for (const type of providerTypes)
    assert.deepEqual(
      Object.keys(optionFields(type)).filter(field => !named.has(field)),
      [],
      type.type,
    );
});

test('what was read is what would be sent for something new', () => {
  const options = {
    host: 'ldap.test',
    startTLS: true,
    readTimeout: 5000,
    rootCAData: btoa(pem),
    userSearchFilter: '(a=b)',
  };
  assert.deepEqual(optionsIn(ldap, textsOf(ldap, options)), options);
  const endpoint = { authURL: 'https://a.test', tokenURL: 'https://t.test' };
  const program = { clientID: 'c', scopes: ['a', 'b'], endpoint };
  assert.deepEqual(optionsIn(oauth, textsOf(oauth, program)), program);
});

test('only what is different is sent; what was emptied is taken off; a secret that is not typed stays', () => {
  const before = textsOf(ldap, { host: 'a', userSearchFilter: '(a=b)', startTLS: true, readTimeout: 5000 });
  assert.deepEqual(optionsIn(ldap, before, before), {});
  const after = {
    ...before,
    option_host: ' b ',
    option_userSearchFilter: '',
    option_startTLS: '',
    option_readTimeout: 'soon',
  };
  assert.deepEqual(optionsIn(ldap, after, before), {
    host: 'b',
    userSearchFilter: null,
    startTLS: null,
    readTimeout: 'soon',
  });
  assert.deepEqual(optionsIn(ldap, { ...before, option_managerPassword: ' x ' }, before), { managerPassword: ' x ' });
});

test('a form is complete when all that there must be is there', () => {
  const texts = textsOf(ldap, { host: 'a', managerDN: 'b', userSearchBase: 'c', loginAttribute: 'd' });
  assert.equal(isComplete(ldap, texts), false);
  assert.equal(isComplete(ldap, texts, ['managerPassword']), true);
  assert.equal(isComplete(ldap, { ...texts, option_managerPassword: 'x' }), true);
});

test('complaints of the platform have a field', () =>
  assert.equal(optionFields(oauth)['option_endpoint_tokenURL'], 'provider.endpoint.tokenURL'));
