import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@orrery/machinery/random';
import { Bitmap } from './bitmap.ts';
import { addressBand, portBand, staticBand } from './pool.ts';
import { addressPool, defaultNodePorts, portPool } from './ranges.ts';

test('the lower band is left to people, by upstream’s steps', () => {
  const addresses: [number, number][] = [
    [8, 0],
    [16, 0],
    [32, 16],
    [256, 16],
    [1024, 64],
    [4096, 256],
    [1 << 20, 256],
  ];
  for (const [size, band] of addresses) assert.equal(staticBand(size, addressBand), band, `${size}`);
  const ports: [number, number][] = [
    [16, 0],
    [100, 16],
    [2768, 86],
    [65000, 128],
  ];
  for (const [size, band] of ports) assert.equal(staticBand(size, portBand), band, `${size}`);
});

test('a bitmap finds a free number round the corner and none when full', () => {
  const random = seededRandom(3);
  const bitmap = new Bitmap(1000);
  const model = new Set<number>();
  for (let step = 0; step < 5000; step++) {
    const index = Math.floor(random.float() * 1000);
    if (random.float() < 0.8) {
      bitmap.add(index);
      model.add(index);
    } else {
      bitmap.delete(index);
      model.delete(index);
    }
    const free = bitmap.firstFree(0, 1000, index);
    const expected = [...Array(1000).keys()]
      .map(offset => (index + offset) % 1000)
      .find(candidate => !model.has(candidate));
    if (step % 50 === 0) assert.equal(free, expected);
  }
  assert.equal(bitmap.used, model.size);
  for (let index = 0; index < 1000; index++) bitmap.add(index);
  assert.equal(bitmap.firstFree(0, 1000, 500), undefined);
});

test('addresses come from the upper band until it is full, then from the lower', () => {
  const pool = addressPool('10.0.0.0/24', seededRandom(1));
  const last = (address: string) => Number(address.split('.')[3]);
  const given = Array.from({ length: 254 }, () => last(pool.takeAny()));
  assert.ok(given.slice(0, 238).every(value => value > 16));
  assert.ok(given.slice(238).every(value => value >= 1 && value <= 16));
  assert.equal(new Set(given).size, 254);
  assert.throws(() => pool.takeAny(), /^AllocationError: range is full$/);
});

test('a wish is refused with upstream’s words', () => {
  const pool = addressPool('10.0.0.0/24', seededRandom(1));
  pool.take('10.0.0.10');
  const rows: [string, string][] = [
    ['10.0.0.10', 'provided IP is already allocated'],
    ['10.0.1.1', 'the provided network does not match the current range'],
    ['10.0.0.0', 'the provided IP (10.0.0.0) is not in the valid range. The range of valid IPs is 10.0.0.0/24'],
    ['10.0.0.255', 'the provided IP (10.0.0.255) is not in the valid range. The range of valid IPs is 10.0.0.0/24'],
  ];
  for (const [address, message] of rows) assert.throws(() => pool.take(address), { message });
  const ports = portPool(defaultNodePorts, [30443], seededRandom(1));
  assert.throws(() => ports.take(80), {
    message: 'provided port is not in the valid range. The range of valid ports is 30000-32767',
  });
  assert.throws(() => ports.take(30443), { message: 'provided port is already allocated' });
});

test('the large families are capped, not enumerated', () => {
  const pool = addressPool('fd00::/64', seededRandom(1));
  assert.equal(pool.pool.size, 1 << 20);
  assert.match(pool.takeAny(), /^fd00::/);
});
