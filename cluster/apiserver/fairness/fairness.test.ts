import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import type { UserInfo } from '@orrery/http';
import { parseTarget } from '../chain/request-info.ts';
import { flowSchemas } from '../authorization/flow-control.data.ts';
import { bootstrapObjects } from '../authorization/bootstrap-objects.ts';
import { securityParts } from '../security.ts';
import { until } from '../testing/definitions.ts';
import { at, startServer } from '../testing/server.ts';
import type { FlowSchema } from '@orrery/kinds/types';
import { FlowTable, distinguisherOf, flowOf } from './flows.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const flowcontrol = '/apis/flowcontrol.apiserver.k8s.io/v1';

const account = (namespace: string, name: string): UserInfo => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});
const person = (name: string, ...groups: string[]): UserInfo => ({ name, groups: [...groups, 'system:authenticated'] });
const scheduler = person('system:kube-scheduler');

describe('the flow of a request', () => {
  const stored = bootstrapObjects().filter(({ resource }) => resource === 'flowschemas');
  assert.equal(stored.length, flowSchemas.length);
  const table = new FlowTable(stored.map(({ object }) => flowOf(object as unknown as FlowSchema)));
  const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a';
  const cases: [what: string, user: UserInfo, method: string, target: string, flow: string, distinguisher: string][] = [
    ['administrators', person('admin', 'system:masters'), 'GET', '/api/v1/pods', 'exempt', ''],
    ['probes of anybody', { name: 'x', groups: ['system:unauthenticated'] }, 'GET', '/healthz', 'probes', ''],
    [
      'a node’s own status',
      person('system:node:a', 'system:nodes'),
      'PATCH',
      '/api/v1/nodes/a/status',
      'system-node-high',
      'system:node:a',
    ],
    ['a node’s pods', person('system:node:a', 'system:nodes'), 'GET', '/api/v1/pods', 'system-nodes', ''],
    ['leader election', scheduler, 'PUT', lease, 'system-leader-election', 'system:kube-scheduler'],
    ['the scheduler', scheduler, 'GET', '/api/v1/namespaces/b/pods', 'kube-scheduler', 'b'],
    [
      'controllers',
      account('kube-system', 'job-controller'),
      'GET',
      '/api/v1/pods',
      'kube-system-service-accounts',
      '',
    ],
    ['accounts of tenants', account('t', 'a'), 'GET', '/api/v1/pods', 'service-accounts', 'system:serviceaccount:t:a'],
    ['people', person('alice'), 'GET', '/api/v1/pods', 'global-default', 'alice'],
    ['nobody', { name: 'x', groups: [] }, 'GET', '/api/v1/pods', 'catch-all', 'x'],
  ];
  for (const [what, user, method, target, flow, distinguisher] of cases) {
    test(what, () => {
      const { info } = parseTarget(method, target);
      const found = table.of(user, info);
      assert.equal(found.name, flow);
      if (distinguisher !== '') assert.equal(distinguisherOf(found, user, info), distinguisher);
    });
  }
});

async function start(inFlight = { reading: 400, mutating: 200 }) {
  const security = { serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 };
  const server = await startServer({ parts: securityParts(security), inFlight });
  await server.server.ready;
  const as = (user: UserInfo, method: string, target: string, body?: unknown) =>
    server.call(method, target, { user, ...(body !== undefined && { body }) });
  return { ...server, as };
}

test('every answer says by which schema and level it was served, refusals too', async () => {
  const { get, as, close } = await start();
  const uidOf = async (path: string) => at((await get(`${flowcontrol}/${path}`)).body, 'metadata', 'uid');
  const uids = [await uidOf('flowschemas/global-default'), await uidOf('prioritylevelconfigurations/global-default')];
  for (const target of ['/version', '/api/v1/secrets']) {
    const { headers } = await as(person('alice'), 'GET', target);
    assert.deepEqual([headers['x-kubernetes-pf-flowschema-uid'], headers['x-kubernetes-pf-prioritylevel-uid']], uids);
  }
  assert.match((await get('/debug/api_priority_and_fairness/dump_priority_levels')).text, /^global-default, +0, /m);
  assert.match(
    (await get('/metrics')).text,
    /^apiserver_flowcontrol_nominal_limit_seats\{priority_level="system"\} \d/m,
  );
  await close();
});

test('a schema says whether its level exists, as levels come and go', async () => {
  const server = await start();
  const { create, call, close } = server;
  const spec = { priorityLevelConfiguration: { name: 'mine' }, matchingPrecedence: 50, rules: [] };
  const kinds = { apiVersion: 'flowcontrol.apiserver.k8s.io/v1' };
  const condition = async (status: string) => {
    const isSo = (_status: number, body: unknown) => at(body, 'status', 'conditions', 0, 'status') === status;
    const { body } = await until(server, `${flowcontrol}/flowschemas/mine`, isSo);
    return at(body, 'status', 'conditions', 0, 'message');
  };
  await create(`${flowcontrol}/flowschemas`, { ...kinds, kind: 'FlowSchema', metadata: { name: 'mine' }, spec });
  const what = 'This FlowSchema references the PriorityLevelConfiguration object named "mine"';
  assert.equal(await condition('True'), `${what} but there is no such object`);
  const level = { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } };
  const configuration = { ...kinds, kind: 'PriorityLevelConfiguration', metadata: { name: 'mine' }, spec: level };
  assert.equal((await create(`${flowcontrol}/prioritylevelconfigurations`, configuration)).status, 201);
  assert.equal(await condition('False'), `${what} and it exists`);
  await call('DELETE', `${flowcontrol}/prioritylevelconfigurations/mine`);
  await condition('True');
  await close();
});

test('the flood of one tenant starves neither another nor leader election, and is told to come again', async () => {
  const { as, create, close } = await start({ reading: 20, mutating: 10 });
  const rbac = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  const subjects = [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:serviceaccounts' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  const binding = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'all' } };
  assert.equal((await create(rbac, { ...binding, subjects, roleRef })).status, 201);
  const done: string[] = [];
  const note = async (name: string, answer: Promise<{ status: number; headers: unknown }>) => {
    const { status, headers } = await answer;
    done.push(`${name} ${status}`);
    if (status === 429) assert.equal((headers as Record<string, string>)['retry-after'], '1');
  };
  const pods = '/api/v1/namespaces/default/pods';
  const flood = Array.from({ length: 1000 }, () => note('flood', as(account('default', 'greedy'), 'GET', pods)));
  const others = [
    note('tenant', as(account('default', 'modest'), 'GET', pods)),
    note('election', as(scheduler, 'GET', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler')),
    note('admin', as(person('root', 'system:masters'), 'GET', pods)),
  ];
  await Promise.all(others);
  const waiting = 1000 - done.filter(line => line.startsWith('flood')).length;
  assert.ok(waiting > 200, `the flood still waits: ${waiting}`);
  await Promise.all(flood);
  const count = (line: string) => done.filter(each => each === line).length;
  assert.deepEqual([count('tenant 200'), count('election 404'), count('admin 200')], [1, 1, 1]);
  assert.ok(
    count('flood 200') > 300 && count('flood 429') > 300,
    JSON.stringify([count('flood 200'), count('flood 429')]),
  );
  assert.equal(count('flood 200') + count('flood 429'), 1000);
  // What is over is over: the next is served.
  assert.equal((await as(account('default', 'greedy'), 'GET', pods)).status, 200);
  await close();
});
