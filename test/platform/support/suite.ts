/** People on a platform that is somewhere else, asked by HTTP: what every case of the suite begins with. */
import { ok } from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { chunksOf } from '@orrery/http';
import { eventually } from '../../e2e/support/cluster.ts';
import { callerOf, type Answer, type Caller, type PlatformUnderTest } from '../../e2e/support/platform.ts';

export const iam = '/kapis/iam.kubesphere.io/v1beta1';
export const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
export const lists = '/kapis/resources.kubesphere.io/v1alpha3';
export const password = 'Pa55word-long';

type Ask = (who: string, method: string, target: string, body?: unknown) => Promise<Answer>;

export interface Suite {
  readonly platform: PlatformUnderTest;
  readonly caller: Caller;
  as: Ask;
  /** Must succeed. */
  done(...call: Parameters<Ask>): Promise<Answer['body']>;
  status(...call: Parameters<Ask>): Promise<number>;
  /** A merge patch. */
  patch(who: string, target: string, body: unknown): Promise<Answer>;
  token(who: string): string;
  /** Again, with another password or after a log-out. */
  logIn(who: string, word?: string): Promise<string>;
  /** An account that is logged in. */
  user(name: string, globalRole?: string): Promise<void>;
  /** With its manager as first member. */
  workspace(name: string, manager: string): Promise<void>;
  project(who: string, workspace: string, name: string): Promise<void>;
  invite(who: string, workspace: string, username: string, role: string): Promise<void>;
  inviteTo(who: string, project: string, username: string, role: string): Promise<void>;
  /** Follows a native list that is not empty; `ends` resolves once it is broken off. */
  watch(who: string, target: string): Promise<{ ends(): Promise<unknown> }>;
}

/** A case: the row of the feature matrix that it belongs to, and what must hold. */
export type Row = (number: number, what: string, run: (suite: Suite, context: TestContext) => Promise<void>) => void;
export type Rows = (row: Row) => void;

export const rowOf =
  (suite: () => Suite): Row =>
  (number, what, run) =>
    void test(`row ${number}: ${what}`, context => run(suite(), context));

export const namesIn = (body: Answer['body']): string[] =>
  (body['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);

/** Logs the administrator in, with a password of his own. */
export async function openSuite(platform: PlatformUnderTest): Promise<Suite> {
  const caller = callerOf(platform);
  const tokens = new Map<string, string>();
  const token = (who: string) => tokens.get(who)!;
  const as: Ask = (who, method, target, body) => caller.call(method, target, { token: tokens.get(who), body });
  const done: Suite['done'] = async (who, method, target, body) => {
    const { status, text, body: answer } = await as(who, method, target, body);
    ok(status < 300, `${who}: ${method} ${target}: ${status} ${text}`);
    return answer;
  };
  const logIn: Suite['logIn'] = async (who, word = password) => {
    tokens.set(who, (await caller.tokens(who, word)).access_token);
    return token(who);
  };
  const suite: Suite = {
    ...{ platform, caller, as, done, token, logIn },
    status: async (...call) => (await as(...call)).status,
    patch: (who, target, body) =>
      caller.call('PATCH', target, {
        ...{ token: token(who), body },
        headers: { 'content-type': 'application/merge-patch+json' },
      }),
    async user(name, globalRole) {
      const annotations = globalRole && { 'iam.kubesphere.io/globalrole': globalRole };
      const spec = { password, email: `${name}@example.com` };
      await done('admin', 'POST', `${iam}/users`, { metadata: { name, annotations }, spec });
      await logIn(name);
    },
    async workspace(name, manager) {
      const spec = { template: { spec: { manager } } };
      await done('admin', 'POST', `${tenant}/workspaces`, { metadata: { name }, spec });
    },
    async project(who, workspace, name) {
      await done(who, 'POST', `${tenant}/workspaces/${workspace}/namespaces`, { metadata: { name } });
    },
    async invite(who, workspace, username, role) {
      const members = [{ username, roleRef: `${workspace}-${role}` }];
      await done(who, 'POST', `${iam}/workspaces/${workspace}/workspacemembers`, members);
    },
    async inviteTo(who, project, username, role) {
      await done(who, 'POST', `${iam}/namespaces/${project}/members`, [{ username, roleRef: role }]);
    },
    async watch(who, target) {
      const { status, body } = await caller.ask('GET', `${target}?watch=true`, { token: token(who) });
      ok(status === 200, `${who} may not watch ${target}: ${status}`);
      const chunks = chunksOf(body);
      await chunks.next();
      let over = false;
      const drain = async () => {
        for await (const _ of chunks);
      };
      const end = () => void (over = true);
      void drain().then(end, end);
      return { ends: () => eventually('the watch ends', async () => over) };
    },
  };
  await logIn('admin', platform.firstPassword);
  const body = { currentPassword: platform.firstPassword, password };
  await done('admin', 'PUT', `${iam}/users/admin/password`, body);
  await logIn('admin');
  return suite;
}
