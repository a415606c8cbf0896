/** `orrery down`: ends the processes of a cluster, and nothing else. */
import { CliError } from '../error.ts';
import { isAlive, stopProcess } from '../host/process.ts';
import { layoutFor, readInstance, removeInstance } from '../run/instance.ts';

const graceMs = 20_000;

export async function down(options: { dataDir?: string }): Promise<void> {
  const layout = layoutFor(options);
  const instance = readInstance(layout);
  if (!instance || (!isAlive(instance) && !(instance.server && isAlive(instance.server)))) {
    throw new CliError(`no cluster runs on ${layout.root}`);
  }
  await stopProcess(instance, graceMs);
  // The server ends with its parent; this is for a parent that was killed a moment ago.
  if (instance.server) await stopProcess(instance.server, graceMs);
  removeInstance(layout);
  process.stdout.write(`stopped; containers go on, "orrery up" finds them again\n`);
}
