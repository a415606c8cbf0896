import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, collect, duration, integer, name, port, range, service } from './arguments.ts';

const cases: { of: (text: string) => unknown; good: Record<string, unknown>; bad: string[] }[] = [
  { of: integer, good: { '0': 0, '12': 12 }, bad: ['', '-1', '1.5', '1e3', ' 1', '9999999999'] },
  {
    of: duration,
    good: { '0': 0, '90s': 90, '30m': 1800, '24h': 86_400, '7d': 604_800, '0h': 0 },
    bad: ['', '24', 'h', '-1h', '1.5h', '1h30m', '1w', '1234567h'],
  },
  { of: port, good: { '0': 0, '65535': 65_535 }, bad: ['65536', 'http'] },
  { of: address, good: { '192.0.2.1': '192.0.2.1' }, bad: ['192.0.2', '::1', 'localhost', '192.0.2.256'] },
  {
    of: range,
    good: { '10.42.0.0/16': '10.42.0.0/16', '10.0.0.0/8': '10.0.0.0/8', '10.0.0.0/24': '10.0.0.0/24' },
    bad: ['10.42.0.0', '10.42.0.0/7', '10.42.0.0/25', '10.42.0.0/16/1', 'fd00::/64', '10.42/16', '10.42.0.0/x'],
  },
  {
    of: name,
    good: { a: 'a', 'node-1.example': 'node-1.example' },
    bad: ['', 'A', '-a', 'a-', 'a..b', 'a_b', 'a'.repeat(64)],
  },
];

for (const { of, good, bad } of cases) {
  test(of.name, () => {
    for (const [text, value] of Object.entries(good)) assert.equal(of(text), value);
    for (const text of bad) assert.throws(() => of(text), { code: 'commander.invalidArgument' }, text);
  });
}

test('an option that is given twice, or with commas, is one list', () => {
  assert.deepEqual(collect('c', collect('a,b')), ['a', 'b', 'c']);
});

test('a Service is named with its namespace, and with a port unless it is 443', () => {
  assert.deepEqual(service('a/b'), { namespace: 'a', name: 'b', port: 443 });
  assert.deepEqual(service('a/b:8443'), { namespace: 'a', name: 'b', port: 8443 });
  for (const text of ['', 'b', 'a/', '/b', 'a/b:', 'a/b:0', 'a/b:65536', 'a/b/c', 'A/b'])
    assert.throws(() => service(text), { code: 'commander.invalidArgument' }, text);
});
