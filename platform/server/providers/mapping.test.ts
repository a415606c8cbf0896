import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { User } from '@orrery/platform-kinds';
import type { MappingMethod } from '../config/providers.ts';
import { readValidation } from './cas.ts';
import { localPath } from './journey.ts';
import { identitiesOf, mapIdentity, type Known } from './mapping.ts';
import { generic, github, gitlab, identityIn } from './oauth2.ts';

const user = (name: string, more: Partial<User['spec']> = {}, metadata: object = {}, state = 'Active'): User =>
  ({ metadata: { name, ...metadata }, spec: more, status: { state } }) as User;
const external = { annotations: { 'iam.kubesphere.io/identity-provider.other': '7' } };
const mapped = user('eve');
const own = user('eve', { password: '$2b$10$x' });
const foreign = user('eve', {}, external);
const none: Known = { mapped: [], named: undefined };

const cases: [string, MappingMethod, string, Known, string][] = [
  ['an identity that is known is its account', 'auto', 'x', { mapped: [mapped], named: undefined }, 'use'],
  ['whatever name it brings now', 'lookup', 'admin', { mapped: [mapped], named: own }, 'use'],
  [
    'a disabled account stays closed',
    'auto',
    'eve',
    { mapped: [user('eve', {}, {}, 'Disabled')], named: mapped },
    'disabled',
  ],
  ['two accounts for one identity are none', 'auto', 'eve', { mapped: [mapped, foreign], named: mapped }, 'ambiguous'],
  ['lookup makes nobody', 'lookup', 'eve', none, 'not_mapped'],
  ['lookup takes nobody by his name', 'lookup', 'eve', { mapped: [], named: foreign }, 'not_mapped'],
  ['auto makes an account', 'auto', 'eve', none, 'create'],
  ['manual asks for the name', 'manual', 'eve', none, 'ask'],
  ['a name that is none is asked for', 'auto', 'Eve Smith', none, 'ask'],
  ['so is a name of the cluster', 'auto', 'system:admin', none, 'ask'],
  ['L1: a name that somebody has is not taken over', 'auto', 'admin', { mapped: [], named: own }, 'name_taken'],
  ['L1: not even one that another provider made', 'auto', 'eve', { mapped: [], named: foreign }, 'name_taken'],
  ['L1: mixed takes over no account with a password', 'mixed', 'admin', { mapped: [], named: own }, 'name_taken'],
  ['L1: nor one that nobody from elsewhere has', 'mixed', 'eve', { mapped: [], named: user('eve') }, 'name_taken'],
  ['mixed adds itself to what another provider made', 'mixed', 'eve', { mapped: [], named: foreign }, 'attach'],
  ['mixed makes an account', 'mixed', 'eve', none, 'create'],
  ['L1: manual lets nobody choose by bringing a name', 'manual', 'admin', { mapped: [], named: own }, 'ask'],
];
for (const [what, method, name, known, expected] of cases)
  test(what, () => {
    const mapping = mapIdentity(method, name, known);
    assert.equal(mapping.step === 'refuse' ? mapping.code : mapping.step, expected);
  });

test('the marks of both generations are read, and each says which provider it is of', () => {
  const labels = { 'iam.kubesphere.io/identify-provider': 'ldap', 'iam.kubesphere.io/origin-uid': 'x' };
  const annotations = {
    'iam.kubesphere.io/identity-provider.oidc': 'y',
    'iam.kubesphere.io/identity-provider.ldap': 'x',
  };
  assert.deepEqual(identitiesOf(user('a', {}, { labels, annotations })).toSorted(), ['ldap\nx', 'oidc\ny']);
  assert.deepEqual(identitiesOf(user('a')), []);
});

const success = (inside: string) =>
  `<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess>${inside}</cas:authenticationSuccess></cas:serviceResponse>`;
