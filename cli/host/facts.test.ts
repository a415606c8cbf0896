import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { addressOf } from './facts.ts';

const ipv4 = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  internal,
  family: 'IPv4',
  netmask: '255.255.255.0',
  mac: '00:00:00:00:00:00',
  cidr: `${address}/24`,
});
const ipv6: NetworkInterfaceInfo = { ...ipv4('2001:db8::1'), family: 'IPv6', scopeid: 0 };
const lo = { lo: [ipv4('127.0.0.1', true)] };

const cases: {
  what: string;
  interfaces: Record<string, NetworkInterfaceInfo[]>;
  preferred?: string;
  expected: string;
}[] = [
  { what: 'nothing but loopback', interfaces: lo, expected: '127.0.0.1' },
  {
    what: 'the default route wins',
    interfaces: { ...lo, a: [ipv4('192.0.2.1')], b: [ipv4('192.0.2.2')] },
    preferred: 'b',
    expected: '192.0.2.2',
  },
  {
    what: 'without one, the first',
    interfaces: { ...lo, a: [ipv4('192.0.2.1')], b: [ipv4('192.0.2.2')] },
    expected: '192.0.2.1',
  },
  {
    what: 'bridges of runtimes are not the machine',
    interfaces: { docker0: [ipv4('172.17.0.1')], orrery0: [ipv4('10.42.0.1')], eth0: [ipv4('192.0.2.3')] },
    expected: '192.0.2.3',
  },
  {
    what: 'addresses that say nothing',
    interfaces: { a: [ipv6, ipv4('169.254.1.1')], b: [ipv6, ipv4('192.0.2.4')] },
    preferred: 'a',
    expected: '192.0.2.4',
  },
  {
    what: 'a route over an interface that is gone',
    interfaces: { ...lo, a: [ipv4('192.0.2.1')] },
    preferred: 'gone',
    expected: '192.0.2.1',
  },
];

for (const { what, interfaces, preferred, expected } of cases) {
  test(what, () => assert.equal(addressOf(interfaces, preferred), expected));
}
