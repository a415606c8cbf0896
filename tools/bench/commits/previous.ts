/** The program of the commit before this one, built in a folder of its own. */
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../commands.ts';

/** There is nothing to compare with: the message says why, in one line. */
export class NothingToCompare extends Error {
  override readonly name = 'NothingToCompare';
}

/**
 * Puts the files of the previous commit under `directory` and builds them with the dependencies that are installed here.
 * @throws NothingToCompare when there is no previous commit (a shallow clone), it cannot be built, or it is the same program.
 */
export async function buildPrevious(root: string, directory: string): Promise<void> {
  const git = (...args: string[]) => run('git', ['-C', root, ...args]);
  const commit = await git('rev-parse', '--verify', '--quiet', 'HEAD~1').catch(() => {
    throw new NothingToCompare('this clone has no commit before this one');
  });
  const archive = join(directory, 'previous.tar');
  await git('archive', '--output', archive, commit.trim());
  await run('tar', ['-x', '-f', archive, '-C', directory]);
  linkModules(root, directory);
  try {
    // The launcher would install a Node.js of its own there; it remembers the one it is given.
    await run(join(directory, 'orrery'), ['version'], { env: { ...process.env, ORRERY_NODE: process.execPath } });
  } catch (error) {
    const [first = ''] = String(error).split('\n');
    throw new NothingToCompare(`the commit before this one cannot be built here: ${first}`);
  }
  await run(join(root, 'orrery'), ['version']);
  if (bundleOf(root) === bundleOf(directory))
    throw new NothingToCompare('this commit and the one before are the same program');
}

/** A bundle is named after its content. */
const bundleOf = (root: string): string => basename(readlinkSync(join(root, '.build/current')));

/** Packages of others as they are installed; our own are links into the folder they stand in. */
function linkModules(root: string, directory: string): void {
  const from = join(root, 'node_modules');
  const to = join(directory, 'node_modules');
  mkdirSync(join(to, '@orrery'), { recursive: true });
  for (const name of readdirSync(from).filter(name => name !== '@orrery' && name !== '.package-lock.json'))
    symlinkSync(join(from, name), join(to, name));
  for (const name of readdirSync(join(from, '@orrery')))
    symlinkSync(readlinkSync(join(from, '@orrery', name)), join(to, '@orrery', name));
  // The launcher installs where this file is older than the lock, which `git archive` gave the time of its commit.
  writeFileSync(join(to, '.package-lock.json'), '{}');
}
