import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeOf, stateOf, titleOf, type Provider } from './provider.ts';

const provider: Provider = {
  name: 'corp',
  displayName: 'Corp',
  type: 'LDAPIdentityProvider',
  mappingMethod: 'auto',
  enabled: true,
  hidden: false,
  source: 'secret',
  users: 0,
};
const same = { displayName: 'Corp', mappingMethod: 'auto', enabled: true, shown: true };

test('only what is different is sent', () => {
  assert.deepEqual(changeOf(provider, same), {});
  assert.deepEqual(
    changeOf(provider, { displayName: ' New ', mappingMethod: 'lookup', enabled: false, shown: false }),
    {
      displayName: 'New',
      mappingMethod: 'lookup',
      enabled: false,
      hidden: true,
    },
  );
  assert.deepEqual(changeOf({ ...provider, hidden: true }, same), { hidden: false });
});

test('a provider that is off is off, whatever else is wrong with it', () =>
  assert.deepEqual(
    [
      provider,
      { ...provider, hidden: true },
      { ...provider, problem: 'x' },
      { ...provider, problem: 'x', enabled: false },
    ].map(each => stateOf(each).key),
    ['on', 'hidden', 'broken', 'off'],
  ));

test('types are called as people call them', () =>
  assert.deepEqual(
    ['LDAPIdentityProvider', 'AliyunIDaaSProvider', 'GitLabIdentityProvider', 'Horoscope'].map(titleOf),
    ['LDAP', 'Aliyun IDaaS', 'GitLab', 'Horoscope'],
  ));
