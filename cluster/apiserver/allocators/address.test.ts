import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressAt, contains, familyOf, formatAddress, parseCidr, parseIpv4, parseIpv6 } from './address.ts';

test('addresses are read strictly and written canonically', () => {
  const rows: [string, string | undefined, string?][] = [
    ['10.96.0.1', 'IPv4'],
    ['010.96.0.1', undefined],
    ['256.0.0.1', undefined],
    ['1.2.3', undefined],
    ['', undefined],
    ['::', 'IPv6', '::'],
    ['fd00:0:0:0:0:0:0:1', 'IPv6', 'fd00::1'],
    ['2001:DB8::0:1:0:0:1', 'IPv6', '2001:db8::1:0:0:1'],
    ['::ffff:10.0.0.1', 'IPv6', '::ffff:a00:1'],
    ['1:2:3:4:5:6:7:8', 'IPv6', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7', undefined],
    ['1::2::3', undefined],
    ['fe80::1%eth0', undefined],
    ['1:2:3:4:5:6:7:8::', undefined],
  ];
  for (const [text, family, canonical = text] of rows) {
    assert.equal(familyOf(text), family, text);
    if (family === 'IPv4') assert.equal(formatAddress(family, parseIpv4(text)!), canonical);
    if (family === 'IPv6') assert.equal(formatAddress(family, parseIpv6(text)!), canonical);
  }
});

test('a CIDR spans its prefix, host bits cleared', () => {
  const range = parseCidr('10.96.7.9/16');
  assert.equal(range.cidr, '10.96.0.0/16');
  assert.equal(range.size, 65536n);
  assert.equal(addressAt(range, 10), '10.96.0.10');
  assert.ok(contains(range, '10.96.255.255'));
  assert.ok(!contains(range, '10.97.0.0'));
  assert.equal(parseCidr('fd00:10:96::/112').size, 65536n);
  for (const bad of ['10.96.0.0', '10.96.0.0/33', 'x/8', '10.96.0.0/8/9', '10.96.0.0/'])
    assert.throws(() => parseCidr(bad), /is not a CIDR/);
});
