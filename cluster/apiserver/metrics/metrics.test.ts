import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError, unauthorized } from '@orrery/machinery/status';
import { admin, startServer } from '../testing/server.ts';

/** The samples of a text by name and labels. */
function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

const pods = '/api/v1/namespaces/default/pods';
const ofPods = 'group="",version="v1",resource="pods",subresource="",scope="namespace",component="apiserver"';

test('requests, their time and those that last are told with the labels of upstream', async t => {
  const server = await startServer();
  t.after(server.close);
  await server.get(pods);
  await server.call('POST', `${pods}?dryRun=All`, { body: {} });
  const leave = new AbortController();
  const given = { method: 'GET', target: `${pods}?watch=1`, headers: {}, body: new Uint8Array(), user: admin };
  assert.equal((await server.server.handler({ ...given, signal: leave.signal })).status, 200);
  await server.create('/api/v1/namespaces/default/configmaps', { metadata: { name: 'x' } });
  const before = samples((await server.get('/metrics')).text);
  assert.equal(before.get(`apiserver_request_total{verb="LIST",${ofPods},dry_run="",code="200"}`), 1);
  assert.equal(before.get(`apiserver_request_duration_seconds_count{verb="LIST",${ofPods},dry_run=""}`), 1);
  assert.equal(before.get(`apiserver_request_sli_duration_seconds_bucket{verb="LIST",${ofPods},le="60"}`), 1);
  assert.equal(before.get(`apiserver_longrunning_requests{verb="WATCH",${ofPods}}`), 1);
  assert.equal(before.get('apiserver_storage_objects{resource="configmaps"}'), 1);
  assert.equal(before.get('apiserver_storage_objects{resource="deployments.apps"}'), 0);
  assert.equal(before.get(`apiserver_request_duration_seconds_count{verb="WATCH",${ofPods},dry_run=""}`) ?? 0, 0);
  leave.abort();
  const after = samples((await server.get('/metrics')).text);
  assert.equal(after.get(`apiserver_longrunning_requests{verb="WATCH",${ofPods}}`), 0);
  for (const bound of ['0.005', '0.025', '0.05', '0.1', '0.2', '60', '+Inf'])
    assert.ok(
      after.has(`apiserver_request_duration_seconds_bucket{verb="LIST",${ofPods},dry_run="",le="${bound}"}`),
      bound,
    );
});

const forbidden = (): never => {
  throw new StatusError(403, 'Forbidden', 'no');
};

test('how long admission takes, step by step and plug-in by plug-in', async t => {
  const admission = [
    { name: 'Fills', admit: async () => {} },
    {
      name: 'Refuses',
      validate: ({ name }: { name: string }) => (name === 'bad' ? forbidden() : undefined),
    },
  ];
  const server = await startServer({ parts: () => ({ admission }) });
  t.after(server.close);
  const maps = '/api/v1/namespaces/default/configmaps';
  assert.equal((await server.create(maps, { metadata: { name: 'good' } })).status, 201);
  assert.equal((await server.create(maps, { metadata: { name: 'bad' } })).status, 403);
  await server.call('DELETE', `${maps}/good`);
  const told = samples((await server.get('/metrics')).text);
  const of = (kind: string, labels: string): number | undefined =>
    told.get(`apiserver_admission_${kind}_admission_duration_seconds_count{${labels}}`);
  assert.equal(of('step', 'operation="CREATE",rejected="false",type="admit"'), 2);
  assert.equal(of('step', 'operation="CREATE",rejected="false",type="validate"'), 1);
  assert.equal(of('step', 'operation="CREATE",rejected="true",type="validate"'), 1);
  assert.equal(of('step', 'operation="DELETE",rejected="false",type="validate"'), 1);
  assert.equal(of('controller', 'name="Fills",operation="CREATE",rejected="false",type="admit"'), 2);
  assert.equal(of('controller', 'name="Refuses",operation="CREATE",rejected="true",type="validate"'), 1);
  assert.equal(of('controller', 'name="Refuses",operation="CREATE",rejected="false",type="admit"'), undefined);
});

