/** The programs of others that a real node needs, and installing what is missing with apt. */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
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

/**
 * Installs packages without removing any and without starting a service.
 * @throws CliError when apt is not there or fails: the message has its last lines.
 */
export async function installPackages(packages: readonly string[]): Promise<void> {
  if (!existsSync('/usr/bin/apt-get')) {
    throw new CliError(
      `these programs are missing and there is no apt-get to install them: ${packages.join(', ')}; install them and run this again`,
    );
  }
  const withdraw = forbidServices();
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    const install = ['install', '-y', '--no-install-recommends', '--no-remove', ...packages];
    // The lists may be there already: only when the packages are unknown is it worth fetching them.
    if ((await apt(install, environment)).code === 0) return;
    await apt(['update'], environment);
    const { code, tail } = await apt(install, environment);
    if (code !== 0)
      throw new CliError(
        `apt-get could not install ${packages.join(' ')}: ${tail}; install them yourself and run this again with --no-install`,
      );
  } finally {
    withdraw();
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
