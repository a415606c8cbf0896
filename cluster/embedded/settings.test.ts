import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressAt, advertisedAddress, defaultSettings, gatewayOf } from './settings.ts';

test('addresses of a range are counted from its start', () => {
  const cases: [string, number, string][] = [
    ['10.43.0.0/16', 1, '10.43.0.1'],
    ['10.43.0.0/16', 256, '10.43.1.0'],
    ['10.43.7.9/16', 10, '10.43.0.10'],
    ['192.0.2.128/25', 127, '192.0.2.255'],
    ['255.255.255.0/24', 255, '255.255.255.255'],
  ];
  for (const [cidr, n, expected] of cases) assert.equal(addressAt(cidr, n), expected);
  assert.throws(() => addressAt('192.0.2.0/24', 256), RangeError);
  assert.equal(gatewayOf('10.42.3.0/24'), '10.42.3.1');
});

test('a machine with nothing but loopback is reached by its pods through their bridge', () => {
  const at = (nodeIP: string) => advertisedAddress({ ...defaultSettings, nodeIP });
  assert.equal(at('192.0.2.1'), '192.0.2.1');
  assert.equal(at('127.0.0.1'), '10.42.0.1');
});
