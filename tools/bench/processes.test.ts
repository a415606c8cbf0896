import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { memoryOf, parseName, parseProcessorMs, parsePss, processorMsOf } from './processes.ts';

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
