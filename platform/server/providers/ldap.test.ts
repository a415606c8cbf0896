/** Directories: OpenLDAP's own server, asked as the platform asks it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { Fields } from '../config/document.ts';
import { createEgress, EgressError } from '../egress/egress.ts';
import { egressPolicy } from '../egress/policy.ts';
import { managerDn, managerPassword, startDirectory, type Directory } from '../testing/slapd.ts';
import { ldapProvider } from './ldap.ts';
import type { PasswordProvider } from './types.ts';

const person = (uid: string, more: string) => `dn: uid=${uid},dc=example,dc=test
objectClass: inetOrgPerson
uid: ${uid}
cn: ${uid}
sn: ${uid}
${more}
`;
const people = [
  person('Alice', 'mail: alice@example.test\nuserPassword: Alice-Passw0rd'),
  person('bob', 'employeeType: contractor\nuserPassword: Bob-Passw0rd'),
  person('nopassword', 'mail: n@example.test'),
].join('\n');

let directory: Directory;
before(async () => {
  directory = await startDirectory(people);
});
after(() => directory.close());

const egress = (allow: string[]) =>
  createEgress({
    clock: systemClock,
    log: silentLog,
    policy: async () => egressPolicy({ allow, onlyListed: false }),
    resolve: async host => (host === 'localhost' ? ['127.0.0.1'] : []),
  });

function provider(more: Fields = {}, allow = ['127.0.0.1/32']): PasswordProvider {
  const options = {
    host: `127.0.0.1:${directory.port}`,
    managerDN: managerDn,
    managerPassword,
    userSearchBase: 'dc=example,dc=test',
    loginAttribute: 'uid',
    mailAttribute: 'mail',
    ...more,
  };
  return ldapProvider(options, { egress: egress(allow), clock: systemClock }) as PasswordProvider;
}

test('who has the password is who the directory says, under its own spelling', async () => {
  const alice = { uid: 'Alice', username: 'Alice', email: 'alice@example.test' };
  assert.deepEqual(await provider().authenticate('Alice', 'Alice-Passw0rd'), alice);
  assert.deepEqual(await provider().authenticate('ALICE', 'Alice-Passw0rd'), alice);
  assert.deepEqual(await provider().authenticate('bob', 'Bob-Passw0rd'), { uid: 'bob', username: 'bob' });
});

const attempts: [string, string, string][] = [
  ['a wrong password', 'Alice', 'x'],
  ['no password', 'Alice', ''],
  ['no name', '', 'Alice-Passw0rd'],
  ['a name that is not there', 'carol', 'Alice-Passw0rd'],
  ['somebody without a password', 'nopassword', ''],
  ['a star for a name', '*', 'Alice-Passw0rd'],
  ['the beginning of a name and a star', 'Ali*', 'Alice-Passw0rd'],
  ['a filter for a name', 'Alice)(uid=*', 'Alice-Passw0rd'],
  ['a filter that is always true', '*)(|(objectClass=*', 'Alice-Passw0rd'],
  ['a name with a NUL', 'Alice\u0000', 'Alice-Passw0rd'],
  ['a backslash', '\\41lice', 'Alice-Passw0rd'],
  ['a DN for a name', 'uid=Alice,dc=example,dc=test', 'Alice-Passw0rd'],
];
for (const [what, username, password] of attempts)
  test(`L2: ${what} is let in by no directory`, async () => {
    assert.equal(await provider().authenticate(username, password), undefined);
  });

test('only whom the filter finds', async () => {
  const filtered = provider({ userSearchFilter: '(employeeType=contractor)' });
  assert.equal((await filtered.authenticate('bob', 'Bob-Passw0rd'))?.uid, 'bob');
  assert.equal(await filtered.authenticate('Alice', 'Alice-Passw0rd'), undefined);
});

test('over TLS from the start or later, by a server that its authority vouches for', async () => {
  const rootCAData = Buffer.from(directory.ca).toString('base64');
  const secure = `ldaps://localhost:${directory.securePort}`;
  const good: Fields[] = [
    { host: secure, rootCAData },
    { host: `localhost:${directory.port}`, startTLS: true, rootCAData },
    { host: secure, insecureSkipVerify: true },
  ];
  for (const options of good)
    assert.equal((await provider(options).authenticate('bob', 'Bob-Passw0rd'))?.uid, 'bob', JSON.stringify(options));
  await assert.rejects(provider({ host: secure }).authenticate('bob', 'Bob-Passw0rd'));
  await assert.rejects(
    provider({ host: `localhost:${directory.port}`, startTLS: true }).authenticate('bob', 'Bob-Passw0rd'),
  );
});

test('R4: a directory where the platform may not connect to is not asked', async () => {
  await assert.rejects(provider({}, []).authenticate('bob', 'Bob-Passw0rd'), EgressError);
});

test('a directory that cannot be asked is no wrong password', async () => {
  await assert.rejects(provider({ managerPassword: 'x' }).authenticate('bob', 'Bob-Passw0rd'));
  assert.throws(() => provider({ userSearchFilter: '(((' }));
});
