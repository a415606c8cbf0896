/** `orrery`: one command for a cluster. Each command's code is loaded only when it runs. */
import { Command, CommanderError } from 'commander';
import { CliError } from './error.ts';
import { addCommands } from './commands.ts';

const program = new Command('orrery')
  .description('Kubernetes and KubeSphere in TypeScript: a cluster that runs real containers, from one command.')
  .usage('[command] [options]')
  .showHelpAfterError('(run with --help for examples)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  orrery up --detach                     start a cluster and return
  orrery kubeconfig > ~/.kube/config     let kubectl find it
  orrery status                          what runs
  orrery down                            stop it; containers go on
  orrery reset                           remove it and everything it made
`,
  );

addCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof CliError) {
    process.stderr.write(`orrery: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`orrery: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
}
