/** The parts of the trail by themselves: what is left out, what proves the rest, what happens without room, what a question means. */
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { EgressError, type EgressRequest } from '../egress/egress.ts';
import { auditFiles } from '../node/index.ts';
import { baseEvent, terminalEvent } from './event.ts';
import { createFlood, failuresMax } from './flood.ts';
import { verify } from './links.ts';
import { readAuditOptions } from './options.ts';
import { collectorFor, filterOf, type AuditQuery } from './query.ts';
import { createReader } from './reader.ts';
import { createReceivers } from './receivers.ts';
import { mayKeepBodies, redacted, redactedAddress } from './redact.ts';
import { readAbout } from './requests.ts';
import type { AuditStorage } from './storage.ts';
import { createTrail, planPruning, type TrailOptions } from './trail.ts';
import { succeeds } from '../testing/people.ts';

const folders: string[] = [];
async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'audit-'));
  folders.push(path);
  return path;
}
after(() => Promise.all(folders.map(path => rm(path, { recursive: true, force: true }))));

const eventOf = (name: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  ...baseEvent({ id: name, atMs: 1_700_000_000_000, verb: 'create', user: 'ann', message: '' }),
  objectRef: { resource: 'pods', namespace: 'p', name },
  ...more,
});

function trailIn(storage: AuditStorage, more: Partial<TrailOptions> = {}) {
  const ending = new AbortController();
  const stored: AuditEvent[] = [];
  const trail = createTrail({
    storage,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    signal: ending.signal,
    stored: events => void stored.push(...events),
    ...more,
  });
  const end = async () => {
    ending.abort();
    await trail.close();
  };
  return { trail, stored, end };
}

/** Two chains, of three records and of two. */
async function written(path: string): Promise<AuditStorage> {
  for (const names of [['a', 'b'], ['c']]) {
    const storage = auditFiles(path);
    const { trail, end } = trailIn(storage);
    for (const name of names) trail.note(eventOf(name));
    await trail.flush(10_000);
    await end();
  }
  return auditFiles(path);
}

const oldest = async (path: string): Promise<string> => {
  for (const name of await readdir(path))
    if ((await readFile(join(path, name), 'utf8')).includes('"auditID":"a"')) return join(path, name);
  throw new Error('there is no chain with the first record');
};

test('records of several chains hold each other, and are all there after a restart', async () => {
  const storage = await written(await folder());
  const { intact, records, chains } = await verify(storage);
  assert.deepEqual([intact, records, chains.length], [true, 5, 2]);
  const names: string[] = [];
  await createReader(storage).scan({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }, ({ objectRef }) => {
    if (objectRef?.name) names.push(objectRef.name);
  });
  assert.deepEqual(names.toSorted(), ['a', 'b', 'c']);
});

const tampering: [string, (path: string) => Promise<void>, string][] = [
  [
    'a record is changed',
    path => edit(path, text => text.replace('"name":"a"', '"name":"x"')),
    'the record is not what was written',
  ],
  ['a record is taken out', path => edit(path, text => without(text, 1)), 'a record is missing'],
  ['the end is cut off', path => edit(path, text => without(text, 2)), 'the end of the chain is missing'],
  ['the beginning is cut off', path => edit(path, text => without(text, 0)), 'the beginning of the chain is missing'],
  ['a chain is taken away', path => rm(path), 'the end of the chain is missing'],
  ['a line is put in', path => appendFile(path, 'nothing\n'), 'the line is no record'],
];
const edit = async (path: string, change: (text: string) => string) =>
  writeFile(path, change(await readFile(path, 'utf8')));
const without = (text: string, index: number): string => text.split('\n').toSpliced(index, 1).join('\n');

for (const [what, tamper, why] of tampering)
  test(`it is seen when ${what}`, async () => {
    const path = await folder();
    const storage = await written(path);
    await tamper(await oldest(path));
    const { intact, problem } = await verify(storage);
    assert.deepEqual([intact, problem?.why], [false, why]);
  });

test('a line that was being written at a crash is not there, and breaks nothing', async () => {
  const path = await folder();
  const storage = await written(path);
  const [name] = (await readdir(path)).toSorted().slice(-1);
  await appendFile(join(path, name!), 'abc');
  assert.deepEqual((await verify(storage)).intact, true);
});

test('what is too old goes, and the chain tells of it: the rest still holds', async () => {
  const path = await folder();
  const storage = await written(path);
  const { trail, end } = trailIn(storage);
  trail.note(eventOf('d'));
  await trail.flush(10_000);
  await trail.prune(-60_000, 1e9);
  const { intact, chains, problem } = await verify(storage);
  assert.deepEqual([intact, chains.length, problem], [true, 1, undefined]);
  await end();
});

