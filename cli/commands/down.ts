/** `orrery down`: ends the processes of a cluster, and nothing else. */
import { CliError } from '../error.ts';
import { isAlive } from '../host/process.ts';
import { layoutFor, readInstance, stopInstance } from '../run/instance.ts';

export async function down(options: { dataDir?: string }): Promise<void> {
  const layout = layoutFor(options);
  const instance = readInstance(layout);
  if (!instance || (!isAlive(instance) && !(instance.server && isAlive(instance.server)))) {
    throw new CliError(`no cluster runs on ${layout.root}`);
  }
  await stopInstance(layout, instance);
  process.stdout.write(`stopped; containers go on, "orrery ${instance.joined ? 'agent' : 'up'}" finds them again\n`);
}
