/** A copy of the sources that can be made wrong. */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Fault } from './faults.data.ts';

export const root = join(import.meta.dirname, '../../..');
const places = ['base', 'cluster', 'platform', 'console', 'cli', 'tools', 'test'];
const files = ['orrery', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** The sources again, with the same dependencies but their own packages. */
function copySources(target: string): void {
  for (const name of [...places, ...files])
    cpSync(join(root, name), join(target, name), {
      recursive: true,
      filter: path => !['node_modules', '.build'].includes(basename(path)),
    });
  const modules = join(root, 'node_modules');
  const ours = join(target, 'node_modules');
  mkdirSync(join(ours, '@orrery'), { recursive: true });
  for (const name of readdirSync(modules))
    if (name !== '@orrery' && name !== '.package-lock.json') symlinkSync(join(modules, name), join(ours, name));
  for (const name of readdirSync(join(modules, '@orrery')))
    symlinkSync(readlinkSync(join(modules, '@orrery', name)), join(ours, '@orrery', name));
  // The launcher takes the dependencies for installed.
  writeFileSync(join(ours, '.package-lock.json'), '{}');
}

export interface Outcome {
  readonly code: number;
  readonly text: string;
}

export const run = (
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Outcome> =>
  new Promise(resolve =>
    execFile(command, args, { ...options, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, text: stdout + stderr }),
    ),
  );

/** Runs `use` with the fault in the copy. */
async function withFault<T>(copy: string, fault: Fault, use: () => Promise<T>): Promise<T> {
  const path = join(copy, fault.file);
  const text = readFileSync(path, 'utf8');
  const parts = text.split(fault.find);
  if (parts.length !== 2) throw new Error(`${fault.file} has ${parts.length - 1} places like: ${fault.find}`);
  writeFileSync(path, parts.join(fault.replace));
  try {
    return await use();
  } finally {
    writeFileSync(path, text);
  }
}

/**
 * Runs the tests without a fault, and then with each of those whose words are asked for. Prints what turned red; resolves with whether every
 * fault was seen and nothing fails without one.
 */
export async function sowAll(
  faults: readonly Fault[],
  failures: (copy: string, areas: readonly string[]) => Promise<string[]>,
): Promise<boolean> {
  const words = process.argv.slice(2).join(' ');
  const chosen = faults.filter(({ what }) => what.includes(words));
  const copy = mkdtempSync(join(tmpdir(), 'orrery-mutants-'));
  chmodSync(copy, 0o755);
  try {
    copySources(copy);
    const sound = await failures(copy, [...new Set(chosen.flatMap(({ areas }) => areas))]);
    console.log(`without a fault ${sound.length} tests fail`);
    for (const title of sound) console.log(`         ${title}`);
    let unseen = 0;
    for (const fault of chosen) {
      const failed = await withFault(copy, fault, () => failures(copy, fault.areas));
      const news = failed.filter(title => !sound.includes(title));
      if (news.length === 0) unseen++;
      console.log(`${news.length > 0 ? 'seen  ' : 'UNSEEN'} ${fault.what}: ${news.length} red`);
      for (const title of news) console.log(`         ${title}`);
    }
    console.log(`${chosen.length - unseen} of ${chosen.length} faults are seen`);
    return unseen === 0 && sound.length === 0;
  } finally {
    if (existsSync(copy)) rmSync(copy, { recursive: true, force: true });
  }
}
