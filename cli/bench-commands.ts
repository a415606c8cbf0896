/** The measurements of `orrery bench`, with their options. */
import { Option, type Command } from 'commander';
import { collect, integer } from './arguments.ts';
import { CliError } from './error.ts';

const output = (): Option => new Option('-o, --output <format>', 'json, yaml or wide');
const rounds = (usual = 3): Option =>
  new Option('--rounds <n>', 'repetitions; the median is printed').argParser(integer).default(usual);
const examples = (...lines: string[]): string => `\nExamples:\n${lines.map(line => `  ${line}\n`).join('')}`;

/** Adds `bench` and what it can measure. */
export function addBench(program: Command): void {
  const bench = program
    .command('bench')
    .summary('measure this machine, and clusters')
    .description('Measures this machine, and clusters: medians, with what they are compared with from the same run.');
  bench
    .command('start')
    .description('Start-up, idle memory and processor time, and a pod’s start, beside etcd and an empty server.')
    .addOption(output())
    .addOption(rounds())
    .addHelpText('after', examples('orrery bench start', 'orrery bench start --rounds 5 -o json'))
    .action(async options => (await import('./commands/bench.ts')).benchOwn('start', options));
  bench
    .command('http')
    .description('Reads of one object over HTTP/1.1 and HTTP/2, beside an empty server.')
    .addOption(output())
    .addOption(rounds())
    .action(async options => (await import('./commands/bench.ts')).benchOwn('http', options));
  bench
    .command('console')
    .description('The console’s weight, start and memory, a page of a long list, a log-in, beside an empty server.')
    .option('--pods <n>', 'pods in the list', integer, 10_000)
    .addOption(output())
    .addOption(rounds())
    .action(async options => (await import('./commands/bench.ts')).benchConsole(options));
  bench
    .command('platform')
    .description(
      'A platform full of tenants: authorization, project lists, search, start, memory, beside an empty server.',
    )
    .option('--users <n>', 'users', integer, 1000)
    .option('--workspaces <n>', 'workspaces', integer, 200)
    .option('--projects <n>', 'projects, in all workspaces together', integer, 2000)
    .option('--bindings <n>', 'bindings of users in projects', integer, 20_000)
    .option('--objects <n>', 'objects, in all projects together', integer, 100_000)
    .addOption(output())
    .addOption(rounds())
    .addHelpText(
      'after',
      examples(
        'orrery bench platform',
        'orrery bench platform --users 50 --workspaces 10 --projects 50 --bindings 200 --objects 2000 --rounds 1',
      ),
    )
    .action(async options => (await import('./commands/bench.ts')).benchPlatform(options));
  bench
    .command('store')
    .description('The store beside etcd, behind the same wire, with the same durability.')
    .addOption(output())
    .addOption(rounds())
    .option('--seconds <n>', 'length of each measurement', integer, 3)
    .option('--directory <path>', 'where the data goes: its disk is measured (default: the temporary directory)')
    .addHelpText('after', examples('orrery bench store --directory /var/lib'))
    .action(async options => (await import('./commands/bench.ts')).benchStore(options));
  addLoad(bench);
  bench.on('command:*', ([what]: string[]) => {
    const names = bench.commands.map(command => command.name());
    throw new CliError(`"${what}" cannot be measured: choose ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`, 2);
  });
}

function addLoad(bench: Command): void {
  bench
    .command('load')
    .description(
      'Loads one cluster, or two in alternation, over HTTP: whatever a kubeconfig leads to. Namespaces, objects and an account with all rights are made there, and removed again.',
    )
    .requiredOption('--kubeconfig <file>', 'the cluster to load')
    .option('--against <file>', 'kubeconfig of the cluster to compare with')
    .option('--pids <list>', 'server processes on this machine (default: those that listen on the port)', collect)
    .option('--against-pids <list>', 'the same for the other cluster', collect)
    .option('--only <list>', 'some of create, update, patch, get, list, mixed, watch, memory', collect)
    .option('--clients <list>', 'numbers of clients (default: 1,32,128)', collect)
    .option('--seconds <n>', 'length of each measurement', integer, 1)
    .option('--objects <n>', 'pods and config maps that are there meanwhile', integer, 5000)
    .option('--watchers <n>', 'watchers of the fan-out', integer, 100)
    .option('--updates <n>', 'changes that all of them are told', integer, 1000)
    .addOption(output())
    .addOption(rounds(2))
    .addHelpText(
      'after',
      examples(
        'orrery bench load --kubeconfig $(orrery kubeconfig --path) --only get,create --clients 32',
        'orrery bench load --kubeconfig ours.yaml --against theirs.yaml --against-pids 4711,4712 -o json',
      ),
    )
    .action(async options => (await import('./commands/bench.ts')).benchLoad(options));
}
