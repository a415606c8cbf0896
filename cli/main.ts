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

/** Nobody reads on (`orrery logs | head`), or the disk behind is full: a cluster goes on, all else has nothing left to do. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!['up', 'server'].includes(process.argv[2] ?? '')) process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
}

try {
  await program.parseAsync();
} catch (error) {
  const { message, exitCode } = explain(error);
  // Whatever a failed command left running (sockets, timers) must not keep it alive.
  process.stderr.write(message, () => process.exit(exitCode));
}

function explain(error: unknown): { message: string; exitCode: number } {
  // Commander has printed what was wrong, or the help that was asked for.
  if (error instanceof CommanderError) return { message: '', exitCode: error.exitCode === 0 ? 0 : 2 };
  if (error instanceof CliError) return { message: `orrery: ${error.message}\n`, exitCode: error.exitCode };
  return {
    message: `orrery: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    exitCode: 1,
  };
}
