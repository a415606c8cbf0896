/** People on a platform under test: accounts that log in, calls that must succeed, waiting for what controllers do. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { chunksOf } from '@orrery/http';
import { firstPassword, type Answer, type TestPlatform } from './platform.ts';

export const iam = '/kapis/iam.kubesphere.io/v1beta1';
export const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
export const password = 'Pa55word-long';

export interface People {
  /** `admin` has chosen a password of his own. */
  as(who: string, method: string, target: string, body?: unknown): Promise<Answer>;
  /** Must succeed. */
  done(who: string, method: string, target: string, body?: unknown): Promise<Answer['body']>;
  status(who: string, method: string, target: string, body?: unknown): Promise<number>;
  /** By the native API, as a merge patch. */
  patch(who: string, target: string, body: unknown): Promise<number>;
  create(name: string, globalRole?: string): Promise<void>;
  workspace(name: string, manager: string): Promise<void>;
  project(who: string, workspace: string, name: string): Promise<void>;
  invite(who: string, workspace: string, username: string, roleRef: string): Promise<void>;
  /** Follows a native list; `ended` resolves when the platform breaks it off. Starts again when an earlier end reaches it late. */
  watch(who: string, target: string): Promise<{ readonly ended: Promise<void> }>;
  /** After another platform took over: everybody logs in there. */
  moveTo(platform: TestPlatform): Promise<void>;
}

/** Long, since it is only spent where something fails: a machine that does much else at once may need half of it. */
const patienceMs = 60_000;

export async function eventually(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await ask())) {
    if (Date.now() > deadline) assert.fail(`did not happen: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** Asks again until it does not throw; the last reason when that never comes. */
export async function succeeds<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + patienceMs; ;)
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
}

/** What caches show of a write comes a moment after its answer. Shows the difference when it does not come to be equal. */
export async function becomes<T>(ask: () => Promise<T>, expected: T): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await ask();
    if (isDeepStrictEqual(found, expected)) return;
    if (Date.now() > deadline) assert.deepEqual(found, expected);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

export const namesIn = (body: Answer['body']): string[] =>
  (body['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);

export async function startPeople(first: TestPlatform): Promise<People> {
  let platform = first;
  const tokens: Record<string, string> = {};
  const as: People['as'] = (who, method, target, body) => platform.call(method, target, { token: tokens[who], body });
  const done: People['done'] = async (who, method, target, body) => {
    const answer = await as(who, method, target, body);
    assert.ok(answer.status < 300, `${who}: ${method} ${target}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const watch: People['watch'] = async (who, target) => {
    const response = await platform.ask('GET', `${target}?watch=true`, { token: tokens[who] });
    assert.equal(response.status, 200);
    const chunks = chunksOf(response.body);
    const opened = await chunks.next().catch(() => undefined);
    if (opened === undefined) return watch(who, target);
    const drain = async () => {
      for await (const _ of chunks);
    };
    return { ended: assert.rejects(drain(), { name: 'BrokenStreamError' }) };
  };
  tokens['admin'] = await platform.logIn('admin', firstPassword);
  await done('admin', 'PUT', `${iam}/users/admin/password`, { currentPassword: firstPassword, password });
  return {
    as,
    done,
    watch,
    status: async (...call) => (await as(...call)).status,
    patch: async (who, target, body) => {
      const headers = { 'content-type': 'application/merge-patch+json' };
      return (await platform.call('PATCH', target, { token: tokens[who], body, headers })).status;
    },
    async create(name, globalRole) {
      const annotations = globalRole && { annotations: { 'iam.kubesphere.io/globalrole': globalRole } };
      await done('admin', 'POST', `${iam}/users`, { metadata: { name, ...annotations }, spec: { password } });
      tokens[name] = await platform.logIn(name, password);
    },
    async workspace(name, manager) {
      await done('admin', 'POST', `${tenant}/workspaces`, {
        metadata: { name },
        spec: { template: { spec: { manager } } },
      });
    },
    async project(who, workspace, name) {
      await done(who, 'POST', `${tenant}/workspaces/${workspace}/namespaces`, { metadata: { name } });
    },
    async invite(who, workspace, username, roleRef) {
      await done(who, 'POST', `${iam}/workspaces/${workspace}/workspacemembers`, [{ username, roleRef }]);
    },
    async moveTo(other) {
      platform = other;
      for (const name of Object.keys(tokens)) tokens[name] = await platform.logIn(name, password);
    },
  };
}
