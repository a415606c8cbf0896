import assert from 'node:assert/strict';
import { Command } from 'commander';
import { test } from 'node:test';
import { addCommands } from '../commands.ts';
import { scriptFor } from './completion.ts';

const program = new Command('orrery');
addCommands(program);

test('every shell is told every command and option, and nothing that is hidden', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = scriptFor(shell, program)!;
    for (const word of ['status', 'kubeconfig', 'simulate', 'data-dir', 'import', 'follow'])
      assert.ok(script.includes(word), `${shell}: ${word}`);
    assert.doesNotMatch(script, /\bserver\)|-a server\b/, shell);
  }
  assert.equal(scriptFor('tcsh', program), undefined);
});

test('every command has a description, and examples of itself', () => {
  for (const command of program.commands.flatMap(each => (each.commands.length > 0 ? each.commands : [each]))) {
    assert.notEqual(command.description(), '', command.name());
  }
});
