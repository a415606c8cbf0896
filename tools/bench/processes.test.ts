import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createServer, type AddressInfo } from 'node:net';
import {
  listenersOf,
  memoryOf,
  parseListeners,
  parseName,
  parseProcessorMs,
  parsePss,
  processorMsOf,
} from './processes.ts';

const rollup = `00400000-7ffd18f4d000 ---p 00000000 00:00 0    [rollup]
Rss:               87812 kB
Pss:               46273 kB
Pss_Dirty:         33184 kB
Pss_Anon:          33168 kB
SwapPss:               0 kB
`;

describe('memory', () => {
  test('is the line Pss, in bytes', () => assert.equal(parsePss(rollup), 46273 * 1024));
  test('not one of the lines that begin or end like it', () =>
    assert.throws(() => parsePss(rollup.replace(/^Pss:.*\n/m, '')), /no line "Pss"/));
  test('of this process is more than nothing', () => assert.ok(memoryOf(process.pid) > 1e6));
});

const stat = (name: string): string =>
  `4242 (${name}) S 1 4242 4242 0 -1 4194560 29283 0 12 0 137 24 500 600 20 0 11 0 365 1646788608 21953 18446744073709551615`;

describe('processor time', () => {
  for (const name of ['node', 'containerd-shim', 'a b', 'odd) S 1 (name']) {
    test(`is user and system time of "${name}", its children left out`, () =>
      assert.equal(parseProcessorMs(stat(name)), 1610));
    test(`the name of "${name}" is found`, () => assert.equal(parseName(stat(name)), name));
  }
  test('of this process is more than nothing', () => assert.ok(processorMsOf(process.pid) > 0));
});

const connections = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 17001 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 17002 1 0000000000000000 20 4 30 10 -1
   2: 00000000:11F9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 17003 1 0000000000000000 100 0 0 10 0
`;

describe('who listens on a port', () => {
  test('is told by its socket, not by those of its connections', () =>
    assert.deepEqual(parseListeners(connections, 8080), ['17001']));
  test('is nobody on another port', () => assert.deepEqual(parseListeners(connections, 81), []));
  test('is found among the processes', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    assert.deepEqual(listenersOf((server.address() as AddressInfo).port), [process.pid]);
    await new Promise(resolve => server.close(resolve));
  });
});
