import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorAnswer, readBody } from '@orrery/http';
import type { Handler, UserInfo } from '@orrery/http';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { StatusError } from '@orrery/machinery/status';
import type { Authorizer } from '../types.ts';
import { audit, auditRefusals } from './audit.ts';
import type { AuditPolicy } from './audit-policy.ts';
import { authentication } from './authentication.ts';
import { authorization } from './authorization.ts';
import { createChain } from './chain.ts';
import type { Endpoint, Filter } from './context.ts';
import { impersonation } from './impersonation.ts';
import { timeout } from './timeout.ts';

const clock = createManualClock(1_700_000_000_000);
const ok: Endpoint = async context => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(context.user)),
});

const chain = (filters: readonly Filter[], endpoint: Endpoint = ok): Handler =>
  createChain({
    ...{ clock, random: seededRandom(1), log: silentLog, filters, endpoint },
    answerError: (_context, error) => errorAnswer(error),
  });

const call = async (
  handler: Handler,
  target: string,
  headers: Record<string, string> = {},
  user?: UserInfo,
  method = 'GET',
  body = '',
) => {
  const response = await handler({
    method,
    target,
    headers,
    body: Buffer.from(body),
    signal: new AbortController().signal,
    ...(user && { user }),
  });
  const text = Buffer.from(await readBody(response.body)).toString();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
};

const alice: UserInfo = { name: 'alice', groups: ['dev'] };

test('every answer carries an audit id and forbids caching; a client may choose its id', async () => {
  const handler = chain([]);
  const first = await call(handler, '/x');
  assert.match(String(first.headers['audit-id']), /^[0-9a-f-]{36}$/);
  assert.equal(first.headers['cache-control'], 'no-cache, private');
  assert.equal((await call(handler, '/x', { 'audit-id': 'mine' })).headers['audit-id'], 'mine');
});

test('what is thrown becomes a Status, and tells no stack', async () => {
  const refusing = chain([], async () => {
    throw new StatusError(409, 'Conflict', 'no');
  });
  assert.deepEqual((await call(refusing, '/x')).body.reason, 'Conflict');
  const broken = chain([], async () => {
    throw new TypeError('boom');
  });
  const answer = await call(broken, '/x');
  assert.equal(answer.status, 500);
  assert.equal(answer.text.includes('chain.test'), false);
});

test('warnings are headers, once each, without control characters', async () => {
  const handler = chain([], async context => {
    for (const text of ['say "x"', 'say "x"', 'two\r\nlines']) context.warnings.add(text);
    return { status: 200, headers: {} };
  });
  assert.deepEqual((await call(handler, '/x')).headers.warning, ['299 - "say \\"x\\""', '299 - "twolines"']);
});

test('who asks: in process, by credentials, anonymously', async () => {
  const byToken: Filter = authentication(
    () => async request => (request.headers.authorization ? alice : undefined),
    true,
  );
  assert.deepEqual((await call(chain([byToken]), '/x', { authorization: 't' })).body.groups, [
    'dev',
    'system:authenticated',
  ]);
  assert.equal((await call(chain([byToken]), '/x')).body.name, 'system:anonymous');
  assert.equal(
    (await call(chain([byToken]), '/x', {}, { name: 'system:node:x', groups: [] })).body.name,
    'system:node:x',
  );
  const closed = authentication(() => undefined, false);
  assert.equal((await call(chain([closed]), '/x')).status, 401);
});

const denyAll: Authorizer = async () => ({ decision: 'no-opinion', reason: '' });

for (const [target, message] of [
  ['/version', 'forbidden: User "alice" cannot get path "/version"'],
  ['/api/v1/pods', 'pods is forbidden: User "alice" cannot list resource "pods" in API group "" at the cluster scope'],
  [
    '/apis/apps/v1/namespaces/n/deployments/d/scale',
    'deployments.apps "d" is forbidden: User "alice" cannot get resource "deployments/scale" in API group "apps" in the namespace "n"',
  ],
] as const) {
  test(`a refusal says who may not do what: ${target}`, async () => {
    const answer = await call(
      chain([authentication(() => undefined, true), authorization(() => denyAll)]),
      target,
      {},
      alice,
    );
    assert.deepEqual([answer.status, answer.body.message], [403, message]);
  });
}

