/** `orrery server`: the process of the store, the API server and the controllers. It ends when its parent does. */
import { flushCompileCache } from 'node:module';
import type { ServerOptions as ServerStart } from '@orrery/embedded/server';
import { systemClock, type Clock } from '@orrery/machinery/clock';
import { createLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { CliError } from '../error.ts';
import { surviveRejections } from '../run/faults.ts';
import { linesTo } from '../run/log-file.ts';
import type { ServerOptions, ServerReport } from '../run/messages.ts';

export async function server(): Promise<void> {
  const send = process.send?.bind(process) as ((report: ServerReport) => void) | undefined;
  if (!send) throw new CliError('this command is started by "orrery up"', 2);
  const options = new Promise<ServerOptions>(resolve =>
    process.once('message', message => resolve(message as ServerOptions)),
  );
  const log = createLog(systemClock, linesTo(process.stdout.fd));
  surviveRejections(log);
  const stopped = new Promise<false>(resolve => {
    for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(event, () => resolve(false));
  });
  const asked = process.env.ORRERY_FAULTS;
  const { clock, store } = asked === undefined ? { clock: systemClock } : await faulty(asked);
  const { startServer } = await import('@orrery/embedded/server');
  const { user, firstPassword, ...wanted } = await options;
  // What a cluster needs comes first: the platform is loaded when the parent says that the nodes are there.
  const told = new Promise<true>(resolve => process.once('message', () => resolve(true)));
  // What is compiled by now is kept for the next start: root's own, and nothing that serves requests may write it.
  flushCompileCache();
  if (user !== undefined) becomeUser(user);
  try {
    const running = await startServer({
      ...wanted,
      clock,
      random: systemRandom,
      log,
      ...(store && { store }),
      onCredentials: () => send({ type: 'credentials' }),
      onMigrated: backup => send({ type: 'migrated', backup }),
    });
    const { port, guest } = running;
    send({ type: 'ready', port, ...(guest && { consolePort: guest.port }) });
    const platform =
      guest && (await Promise.race([told, stopped]))
        ? (await import('../run/platform.ts')).keepPlatform({
            guest,
            root: wanted.root,
            settings: wanted.settings,
            firstPassword,
            log,
            tell: send,
          })
        : undefined;
    await stopped;
    await platform?.close();
    await running.close();
    process.exit(0);
  } catch (error) {
    log.error('the server could not start', { error });
    send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}

/** Faults for tests: the process ends at a named moment, or its clock jumps. */
async function faulty(text: string): Promise<{ clock: Clock; store: ServerStart['store'] }> {
  const { armFaults, parseFaults } = await import('../run/failpoints.ts');
  const faults = parseFaults(text);
  const clock = armFaults(faults, systemClock, signal => void process.kill(process.pid, signal));
  return { clock, store: faults.store };
}

/** Gives up root for good: a hole in a page served by this process is not root on the host. */
function becomeUser(user: number): void {
  process.setgroups!([]);
  process.setgid!(user);
  process.setuid!(user);
}
