import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beganIn } from './process-stat.ts';

const stat = (state: string, threads: number): string =>
  `7 (a (b) c) ${[state, ...Array.from({ length: 16 }, () => 0), threads, 0, 4711, 0, 0].join(' ')}\n`;

const processes: [string, string, number, string | undefined][] = [
  ['sleeps', 'S', 3, '4711'],
  ['has ended, and nobody has asked for its end', 'Z', 1, undefined],
  ['is ending: other threads hold its files after the first is gone', 'Z', 3, '4711'],
];
for (const [what, state, threads, expected] of processes)
  test(`a process that ${what}: ${expected === undefined ? 'gone' : 'there'}`, () =>
    assert.equal(beganIn(stat(state, threads)), expected));