test('impersonation needs a permission for each part, and replaces the whole identity', async () => {
  const asked: string[] = [];
  const authorizer: Authorizer = async (_user, { resource, subresource, name, namespace }) => {
    asked.push([resource, subresource, namespace, name].join('|'));
    return { decision: name === 'root' ? 'deny' : 'allow', reason: '' };
  };
  const handler = chain([authentication(() => undefined, true), impersonation(() => authorizer)]);
  const answer = await call(
    handler,
    '/x',
    {
      'impersonate-user': 'bob',
      'impersonate-group': 'a, b',
      'impersonate-uid': 'u1',
      'impersonate-extra-scopes%2fx': 'view',
    },
    alice,
  );
  assert.deepEqual(answer.body, {
    name: 'bob',
    uid: 'u1',
    groups: ['a', 'b', 'system:authenticated'],
    extra: { 'scopes/x': ['view'] },
  });
  assert.deepEqual(asked, ['users|||bob', 'groups|||a', 'groups|||b', 'uids|||u1', 'userextras|scopes/x||view']);
  assert.equal((await call(handler, '/x', { 'impersonate-user': 'root' }, alice)).status, 403);
  const account = await call(handler, '/x', { 'impersonate-user': 'system:serviceaccount:n:s' }, alice);
  assert.deepEqual(account.body.groups, ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated']);
  assert.equal(asked.at(-1), 'serviceaccounts||n|s');
  assert.equal((await call(handler, '/x', { 'impersonate-group': 'g' }, alice)).status, 500);
});

test('a request that takes too long is answered; a watch may last', async () => {
  const handler = chain([timeout(clock, 1000)], context =>
    context.info.verb === 'watch'
      ? clock.sleep(5000).then(() => ({ status: 200, headers: {} }))
      : new Promise(() => {}),
  );
  const stuck = call(handler, '/api/v1/pods');
  const watching = call(handler, '/api/v1/pods?watch=1');
  await clock.advance(5000);
  assert.deepEqual([(await stuck).status, (await stuck).body.reason], [504, 'Timeout']);
  assert.equal((await watching).status, 200);
});

test('each request has its whole time, whoever began or ended before it', async () => {
  const answers: (() => void)[] = [];
  const handler = chain(
    [timeout(clock, 1000)],
    () => new Promise(resolve => answers.push(() => resolve({ status: 200, headers: {} }))),
  );
  const ended: string[] = [];
  const ask = (name: string): void =>
    void call(handler, '/api/v1/pods').then(({ status }) => ended.push(`${name} ${status}`));
  ask('first');
  await clock.advance(300);
  ask('second');
  await clock.advance(300);
  ask('third');
  answers[0]!();
  await clock.advance(600);
  assert.deepEqual(ended, ['first 200']);
  await clock.advance(100);
  assert.deepEqual(ended, ['first 200', 'second 504']);
  await clock.advance(300);
  assert.deepEqual(ended, ['first 200', 'second 504', 'third 504']);
  await clock.advance(5000);
  ask('later');
  await clock.advance(999);
  assert.equal(ended.length, 3);
  await clock.advance(1);
  assert.equal(ended.at(-1), 'later 504');
});

test('audit: the first rule that fits says how much is recorded', async () => {
  const lines: Record<string, unknown>[] = [];
  const policy: AuditPolicy = {
    omitStages: ['RequestReceived'],
    rules: [
      { level: 'None', nonResourceURLs: ['/healthz*'] },
      { level: 'Metadata', resources: [{ group: '', resources: ['secrets'] }] },
      { level: 'Request', verbs: ['create'], namespaces: ['n'] },
      { level: 'RequestResponse', users: ['alice'] },
    ],
  };
  const backend = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const endpoint: Endpoint = async context => {
    if (context.request.body.length > 0)
      context.requestObject = JSON.parse(Buffer.from(context.request.body).toString());
    if (context.info.name === 'missing') throw new StatusError(404, 'NotFound', 'pods "missing" not found');
    return ok(context);
  };
  const handler = chain([authentication(() => undefined, true), audit({ clock, policy, backend })], endpoint);
  const last = async (target: string, method = 'GET', body = ''): Promise<Record<string, unknown> | undefined> => {
    lines.length = 0;
    await call(handler, target, { 'user-agent': 'kubectl/1' }, alice, method, body);
    return lines.at(-1);
  };
  assert.equal(await last('/healthz/ping'), undefined);
  const secret = (await last('/api/v1/namespaces/n/secrets', 'POST', '{"data":"hidden"}'))!;
  assert.equal(secret.level, 'Metadata');
  assert.equal('requestObject' in secret || 'responseObject' in secret, false);
  const created = (await last('/api/v1/namespaces/n/configmaps', 'POST', '{"a":1}'))!;
  assert.deepEqual([created.level, created.requestObject, created.responseObject], ['Request', { a: 1 }, undefined]);
  const read = (await last('/api/v1/namespaces/m/pods/p'))!;
  assert.equal((read.responseObject as UserInfo).name, 'alice');
  assert.deepEqual(read.objectRef, { resource: 'pods', namespace: 'm', name: 'p', apiVersion: 'v1' });
  assert.deepEqual([read.stage, read.verb, read.userAgent], ['ResponseComplete', 'get', 'kubectl/1']);
  assert.deepEqual(read.user, { username: 'alice', groups: ['dev', 'system:authenticated'] });
  const missing = (await last('/api/v1/namespaces/m/pods/missing'))!;
  assert.deepEqual(missing.responseStatus, {
    metadata: {},
    status: 'Failure',
    message: 'pods "missing" not found',
    reason: 'NotFound',
    code: 404,
  });
});

test('audit: who owns which field is left out where it is not wanted', async () => {
  const lines: Record<string, unknown>[] = [];
  const backend = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const policy: AuditPolicy = {
    omitManagedFields: true,
    rules: [
      { level: 'RequestResponse', users: ['alice'] },
      { level: 'RequestResponse', omitManagedFields: false },
    ],
  };
  const owned = { metadata: { name: 'a', managedFields: [{}] }, items: [{ metadata: { managedFields: [{}] } }] };
  const endpoint: Endpoint = async () => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(owned)),
  });
  const handler = chain([authentication(() => undefined, true), audit({ clock, policy, backend })], endpoint);
  await call(handler, '/api/v1/pods', {}, alice);
  assert.deepEqual(lines.at(-1)!.responseObject, { metadata: { name: 'a' }, items: [{ metadata: {} }] });
  await call(handler, '/api/v1/pods', {}, { name: 'bob', groups: [] });
  assert.deepEqual(lines.at(-1)!.responseObject, owned);
});

test('audit: refused credentials are recorded, and never shown', async () => {
  const lines: string[] = [];
  const options = {
    clock,
    policy: { rules: [{ level: 'RequestResponse' as const }] },
    backend: { write: (line: string) => void lines.push(line) },
  };
  const refusing = authentication(
    () => async () => {
      throw new StatusError(401, 'Unauthorized', 'Unauthorized');
    },
    true,
  );
  const handler = chain([auditRefusals(options), refusing, audit(options)]);
  assert.equal((await call(handler, '/api/v1/pods', { authorization: 'Bearer abc.def' })).status, 401);
  assert.equal(lines.length, 1);
  assert.equal(lines[0]!.includes('abc.def'), false);
  const event = JSON.parse(lines[0]!) as { stage: string; responseStatus: { code: number; message: string } };
  assert.deepEqual(
    [event.stage, event.responseStatus.code, event.responseStatus.message],
    ['ResponseStarted', 401, 'Authentication failed, attempted: bearer'],
  );
});