test('of segments the oldest go until both bounds hold, never the one that is written to', () => {
  const segment = (chain: string, number: number, toMs: number) => ({
    chain,
    number,
    bytes: 10,
    fromMs: 0,
    toMs,
    version: '',
  });
  const all = [segment('a', 1, 100), segment('a', 2, 200), segment('b', 1, 150), segment('b', 2, 300)];
  const names = (keptMs: number, bytesMax: number) =>
    planPruning(all, { keptMs, bytesMax, nowMs: 300, own: 'b' }).map(({ chain, number }) => `${chain}${number}`);
  assert.deepEqual(names(1000, 40), []);
  assert.deepEqual(names(1000, 20), ['a1', 'b1']);
  assert.deepEqual(names(160, 40), ['a1']);
  assert.deepEqual(names(0, 0), ['a1', 'b1', 'a2']);
});

test('a full disk holds nobody up: what has no room is counted, and told of by the chain', async () => {
  const files = auditFiles(await folder());
  let isFull = true;
  const storage: AuditStorage = {
    ...files,
    append: async (...given) => {
      if (isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      await files.append(...given);
    },
  };
  const { trail, end } = trailIn(storage, { waitingMax: 3 * 1024 });
  for (const name of ['a', 'b', 'c', 'd', 'e']) trail.note(eventOf(name));
  assert.equal(trail.isFull, true);
  await trail.flush(10_000);
  isFull = false;
  await succeeds(async () => {
    await trail.flush(1_000);
    const { records, lost, intact } = await verify(files);
    // The beginning, three records, and what is told of two others.
    assert.deepEqual({ records, lost, intact }, { records: 5, lost: 2, intact: true });
  });
  await end();
});

test('who fails without end is counted, others are recorded all the same', () => {
  let now = 0;
  const flood = createFlood({ monotonic: () => now });
  const admitted = Array.from({ length: failuresMax + 5 }, () => flood.admits('eve')).filter(Boolean);
  assert.equal(admitted.length, failuresMax);
  assert.equal(flood.admits('ann'), true);
  now = 60_000;
  assert.deepEqual(flood.drain(), [{ key: 'eve', more: 5 }]);
  assert.equal(flood.admits('eve'), true);
});

const secrets: [string, unknown, unknown][] = [
  ['a password', { spec: { password: 'x' } }, { spec: { password: '[omitted]' } }],
  ['a Secret in a list', [{ kind: 'Secret', data: { a: 'x' } }], [{ kind: 'Secret', data: '[omitted]' }]],
  ['a variable of a container', { name: 'DB_PASSWORD', value: 'x' }, { name: 'DB_PASSWORD', value: '[omitted]' }],
  [
    'a patch',
    { op: 'add', path: '/spec/password', value: 'x' },
    { op: 'add', path: '/spec/password', value: '[omitted]' },
  ],
  [
    'tokens of all kinds',
    { access_token: 'x', clientSecret: 'y' },
    { access_token: '[omitted]', clientSecret: '[omitted]' },
  ],
  ['what was applied before', { 'kubectl.kubernetes.io/last-applied-configuration': 'x' }, {}],
  [
    'names and numbers stay',
    { secretName: 's', tokenSeconds: 5, replicas: 2 },
    { secretName: 's', tokenSeconds: 5, replicas: 2 },
  ],
];
for (const [what, value, expected] of secrets)
  test(`L7 left out: ${what}`, () => assert.deepEqual(redacted(value), expected));

test('L7 values in addresses are left out unless they are known to tell nothing; bodies of secrets always', () => {
  assert.equal(redactedAddress('/a?token=x&limit=5'), '/a?token=[omitted]&limit=5');
  const keeps = (target: string) => mayKeepBodies(readAbout(target).reference);
  assert.equal(keeps('/apis/apps/v1/namespaces/p/deployments'), true);
  for (const target of [
    '/api/v1/namespaces/p/secrets/s',
    '/api/v1/namespaces/p/serviceaccounts/a/token',
    '/oauth/token',
    '/api/v1/namespaces/p/pods/a/exec',
    '/kapis/iam.kubesphere.io/v1beta1/users/ann/password',
  ])
    assert.equal(keeps(target), false, target);
});

const paths: [string, string, string][] = [
  ['/api/v1/namespaces/p/pods/a/exec?command=x', '', 'p pods a exec'],
  ['/api/v1/namespaces/p', '', 'p namespaces p '],
  ['/kapis/tenant.kubesphere.io/v1beta1/workspaces/w', 'w', ' workspaces w '],
  ['/kapis/clusters/host/tenant.kubesphere.io/v1beta1/workspaces/w/namespaces/p', 'w', 'p namespaces p '],
  ['/kapis/iam.kubesphere.io/v1beta1/workspaces/w/workspacemembers/ann', 'w', ' workspacemembers ann '],
];
for (const [target, workspace, expected] of paths)
  test(`${target} is about ${expected}`, () => {
    const { reference = {}, ...rest } = readAbout(target);
    const { namespace = '', resource = '', name = '', subresource = '' } = reference;
    assert.deepEqual([[namespace, resource, name, subresource].join(' '), rest.workspace], [expected, workspace]);
  });

test('a terminal that closed is told with its recording and the hash of it', () => {
  const headers = { 'user-agent': 'test/1' };
  const request = { method: 'GET', target: '/x?token=t', headers, body: new Uint8Array(), signal: AbortSignal.abort() };
  const caller = { name: 'ann', groups: [], session: 's', by: 'token', mustChangePassword: false } as const;
  const event = terminalEvent(
    {
      kind: 'terminal',
      caller,
      state: 'closed',
      request,
      reason: 'the shell ended',
      subject: { kind: 'pod', namespace: 'p', pod: 'a', container: 'c' },
      recording: { id: 'r1', hash: 'abc', bytes: 5 },
    },
    { id: 'i', atMs: 0, address: '192.0.2.7', workspace: 'w' },
  );
  assert.equal(event.annotations?.['audit.orrery.io/recording-hash'], 'abc');
  assert.deepEqual(
    [event.verb, event.Workspace, event.objectRef?.name, event.Message, event.requestURI],
    ['close-terminal', 'w', 'a', 'a terminal (pod) into "c" closed: the shell ended', '/x'],
  );
});

const sample = eventOf('web-1', {
  Workspace: 'w1',
  user: { username: 'ann', groups: ['dev'] },
  sourceIPs: ['192.0.2.7'],
  responseStatus: { code: 201, status: 'Success' },
});
const questions: [AuditQuery, boolean][] = [
  [{}, true],
  [{ workspace_filter: 'w1' }, true],
  [{ workspace_filter: 'w' }, false],
  [{ workspace_search: 'W' }, true],
  [{ objectref_namespace_filter: 'q,p' }, true],
  [{ objectref_name_search: 'EB' }, true],
  [{ objectref_name_filter: 'web' }, false],
  [{ level_filter: 'Request' }, false],
  [{ verb_filter: 'delete,create' }, true],
  [{ user_search: 'nn', group_search: 'de' }, true],
  [{ user_filter: 'ann', group_search: 'ops' }, false],
  [{ source_ip_search: '192.0.2' }, true],
  [{ objectref_resource_filter: 'pods', objectref_subresource_filter: 'exec' }, false],
  [{ response_code_filter: '201', response_status_filter: 'Success' }, true],
  [{ start_time: '1700000000', end_time: '1700000000' }, true],
  [{ start_time: '1700000001' }, false],
  [{ end_time: '1699999999' }, false],
];
for (const [query, expected] of questions)
  test(`${JSON.stringify(query)} ${expected ? 'finds' : 'does not find'} it`, () =>
    assert.equal(filterOf(query)(sample), expected));

test('pages, numbers and numbers over time; what is no question is refused by the name of the field', () => {
  const at = (name: string, minute: number) =>
    eventOf(name, { requestReceivedTimestamp: new Date(1_700_000_000_000 + minute * 60_000).toISOString() });
  const all = [at('a', 0), at('b', 1), at('c', 40), at('a', 41)];
  const ask = (query: AuditQuery) => {
    const collector = collectorFor(query);
    for (const event of all) collector.take(event);
    return collector.answer();
  };
  const names = (query: AuditQuery) => ask(query).query?.records.map(({ objectRef }) => objectRef?.name);
  assert.deepEqual(names({}), ['a', 'c', 'b', 'a']);
  assert.deepEqual(names({ sort: 'asc', from: 1, size: 2 }), ['b', 'c']);
  assert.equal(ask({ size: 1 }).query?.total, 4);
  assert.deepEqual(ask({ operation: 'statistics' }), { statistics: { resources: 3, events: 4 } });
  assert.deepEqual(
    ask({ operation: 'histogram', interval: '30m' }).histogram?.buckets.map(({ count }) => count),
    [2, 2],
  );
  assert.throws(() => ask({ from: 9_999, size: 2 }), /query.from/);
  assert.throws(() => ask({ operation: 'histogram', interval: 'x' }), /query.interval/);
  assert.throws(() => filterOf({ start_time: 'yesterday' }), /query.start_time/);
});

test('a receiver gets every record once it answers, in batches and in their order', async () => {
  const ending = new AbortController();
  const got: string[][] = [];
  const whole = Promise.withResolvers<void>();
  let failures = 2;
  const fetch = async ({ body, url }: EgressRequest) => {
    if (failures-- > 0) throw new EgressError('closed');
    const { items } = JSON.parse(new TextDecoder().decode(body)) as { items: AuditEvent[] };
    got.push(items.map(({ auditID }) => auditID));
    if (got.flat().length === 5) whole.resolve();
    return { status: 200, headers: {}, body: new Uint8Array(), url };
  };
  const options = readAuditOptions({ webhookUrl: 'https://r.test/', eventBatchSize: 2, eventBatchInterval: '10ms' }, 1);
  const context = { clock: systemClock, log: silentLog, signal: ending.signal, egress: { fetch } };
  const receivers = createReceivers(context as never, () => options);
  receivers.send(['a', 'b', 'c', 'd', 'e'].map(name => eventOf(name)));
  await whole.promise;
  assert.deepEqual(got, [['a', 'b'], ['c', 'd'], ['e']]);
  ending.abort();
});
