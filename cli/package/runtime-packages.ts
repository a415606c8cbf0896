/**
 * Debian's packages that a real node needs, with all that they need beyond what every Debian of the same release has, as a small
 * repository of files: on the machine without a network apt resolves them as it does elsewhere.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CliError } from '../error.ts';
import { needs, systemRelease } from '../host/packages.ts';
import type { Part } from './parts.ts';

export interface RuntimePackages {
  readonly parts: readonly Part[];
  /** The only system that they are for, e.g. `debian 12 amd64`. */
  readonly system: string;
}

/** As if nothing was installed here. */
const onNothing = ['-o', 'Dir::State::status=/dev/null', '-o', 'APT::Sandbox::User=root'];

/** Fetches the packages into `folder`. @throws CliError where apt is missing or fails. */
export async function fetchRuntimePackages(folder: string): Promise<RuntimePackages> {
  const system = systemRelease();
  if (system === undefined)
    throw new CliError('--with-runtime packs what apt fetches, and this is no Debian or Ubuntu');
  mkdirSync(join(folder, 'partial'), { recursive: true });
  const wanted = needs.map(need => need.package);
  const fetch = ['install', '-y', '--no-install-recommends', '--download-only', '-o', `Dir::Cache::archives=${folder}`];
  await run('apt-get', [...fetch, ...onNothing, ...wanted]);
  const everywhere = simulated(await run('apt-get', ['install', '-s', ...onNothing, 'apt', '?essential']));
  const files = readdirSync(folder).filter(name => name.endsWith('.deb') && !everywhere.has(packageOf(name)));
  const stanzas = await Promise.all(files.toSorted().map(name => stanzaOf(folder, name)));
  const parts = files.map((name): Part => {
    const from = join(folder, name);
    return { name: `packages/${name}`, from, size: statSync(from).size };
  });
  return { system, parts: [...parts, { name: 'packages/Packages', text: stanzas.join('\n') }] };
}

/** `libc6` of `libc6_2.36-9_amd64.deb`. */
export const packageOf = (file: string): string => file.slice(0, file.indexOf('_'));

/** The packages that `apt-get -s` would install. */
export const simulated = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name.replace(/:.*$/, '')));

/** A package's own description, and where it lies. */
async function stanzaOf(folder: string, name: string): Promise<string> {
  const control = await run('dpkg-deb', ['-f', join(folder, name)]);
  const bytes = readFileSync(join(folder, name));
  const sum = createHash('sha256').update(bytes).digest('hex');
  return `${control.trim()}\nFilename: ./${name}\nSize: ${bytes.length}\nSHA256: ${sum}\n`;
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  try {
    return (await promisify(execFile)(program, args, { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string };
    const said = (stderr.trim() || message).split('\n').slice(-2).join(' ');
    throw new CliError(`${program} could not fetch the packages of the container runtime: ${said}`);
  }
}
