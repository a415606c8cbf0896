/** The programs of others that a real node needs, and installing what is missing with apt. */
import { spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../error.ts';

interface Need {
  /** The package of Debian and Ubuntu. */
  readonly package: string;
  readonly what: string;
  /** Any of these files will do. */
  readonly anyOf: readonly string[];
}

const sbin = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const onPath = (name: string): string[] => sbin.map(folder => `${folder}/${name}`);

export const needs: readonly Need[] = [
  { package: 'containerd', what: 'container runtime', anyOf: onPath('containerd') },
  { package: 'runc', what: 'starts containers', anyOf: onPath('runc') },
  {
    package: 'containernetworking-plugins',
    what: 'network of pods',
    anyOf: ['/usr/lib/cni/bridge', '/opt/cni/bin/bridge'],
  },
  { package: 'nftables', what: 'services', anyOf: onPath('nft') },
  { package: 'iproute2', what: 'network of pods', anyOf: onPath('ip') },
];

const usable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

export const missingPackages = (): string[] => needs.filter(need => !need.anyOf.some(usable)).map(need => need.package);

/** `debian 12 amd64`: packages of another release or architecture do not fit. Undefined where there is no apt. */
export function systemRelease(): string | undefined {
  if (!existsSync('/usr/bin/apt-get')) return undefined;
  const fields = releaseFields(readFileSync('/etc/os-release', 'utf8'));
  return [fields.ID, fields.VERSION_ID, process.arch === 'x64' ? 'amd64' : process.arch].join(' ');
}

/** The lines of `/etc/os-release`, which are a shell's. */
export const releaseFields = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split('\n').flatMap(line => {
      const [, name = '', value = ''] = /^([A-Z_]+)=["']?(.*?)["']?$/.exec(line) ?? [];
      return name === '' ? [] : [[name, value]];
    }),
  );

/** Packages that lie beside the program (`orrery package --with-runtime`), and the system that they are for. */
export interface CarriedPackages {
  readonly folder: string;
  readonly system: string;
}

/**
 * Installs packages without removing any and without starting a service: those that were carried along where there are any, else from
 * where apt has them.
 * @throws CliError when apt is not there or fails: the message has its last lines.
 */
export async function installPackages(packages: readonly string[], carried?: CarriedPackages): Promise<void> {
  if (!existsSync('/usr/bin/apt-get')) {
    throw new CliError(
      `these programs are missing and there is no apt-get to install them: ${packages.join(', ')}; install them and run this again`,
    );
  }
  const system = systemRelease();
  if (carried && carried.system !== system)
    throw new CliError(
      `${packages.join(', ')} ${packages.length > 1 ? 'are' : 'is'} missing, and the packages of this archive are for ${carried.system}, not ${system}: install them yourself and run this again`,
    );
  const withdraw = forbidServices();
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', '--no-remove', ...packages];
  const failed = (tail: string) =>
    new CliError(
      `apt-get could not install ${packages.join(' ')}: ${tail}; install them yourself and run this again with --no-install`,
    );
  try {
    if (carried) return await installCarried(carried.folder, install, environment, failed);
    // The lists may be there already: only when the packages are unknown is it worth fetching them.
    if ((await apt(install, environment)).code === 0) return;
    await apt(['update'], environment);
    const { code, tail } = await apt(install, environment);
    if (code !== 0) throw failed(tail);
  } finally {
    withdraw();
  }
}

/** apt is shown nothing but what is installed and what was carried along; its own lists stay as they are. */
async function installCarried(
  folder: string,
  install: readonly string[],
  environment: NodeJS.ProcessEnv,
  failed: (tail: string) => CliError,
): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'orrery-packages-'));
  try {
    const sources = join(place, 'sources.list');
    const [lists, archives] = [join(place, 'lists'), join(place, 'archives')];
    for (const made of [lists, archives]) mkdirSync(join(made, 'partial'), { recursive: true });
    writeFileSync(sources, `deb [trusted=yes] file:${encodeURI(folder)} ./\n`);
    const places = {
      ...{ 'Dir::Etc::sourcelist': sources, 'Dir::Etc::sourceparts': '/dev/null' },
      ...{ 'Dir::State::lists': lists, 'Dir::Cache::archives': archives },
      ...{ 'Dir::Cache::pkgcache': '', 'Dir::Cache::srcpkgcache': '', 'APT::Sandbox::User': 'root' },
    };
    const options = Object.entries(places).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    for (const step of [['update'], install]) {
      const { code, tail } = await apt([...options, ...step], environment);
      if (code !== 0) throw failed(tail);
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const policyFile = '/usr/sbin/policy-rc.d';

/**
 * Packages ask this program before they start a service; 101 forbids it. One that is there is the administrator's and stays.
 * @returns what takes it back.
 */
function forbidServices(): () => void {
  try {
    writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
    return () => rmSync(policyFile, { force: true });
  } catch {
    return () => {};
  }
}

function apt(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number | null; tail: string }> {
  return new Promise(resolve => {
    const child = spawn('apt-get', ['-q', '-o', 'Dpkg::Use-Pty=0', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const keep = (chunk: Buffer) => (text = (text + chunk.toString()).slice(-2000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', error => resolve({ code: 1, tail: error.message }));
    child.on('close', code => resolve({ code, tail: text.trim().split('\n').slice(-3).join(' ') }));
  });
}
