import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { equal, match } from 'node:assert/strict';

const prelude = `
  import { createLog } from '@orrery/machinery/log';
  import { surviveRejections } from './cli/run/faults.ts';
  surviveRejections(createLog({ now: () => 0 }, line => process.stdout.write(line + '\\n')));
`;

const run = (code: string) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', prelude + code], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
  });

test('a rejection that nobody handles is logged, and the process goes on', () => {
  const { status, stdout } = run(`
    void Promise.reject(new Error('lost'));
    setImmediate(() => process.stdout.write('still here\\n'));
  `);
  equal(status, 0);
  match(stdout, /a rejection was not handled; going on.*lost/);
  match(stdout, /still here/);
});

test('an exception that nobody handles is logged before it ends the process', () => {
  const { status, stdout } = run(`setImmediate(() => { throw new Error('out of the blue'); });`);
  equal(status, 1);
  match(stdout, /an exception was not handled; ending.*out of the blue/);
});
