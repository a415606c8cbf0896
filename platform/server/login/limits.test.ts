import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import type { LoginRecord } from '@orrery/platform-kinds';
import { sourceOf } from './address.ts';
import { createDoor } from './door.ts';
import { addressKey, closedForMs, deviceLabel, isClosed, type Attempt } from './limits.ts';

const limits = { triesMax: 3, windowSeconds: 600 };
const nowSeconds = 10_000;
const home = '192.0.2.1';
const evil = '203.0.113.9';

interface Given {
  readonly agoSeconds?: number;
  readonly from?: string;
  readonly success?: boolean;
  readonly device?: string;
}

let number = 0;
const record = ({ agoSeconds = 10, from = evil, success = false, device }: Given = {}): LoginRecord => ({
  metadata: {
    name: `${number++}`,
    creationTimestamp: new Date((nowSeconds - agoSeconds) * 1000).toISOString(),
    ...(device !== undefined && { labels: { [deviceLabel]: device } }),
  },
  spec: { type: 'Password', success, sourceIP: from },
});
const failures = (count: number, given: Given = {}): LoginRecord[] =>
  Array.from({ length: count }, () => record(given));
const everywhere = (count: number): LoginRecord[] =>
  Array.from({ length: count }, (_, index) => record({ from: `203.0.113.${index}` }));
const once = record({ from: home, success: true, agoSeconds: 5_000 });

const doors: [string, LoginRecord[], Attempt, boolean][] = [
  ['an open door', [], { address: evil }, false],
  ['failures below the limit', failures(2), { address: evil }, false],
  ['L3: so many failures close it', failures(3), { address: evil }, true],
  ['not those of long ago', failures(3, { agoSeconds: 700 }), { address: evil }, false],
  ['a success opens it again', [...failures(3), record({ success: true, agoSeconds: 5 })], { address: evil }, false],
  [
    'L3: failures elsewhere close nothing for whom has come from here before',
    [...failures(50), once],
    { address: home },
    false,
  ],
  ['but for strangers', [...failures(3), once], { address: '198.51.100.1' }, true],
  ['L3: an attack from everywhere closes the door to strangers', everywhere(3), { address: '198.51.100.1' }, true],
  ['L3: and not to him', [...everywhere(200), once], { address: home }, false],
  ['nor to his device, wherever he is', everywhere(200), { address: '198.51.100.1', device: 'd' }, false],
  ['L3: not even when the attack comes from the same address', failures(200), { address: evil, device: 'd' }, false],
  [
    'L3: a device that was stolen has a limit of its own',
    failures(3, { device: 'd' }),
    { address: home, device: 'd' },
    true,
  ],
  ['which is not that of another', failures(3, { device: 'd' }), { address: home, device: 'e' }, false],
  ['nor of strangers', failures(3, { device: 'd' }), { address: evil }, false],
  [
    'L3: neighbours of version 6 are one',
    failures(3, { from: '2001:db8:1:2::1' }),
    { address: '2001:db8:1:2::ffff' },
    true,
  ],
  ['mapped addresses are what they map', failures(3, { from: `::ffff:${evil}` }), { address: evil }, true],
  [
    'one’s own failures at home are none of strangers',
    [once, ...failures(3, { from: home })],
    { address: evil },
    false,
  ],
  ['one’s own failures close one’s own door', [once, ...failures(3, { from: home })], { address: home }, true],
];
for (const [what, records, attempt, closed] of doors)
  test(what, () => assert.equal(isClosed(records, attempt, nowSeconds * 1000, limits), closed));

test('a door that is closed opens when the window is over, and says when', () => {
  const now = nowSeconds * 1000;
  assert.equal(closedForMs([], now, limits), 0);
  assert.equal(closedForMs(failures(2), now, limits), 0);
  assert.equal(
    closedForMs(
      [30, 20, 10].map(agoSeconds => record({ agoSeconds })),
      now,
      limits,
    ),
    570_000,
  );
  assert.equal(
    closedForMs(
      [40, 30, 20, 10].map(agoSeconds => record({ agoSeconds })),
      now,
      limits,
    ),
    570_000,
  );
  assert.equal(
    isClosed(
      [30, 20, 10].map(agoSeconds => record({ agoSeconds })),
      { address: evil },
      now + 571_000,
      limits,
    ),
    false,
  );
});

test('addresses of version 6 count by network', () => {
  assert.equal(addressKey('2001:db8::1'), addressKey('2001:db8::2'));
  assert.notEqual(addressKey('2001:db8:0:1::1'), addressKey('2001:db8:0:2::1'));
  assert.notEqual(addressKey('192.0.2.1'), addressKey('192.0.2.2'));
  assert.equal(addressKey(undefined), '');
});

const sources: [string, string, string | undefined, readonly string[], string][] = [
  ['the peer', '192.0.2.1', undefined, [], '192.0.2.1'],
  ['L3: what somebody says of himself is not believed', '192.0.2.1', '203.0.113.1', [], '192.0.2.1'],
  ['what a trusted proxy says is', '10.0.0.1', '203.0.113.1', ['10.0.0.0/8'], '203.0.113.1'],
  ['L3: and nothing that was said to it', '10.0.0.1', '127.0.0.1, 203.0.113.1', ['10.0.0.0/8'], '203.0.113.1'],
  ['through two proxies', '10.0.0.1', '203.0.113.1, 10.0.0.2', ['10.0.0.0/8'], '203.0.113.1'],
  ['nonsense ends the list', '10.0.0.1', '203.0.113.1, nobody', ['10.0.0.0/8'], '10.0.0.1'],
];
for (const [what, peer, forwarded, proxies, expected] of sources)
  test(`where a request comes from: ${what}`, () => {
    const headers = { ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) };
    assert.equal(sourceOf({ connection: { remoteAddress: peer, protocol: 'http/1.1' }, headers }, proxies), expected);
  });

test('L3: one address has a few log-ins under way, and others are not kept waiting', async () => {
  const door = createDoor(createManualClock());
  let finish = () => {};
  const ended = new Promise<void>(resolve => (finish = resolve));
  const flood = Array.from({ length: 8 }, () => door.pass(evil, () => ended));
  await assert.rejects(
    door.pass(evil, async () => {}),
    { code: 429 },
  );
  assert.equal(await door.pass(home, async () => 'in'), 'in');
  finish();
  await Promise.all(flood);
  assert.equal(await door.pass(evil, async () => 'in'), 'in');
});

test('L3: an address that tries many names is stopped for a while', async () => {
  const clock = createManualClock();
  const door = createDoor(clock);
  for (let tries = 0; tries < 5; tries++) door.failed(evil, 600);
  assert.deepEqual([door.isClosed(evil, 5), door.isClosed(home, 5)], [true, false]);
  await clock.advance(601_000);
  assert.equal(door.isClosed(evil, 5), false);
  for (let address = 0; address < 11_000; address++)
    door.failed(`10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`, 600);
  assert.equal(door.isClosed('10.0.0.0', 1), false, 'the oldest are forgotten');
});
