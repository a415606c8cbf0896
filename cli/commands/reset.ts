/** `orrery reset`: the machine as it was before `up`. */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { removeNode } from '@orrery/embedded/remove';
import { CliError } from '../error.ts';
import { stopProcess } from '../host/process.ts';
import { isRoot, layoutFor, readInstance } from '../run/instance.ts';

const graceMs = 20_000;

export async function reset(options: { dataDir?: string; yes?: boolean }): Promise<void> {
  const layout = layoutFor(options);
  if (!existsSync(layout.formatFile)) throw new CliError(`there is no cluster in ${layout.root}`);
  if (!options.yes) await confirm(layout.root);
  const instance = readInstance(layout);
  if (instance) await stopProcess(instance, graceMs);
  if (instance?.server) await stopProcess(instance.server, graceMs);
  const leftovers = isRoot() ? await removeNode(layout) : [];
  removeTree(layout.root);
  if (leftovers.length > 0) throw new CliError(`not everything could be removed: ${leftovers.join('; ')}`);
  process.stdout.write(`removed ${layout.root} and everything made for it\n`);
}

/** A directory stays, empty, where something is mounted on it or the one above is another's. */
function removeTree(root: string): void {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true, force: true });
  try {
    rmdirSync(root);
  } catch (error) {
    if (!['EBUSY', 'EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

async function confirm(root: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CliError(`this removes the cluster in ${root} for good: add --yes to say that you mean it`, 2);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`Remove the cluster in ${root} with everything it holds? [y/N] `);
  prompt.close();
  if (!/^y(es)?$/i.test(answer)) throw new CliError('nothing was removed');
}
