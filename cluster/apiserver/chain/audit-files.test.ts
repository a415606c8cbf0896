import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Request } from '@orrery/http';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { auditPolicyOf } from './audit-policy-file.ts';
import { createAuditWebhook } from './audit-webhook.ts';

const head = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy' };

describe('a policy file', () => {
  test('is read as it stands', () => {
    const rule = { level: 'Request', users: ['a'], resources: [{ group: 'apps', resources: ['deployments'] }] };
    const policy = {
      ...head,
      omitStages: ['RequestReceived'],
      omitManagedFields: true,
      rules: [rule, { level: 'None' }],
    };
    assert.deepEqual(auditPolicyOf(policy), {
      omitStages: ['RequestReceived'],
      omitManagedFields: true,
      rules: [rule, { level: 'None' }],
    });
  });

  const mistakes: [what: string, policy: unknown, message: RegExp][] = [
    ['another kind', { kind: 'Pod', apiVersion: 'v1' }, /^a Policy of audit.k8s.io\/v1 is needed, not "Pod" of "v1"$/],
    ['no rules', head, /^rules: Required value/],
    ['no level', { ...head, rules: [{}] }, /^rules\[0\]\.level: Required value$/],
    [
      'a wrong level',
      { ...head, rules: [{ level: 'All' }] },
      /^rules\[0\]\.level: Unsupported value: "All": supported values: "None", /,
    ],
    [
      'a wrong stage',
      { ...head, rules: [{ level: 'None', omitStages: ['x'] }] },
      /^rules\[0\]\.omitStages\[0\]: Unsupported/,
    ],
    [
      'an unknown field',
      { ...head, rules: [{ level: 'None', user: 'a' }] },
      /^rules\[0\]\.user: Invalid value: unknown field$/,
    ],
    [
      'paths that do not begin',
      { ...head, rules: [{ level: 'None', nonResourceURLs: ['healthz'] }] },
      /must begin with a '\/'/,
    ],
    [
      'wildcards inside',
      { ...head, rules: [{ level: 'None', nonResourceURLs: ['/a*b'] }] },
      /must be the final character/,
    ],
    [
      'both kinds of places',
      { ...head, rules: [{ level: 'None', nonResourceURLs: ['/a'], namespaces: ['n'] }] },
      /cannot apply to both/,
    ],
    [
      'names of nothing',
      { ...head, rules: [{ level: 'None', resources: [{ resourceNames: ['a'] }] }] },
      /requires at least one resource/,
    ],
    ['two mistakes', { ...head, rules: [{}, {}] }, /rules\[0\].*; rules\[1\]/],
  ];
  for (const [what, policy, message] of mistakes)
    test(what, () => assert.throws(() => auditPolicyOf(policy), { message }));
});

describe('the webhook', () => {
  function setUp(sizes: Parameters<typeof createAuditWebhook>[0]['sizes'] = {}) {
    const clock = createManualClock();
    const received: string[][] = [];
    const state = { status: 200 };
    const send = async ({ body }: Request) => {
      const list = JSON.parse(Buffer.from(body).toString()) as { kind: string; items: { n: string }[] };
      assert.equal(list.kind, 'EventList');
      received.push(list.items.map(({ n }) => n));
      return { status: state.status, headers: {} };
    };
    const webhook = createAuditWebhook({ send, clock, log: silentLog, sizes });
    const write = (...names: string[]) => names.forEach(n => webhook.write(JSON.stringify({ n })));
    return { clock, received, state, webhook, write };
  }

  test('gets batches: when one is full, or its first record waited long enough', async () => {
    const { clock, received, write } = setUp({ batch: 3, waitMs: 1000 });
    write('a', 'b', 'c', 'd');
    await clock.settle();
    assert.deepEqual(received, [['a', 'b', 'c']]);
    await clock.advance(1000);
    assert.deepEqual(received, [['a', 'b', 'c'], ['d']]);
  });

  test('is asked again, later and later, and given up on', async () => {
    const { clock, received, state, write } = setUp({ batch: 1, attempts: 3, backoffMs: 100 });
    state.status = 500;
    write('a');
    await clock.settle();
    assert.equal(received.length, 1);
    await clock.advance(100);
    assert.equal(received.length, 2);
    await clock.advance(149);
    assert.equal(received.length, 2);
    await clock.advance(1);
    assert.equal(received.length, 3);
    state.status = 200;
    write('b');
    await clock.advance(1000);
    assert.deepEqual(received.at(-1), ['b']);
  });

  test('never holds more than its queue', async () => {
    const { clock, received, state, write } = setUp({ batch: 2, queued: 4, backoffMs: 1000 });
    state.status = 500;
    write('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    state.status = 200;
    await clock.advance(60_000);
    assert.deepEqual([...new Set(received.flat())].join(''), 'abcdef');
  });

  test('gets what is left when the server ends', async () => {
    const { received, write, webhook } = setUp();
    write('a');
    await webhook.close();
    assert.deepEqual(received, [['a']]);
  });
});
