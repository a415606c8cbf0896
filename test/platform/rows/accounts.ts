/** Rows 29, 30 and 36 to 39: accounts, their passwords and what is recorded of them. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { eventually } from '../../e2e/support/cluster.ts';
import { iam, namesIn, password, type Rows, type Suite } from '../support/suite.ts';

const ownUsers = { group: 'iam.kubesphere.io', version: 'v1beta1', resource: 'users' };

interface Account extends KubeObject {
  readonly spec: { readonly email?: string; readonly password?: string };
  readonly status?: { readonly state?: string; readonly lastLoginTime?: string };
}

/** What the log-in says to a password. */
const attempt = ({ caller }: Suite, username: string, word: string) => {
  const form = { grant_type: 'password', client_id: 'kubesphere', client_secret: 'kubesphere', username };
  return caller.call('POST', '/oauth/token', { form: { ...form, password: word } });
};

export const accounts: Rows = row => {
  row(
    29,
    'an account is made, changed, shut and removed; shut it opens nothing, and what was open is over',
    async suite => {
      const { user, done, patch, status, as, token, caller } = suite;
      await user('clerk');
      await done('admin', 'PUT', `${iam}/users/clerk`, { metadata: {}, spec: { email: 'other@example.com' } });
      equal(((await done('clerk', 'GET', `${iam}/users/clerk`)) as unknown as Account).spec.email, 'other@example.com');
      equal((await patch('admin', `${iam}/users/clerk`, { status: { state: 'Disabled' } })).status, 200);
      const refused = await attempt(suite, 'clerk', password);
      equal(refused.status, 400);
      match(refused.text, /invalid_grant/);
      await eventually('the session is over', async () => (await status('clerk', 'GET', '/oauth/userinfo')) === 401);
      equal((await patch('admin', `${iam}/users/clerk`, { status: { state: 'Active' } })).status, 200);
      await eventually('he comes in again', () => suite.logIn('clerk'));
      await done('admin', 'DELETE', `${iam}/users/clerk`);
      await eventually('the session is over', async () => {
        const { status: answered } = await caller.call('GET', '/oauth/userinfo', { token: token('clerk') });
        return answered === 401;
      });
      equal((await as('admin', 'GET', `${iam}/users/clerk`)).status, 404);
    },
  );

  row(30, 'accounts are listed with state, role and last log-in', async suite => {
    await suite.user('lister', 'platform-self-provisioner');
    await eventually('the last log-in is told', async () => {
      const { items } = (await suite.done('admin', 'GET', `${iam}/users?name=lister`)) as unknown as {
        items: Account[];
      };
      const [found] = items;
      equal(items.length, 1);
      equal(found!.metadata.annotations?.['iam.kubesphere.io/globalrole'], 'platform-self-provisioner');
      equal(found!.spec.password, undefined);
      return found!.status?.state === 'Active' && found!.status.lastLoginTime !== undefined;
    });
    const ofRole = `${iam}/users?globalrole=platform-self-provisioner`;
    ok(namesIn(await suite.done('admin', 'GET', ofRole)).includes('lister'));
  });

  row(36, 'a wrong password stands in the record, with address and reason', async suite => {
    await suite.user('forgetful');
    equal((await attempt(suite, 'forgetful', 'wrong')).status, 400);
    await eventually('it is there', async () => {
      const target = `${iam}/users/forgetful/loginrecords`;
      const { items } = (await suite.done('forgetful', 'GET', target)) as unknown as { items: LoginRecord[] };
      const failed = items.find(({ spec }) => !spec.success);
      if (!failed) return false;
      match(failed.spec.sourceIP, /\d/);
      ok(failed.spec.reason.length > 0);
      equal(failed.spec.userAgent, 'suite/1');
      return items.some(({ spec }) => spec.success);
    });
    await suite.user('curious');
    equal(await suite.status('curious', 'GET', `${iam}/users/forgetful/loginrecords`), 403);
  });

  row(37, 'after so many failures the door is shut, to the right password too', async suite => {
    const { caller, done } = suite;
    await done('admin', 'POST', `${iam}/users`, { metadata: { name: 'target' }, spec: { password } });
    let last = await attempt(suite, 'target', 'wrong');
    for (let tries = 1; tries < 40 && last.status !== 429; tries++) last = await attempt(suite, 'target', 'wrong');
    equal(last.status, 429);
    equal((await attempt(suite, 'target', password)).status, 429);
    ok((await caller.tokens('admin', password)).access_token, 'others come in');
    deepEqual((await attempt(suite, 'nobody-of-that-name', 'wrong')).status, 400);
  });

  row(38, 'a weak password is refused, and what the cluster keeps is a hash', async ({ platform, as, user }) => {
    for (const weak of ['short1A', 'alllowercase1', 'ALLUPPERCASE1', 'NoDigitsHere']) {
      const { status, text } = await as('admin', 'POST', `${iam}/users`, {
        ...{ metadata: { name: 'weak' }, spec: { password: weak } },
      });
      equal(status, 422, weak);
      match(text, /password/);
      ok(!text.includes(weak), 'the answer does not repeat it');
    }
    await user('strong');
    const stored = await platform.admin.get<Account>(ownUsers, 'strong');
    match(stored.spec.password!, /^\$2[ab]\$10\$/);
    const { items } = await platform.admin.list(resources.secrets);
    ok(!JSON.stringify(items).includes(password));
  });

  row(39, 'one’s own password is changed by whoever knows it; the session goes on, others end', async suite => {
    await suite.user('changer');
    const { access_token: other } = await suite.caller.tokens('changer', password);
    const target = `${iam}/users/changer/password`;
    const chosen = 'An0ther-password';
    equal(await suite.status('changer', 'PUT', target, { currentPassword: 'wrong', password: chosen }), 400);
    await suite.user('envious');
    equal(await suite.status('envious', 'PUT', target, { currentPassword: password, password: chosen }), 403);
    await suite.done('changer', 'PUT', target, { currentPassword: password, password: chosen });
    equal(await suite.status('changer', 'GET', '/oauth/userinfo'), 200);
    await eventually('other sessions end', async () => {
      return (await suite.caller.call('GET', '/oauth/userinfo', { token: other })).status === 401;
    });
    equal((await attempt(suite, 'changer', password)).status, 400);
    await suite.logIn('changer', chosen);
  });
};

interface LoginRecord {
  readonly spec: {
    readonly success: boolean;
    readonly sourceIP: string;
    readonly reason: string;
    readonly userAgent: string;
  };
}
