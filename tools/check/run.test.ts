import { test } from 'node:test';
import { deepEqual } from 'node:assert/strict';
import { judge, tellingPart } from './run.ts';
import type { Stage } from './stages.ts';

const stage = (counts?: true): Stage => ({
  name: 's',
  what: '',
  minutesMax: 1,
  command: ['x'],
  ...(counts && { counts }),
});

test('a stage without counts is one check', () => {
  deepEqual(judge(stage(), '', 0), { passed: 1, failed: 0 });
  deepEqual(judge(stage(), '', 2), { passed: 0, failed: 1 });
});

test("node:test's summary is counted", () => {
  deepEqual(judge(stage(true), 'ℹ tests 5\nℹ pass 3\nℹ fail 1\nℹ cancelled 1\n', 1), { passed: 3, failed: 2 });
  deepEqual(judge(stage(true), '# pass 3\n# fail 0\n# cancelled 0\n', 0), { passed: 3, failed: 0 });
});

test('a crash, an overrun and a run without tests are failures', () => {
  deepEqual(judge(stage(true), 'ℹ pass 3\nℹ fail 0\n', null), { passed: 3, failed: 1 });
  deepEqual(judge(stage(true), '', 0), { passed: 0, failed: 1 });
});

test('of a failure is told what node:test lists, or else the end, and complaints', () => {
  deepEqual(tellingPart('✔ a\n✖ failing tests:\n✖ b\n', ''), '✖ failing tests:\n✖ b');
  deepEqual(tellingPart('file.ts(1,1): error\n', 'it ended\n'), 'file.ts(1,1): error\nit ended');
  deepEqual(tellingPart('x'.repeat(20_000), '').length, 8_000);
});