test('what is recorded, and how large answers are', async t => {
  const lines: string[] = [];
  const policy = { rules: [{ level: 'Metadata' as const }] };
  const audit = { policy, backend: { write: (line: string) => void lines.push(line) } };
  const server = await startServer({ audit } as Parameters<typeof startServer>[0]);
  t.after(server.close);
  await server.get(pods);
  const told = samples((await server.get('/metrics')).text);
  // The question for the metrics has begun, too.
  assert.equal(told.get('apiserver_audit_event_total'), lines.length - 1);
  assert.equal(told.get('apiserver_audit_level_total{level="Metadata"}'), 2);
  assert.equal(told.get('apiserver_audit_requests_rejected_total'), 0);
  assert.equal(told.get(`apiserver_response_sizes_bucket{verb="LIST",${ofPods},le="1000"}`), 1);
  assert.ok(told.get(`apiserver_response_sizes_sum{verb="LIST",${ofPods}}`)! > 20);
});

test('seats of each priority level, and their bounds', async t => {
  const server = await startServer();
  t.after(server.close);
  const told = samples((await server.get('/metrics')).text);
  for (const name of ['nominal_limit_seats', 'current_limit_seats', 'lower_limit_seats', 'upper_limit_seats'])
    assert.ok(told.has(`apiserver_flowcontrol_${name}{priority_level="catch-all"}`), name);
  assert.equal(told.get('apiserver_flowcontrol_current_executing_requests{priority_level="exempt"}'), 1);
});

test('who came in and who might', async t => {
  const server = await startServer({
    parts: () => ({
      authenticator: async ({ headers }) => {
        if (headers['authorization'] === 'wrong') throw unauthorized();
        if (headers['authorization'] === 'broken') throw new StatusError(500, 'InternalError', 'no');
        return { name: String(headers['authorization']), groups: [] };
      },
      authorizer: async ({ name }) => ({ decision: name === 'admin' ? 'allow' : 'no-opinion', reason: '' }),
    }),
  });
  t.after(server.close);
  const ask = async (authorization: string): Promise<number> => {
    const given = { method: 'GET', target: '/version', headers: { authorization }, body: new Uint8Array() };
    return (await server.server.handler({ ...given, signal: new AbortController().signal })).status;
  };
  assert.deepEqual(
    await Promise.all(['admin', 'someone', 'a@b.example', 'wrong', 'broken'].map(ask)),
    [200, 403, 403, 401, 500],
  );
  const told = samples((await server.get('/metrics')).text);
  const of = (name: string): string[] =>
    [...told]
      .flatMap(([key, count]) => (key.startsWith(`${name}{`) ? [`${key.slice(name.length)} ${count}`] : []))
      .sort();
  // The question for the metrics is one of an administrator, too.
  assert.deepEqual(of('authentication_attempts'), [
    '{result="error"} 1',
    '{result="failure"} 1',
    '{result="success"} 4',
  ]);
  assert.deepEqual(of('authorization_attempts_total'), ['{result="allowed"} 2', '{result="no-opinion"} 2']);
  assert.deepEqual(of('authenticated_user_requests'), [
    '{username="admin"} 2',
    '{username="email_id"} 1',
    '{username="other"} 1',
  ]);
  assert.equal(told.get('authentication_duration_seconds_count{result="success"}'), 4);
});

test('the process tells its build and what it uses', async t => {
  const server = await startServer();
  t.after(server.close);
  const { text } = await server.get('/metrics');
  assert.match(text, /^kubernetes_build_info\{.*git_version="v1\.34\.\d+".*\} 1$/m);
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_start_time_seconds'])
    assert.ok((samples(text).get(name) ?? 0) > 0, name);
});
