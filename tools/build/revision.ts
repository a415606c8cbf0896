/** Which sources a program is made from, as far as git knows. */
import { execFileSync } from 'node:child_process';

/** As Kubernetes names them in `/version`; empty where nobody knows. */
export interface Revision {
  readonly gitCommit: string;
  readonly gitTreeState: '' | 'clean' | 'dirty';
  /** Of the commit: the same sources make the same program. */
  readonly buildDate: string;
}

const unknown: Revision = { gitCommit: '', gitTreeState: '', buildDate: '1970-01-01T00:00:00Z' };

/** The revision of the working copy in a folder. What is no clone, or on a machine without git, has none. */
export function revisionOf(folder: string): Revision {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const [gitCommit = '', seconds] = git('log', '-1', '--format=%H %ct').split(' ');
    const gitTreeState = git('status', '--porcelain', '--untracked-files=no') === '' ? 'clean' : 'dirty';
    const buildDate = `${new Date(Number(seconds) * 1000).toISOString().slice(0, -'.000Z'.length)}Z`;
    return { gitCommit, gitTreeState, buildDate };
  } catch {
    return unknown;
  }
}
