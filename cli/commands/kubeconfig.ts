/** `orrery kubeconfig`: the administrator's way in. */
import { existsSync, readFileSync } from 'node:fs';
import { CliError } from '../error.ts';
import { layoutFor } from '../run/instance.ts';

export function kubeconfig(options: { dataDir?: string; path?: boolean }): void {
  const { kubeconfig: path, root, agent } = layoutFor(options);
  if (existsSync(agent.joined))
    throw new CliError('this machine is a node of a cluster elsewhere: its kubeconfig is on the machine of the server');
  if (!existsSync(path)) throw new CliError(`there is no cluster in ${root}: start one with "orrery up"`);
  process.stdout.write(options.path ? `${path}\n` : readFileSync(path, 'utf8'));
}
