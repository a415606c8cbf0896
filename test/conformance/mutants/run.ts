/**
 * Shows that the suite sees faults: for each fault a copy of the sources is made wrong, a cluster started from it and the tests of the fault's
 * areas run. Ends with 1 when a fault is not seen, or when the tests fail without any. Takes some minutes.
 *
 * `node test/conformance/mutants/run.ts [words of a fault]`
 */
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
import { faults, type Fault } from './faults.data.ts';

const root = join(import.meta.dirname, '../../..');
const places = ['base', 'cluster', 'platform', 'console', 'cli', 'tools'];
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

interface Outcome {
  readonly code: number;
  readonly text: string;
}

const run = (command: string, args: readonly string[], env = process.env): Promise<Outcome> =>
  new Promise(resolve =>
    execFile(command, args, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, text: stdout + stderr }),
    ),
  );

/** Titles of the tests that failed on a cluster made from the copy. */
async function failures(copy: string, areas: readonly string[]): Promise<string[]> {
  const dataDir = join(copy, 'data');
  const orrery = (...args: string[]) => run(join(copy, 'orrery'), [...args, '--data-dir', dataDir]);
  const up = await orrery('up', '--detach', '--simulate', '3', '--port', '0', '--no-platform');
  if (up.code !== 0) throw new Error(`up ended with ${up.code}: ${up.text}`);
  try {
    const tests = areas.map(area => join(root, 'test/conformance', `${area}.test.ts`));
    const env = { ...process.env, CONFORMANCE_KUBECONFIG: join(dataDir, 'kubeconfig'), CONFORMANCE_SECONDS: '10' };
    const args = ['--test', '--test-concurrency=2', '--test-reporter=tap', ...tests];
    const { text } = await run(process.execPath, args, env);
    return [...text.matchAll(/^\s+not ok \d+ - (\[sig-.*)$/gm)].map(([, title]) => title!.replaceAll('\\', ''));
  } finally {
    await orrery('reset', '--yes');
  }
}

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

async function main(): Promise<boolean> {
  const words = process.argv.slice(2).join(' ');
  const chosen = faults.filter(({ what }) => what.includes(words));
  const copy = mkdtempSync(join(tmpdir(), 'orrery-mutants-'));
  chmodSync(copy, 0o755);
  try {
    copySources(copy);
    const sound = await failures(copy, [...new Set(chosen.flatMap(({ areas }) => areas))]);
    console.log(`without a fault ${sound.length} tests fail`);
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

process.exitCode = (await main()) ? 0 : 1;
