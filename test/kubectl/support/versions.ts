/** Which versions of kubectl are on this machine. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { outcomeOf } from '../../conformance/support/cluster.ts';
import type { Minor } from './transcript.ts';

export interface Kubectl {
  readonly path: string;
  /** E.g. `1.33.1`. */
  readonly version: string;
  readonly minor: Minor;
}

/** The versions that the script is written for: Debian's, and those that upstream kept in step with its servers. */
export const supported = (minor: Minor): boolean => minor === 20 || minor >= 27;

const isKubectl = /^kubectl(\.?\d+\.\d+)?$/;

/** Those that `KUBECTL` names; without it programs called `kubectl` or `kubectl.1.33` on the path, and beside what they are links to. */
function candidates(): string[] {
  const given = (process.env.KUBECTL ?? '').split(':').filter(path => existsSync(path));
  if (given.length > 0) return given;
  const onPath = [...(process.env.PATH ?? '').split(':'), '/usr/local/bin', '/usr/bin']
    .map(folder => join(folder, 'kubectl'))
    .filter(path => existsSync(path));
  const folders = new Set(onPath.flatMap(path => [dirname(path), dirname(realpathSync(path))]));
  return [...folders].flatMap(folder =>
    readdirSync(folder)
      .filter(name => isKubectl.test(name))
      .map(name => join(folder, name)),
  );
}

async function asked(path: string): Promise<Kubectl | undefined> {
  const { stdout } = await outcomeOf(path, ['version', '--client', '--output=json']);
  // A program that only picks another one by the version of the server says so: that one is asked itself.
  const [, version, minor, rest] = /"gitVersion": "v(1\.(\d+)\.\d+)([^"]*)"/.exec(stdout) ?? [];
  if (version === undefined || rest!.includes('dispatcher')) return undefined;
  return { path, version, minor: Number(minor) };
}

/** One of each minor version, oldest first. */
export async function foundKubectls(): Promise<Kubectl[]> {
  const all = await Promise.all([...new Set(candidates().map(path => realpathSync(path)))].map(asked));
  const byMinor = new Map<Minor, Kubectl>();
  for (const found of all) if (found && !byMinor.has(found.minor)) byMinor.set(found.minor, found);
  return [...byMinor.values()].toSorted((a, b) => a.minor - b.minor);
}

/** What was found and what runs, in one line. */
export function summaryOf(found: readonly Kubectl[]): string {
  const names = (list: readonly Kubectl[]) => list.map(({ version }) => version).join(', ') || 'none';
  const run = found.filter(({ minor }) => supported(minor));
  const near = run.filter(({ minor }) => minor >= 27 && minor <= 33);
  const lack = near.length === 0 ? ': no kubectl between 1.27 and 1.33 is on this machine' : '';
  return `kubectl found: ${names(found)}; run: ${names(run)}${lack}`;
}
