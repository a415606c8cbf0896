/** `orrery bench`: measures this machine in a network namespace of its own, so that a cluster which runs here is not in the way. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { systemClock } from '@orrery/machinery/clock';
import { CliError } from '../error.ts';
import { outputFormat, print } from '../output.ts';
import { isRoot } from '../run/instance.ts';

export interface BenchOptions {
  readonly output?: string;
  readonly rounds: number;
}

const measurements = ['start', 'http'] as const;

/** Set for the process that was started inside the namespace. */
const insideVariable = 'ORRERY_BENCH_INSIDE';

export async function bench(what: string, options: BenchOptions): Promise<void> {
  if (!measurements.some(name => name === what))
    throw new CliError(`"${what}" cannot be measured: choose ${measurements.join(' or ')}`, 2);
  if (options.rounds < 1) throw new CliError('--rounds must be at least 1', 2);
  const format = outputFormat(options.output);
  const tools = await import('@orrery/bench');
  const kubectl = tools.findProgram('kubectl');
  if (!kubectl) throw new CliError('kubectl is missing: install the package kubernetes-client, or put it on the PATH');
  const real = isRoot() && process.platform === 'linux';
  if (real && !process.env[insideVariable]) return insideNamespace();
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stopping.abort(new CliError('stopped; what was made is removed', 130)));
  const common = {
    rounds: options.rounds,
    orrery: join(process.env.ORRERY_HOME ?? '.', 'orrery'),
    kubectl,
    clock: systemClock,
    progress: (step: string) => void process.stderr.write(`${step}\n`),
    signal: stopping.signal,
  };
  const report =
    what === 'start'
      ? await tools.measureStart({ ...common, etcd: tools.findProgram('etcd'), simulate: real ? 0 : 1 })
      : await tools.measureHttp({ ...common, wrk: tools.findProgram('wrk'), h2load: tools.findProgram('h2load') });
  await print(format, tools.reportData(report), () => tools.reportText(report));
}

/** Runs this command again in a new network namespace, which ends with its last process. */
function insideNamespace(): Promise<void> {
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command], {
    stdio: 'inherit',
    env: { ...process.env, [insideVariable]: '1' },
  });
  // A terminal tells the child too; it removes what it made, and this process waits for that.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
  return new Promise((resolve, reject) => {
    child.on('error', error => reject(new CliError(`a network namespace could not be made: ${error.message}`)));
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? (signal ? 1 : 0);
      resolve();
    });
  });
}