const tickets: [string, string, string | undefined][] = [
  ['a user', success('<cas:user>eve</cas:user>'), 'eve'],
  [
    'attributes beside him',
    success('<cas:user>eve</cas:user><cas:attributes><cas:mail>a@b</cas:mail></cas:attributes>'),
    'eve',
  ],
  ['another prefix', '<r><authenticationSuccess><user> eve </user></authenticationSuccess></r>', 'eve'],
  ['letters as entities', success('<cas:user>e&amp;v&#101;</cas:user>'), 'e&ve'],
  ['a failure', '<r><cas:authenticationFailure code="X">no</cas:authenticationFailure></r>', undefined],
  [
    'L2: a success in a failure',
    `<r><authenticationFailure>${success('<cas:user>eve</cas:user>')}</authenticationFailure></r>`,
    undefined,
  ],
  [
    'L2: two successes',
    `<r>${success('<cas:user>eve</cas:user>')}${success('<cas:user>admin</cas:user>')}</r>`,
    undefined,
  ],
  ['L2: two users', success('<cas:user>eve</cas:user><cas:user>admin</cas:user>'), undefined],
  [
    'L2: a user in an attribute',
    success('<cas:user>eve</cas:user><cas:attributes><cas:user>admin</cas:user></cas:attributes>'),
    undefined,
  ],
  ['L2: a user in a user', success('<cas:user>eve<cas:user>admin</cas:user></cas:user>'), undefined],
  ['L2: a user outside', `<r><cas:user>admin</cas:user>${success('')}</r>`, undefined],
  ['L2: a comment in a name', success('<cas:user>admin<!-- -->.evil</cas:user>'), undefined],
  ['L2: a document type', `<!DOCTYPE x [<!ENTITY a "admin">]>${success('<cas:user>&a;</cas:user>')}`, undefined],
  ['L2: unparsed text', success('<cas:user><![CDATA[admin]]></cas:user>'), undefined],
  ['nobody', success('<cas:user> </cas:user>'), undefined],
  ['no XML', 'yes\neve', undefined],
];
for (const [what, xml, expected] of tickets)
  test(`an answer of CAS: ${what}`, () => {
    if (expected === undefined) assert.throws(() => readValidation(xml), { code: 401 });
    else assert.equal(readValidation(xml).uid, expected);
  });

const paths: [string | undefined, string][] = [
  ['/workspaces/w1?x=1', '/workspaces/w1?x=1'],
  ['/', '/'],
  [undefined, '/'],
  ['//evil.test/', '/'],
  ['/\\evil.test/', '/'],
  ['/\t/evil.test/', '/'],
  ['https://evil.test/', '/'],
  ['javascript:alert(1)', '/'],
  ['evil', '/'],
  ['/x/..//evil.test', '/evil.test'],
  ['/a\r\nset-cookie: x', '/'],
];
for (const [given, expected] of paths)
  test(`L1: after a log-in ${JSON.stringify(given)} is ${expected}`, () =>
    assert.equal(localPath(given, 'https://platform.test'), expected));

const described: [string, object, typeof generic, object, unknown][] = [
  ['GitHub', { id: 7, login: 'eve', email: 'e@x' }, github, {}, { uid: '7', username: 'eve', email: 'e@x' }],
  [
    'GitHub as KubeSphere kept it',
    { id: 7, login: 'eve' },
    github,
    { uidKey: 'login' },
    { uid: 'eve', username: 'eve' },
  ],
  [
    'GitLab',
    { id: 7, username: 'eve', email: 'e@x', confirmed_at: '2020', state: 'active' },
    gitlab,
    {},
    { uid: '7', username: 'eve', email: 'e@x' },
  ],
  [
    'L1: GitLab, an address that was not confirmed',
    { id: 7, username: 'eve', email: 'e@x', confirmed_at: null, state: 'active' },
    gitlab,
    {},
    { uid: '7', username: 'eve' },
  ],
  ['GitLab, somebody who is blocked', { id: 7, username: 'eve', state: 'blocked' }, gitlab, {}, undefined],
  [
    'L1: an address that was not verified',
    { sub: 's', email: 'admin@x', email_verified: false },
    generic,
    {},
    { uid: 's', username: 's' },
  ],
  ['L1: an address of which nothing is said', { sub: 's', email: 'admin@x' }, generic, {}, { uid: 's', username: 's' }],
  [
    'another name for the name',
    { sub: 's', upn: 'eve' },
    generic,
    { preferredUsernameKey: 'upn' },
    { uid: 's', username: 'eve' },
  ],
  ['nobody', { name: 'eve' }, generic, {}, undefined],
];
for (const [what, description, dialect, options, expected] of described)
  test(`a description: ${what}`, () => {
    const read = () => identityIn(description as never, dialect, options as never);
    if (expected === undefined) assert.throws(read, { code: 401 });
    else assert.deepEqual(read(), expected);
  });
