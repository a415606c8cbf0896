/** What a host must have for real containers, as facts with a remedy each. */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { release } from 'node:os';
import { defaultSettings } from '@orrery/embedded/layout';
import { missingPackages, needs } from './packages.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** False when things work without it, if less well. */
  readonly required: boolean;
  /** What was found. */
  readonly found: string;
  /** What will not work, and what to do about it; only where `ok` is false. */
  readonly remedy?: string;
}

const { consolePort } = defaultSettings;

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

type Probe = () => { ok: boolean; found: string };

/** Whether anything listens there, on whatever address (proc(5): local address, remote address, state 0A). */
function listensOn(port: number): boolean {
  const number = port.toString(16).toUpperCase().padStart(4, '0');
  const listener = new RegExp(`^\\s*\\d+: [0-9A-F]+:${number} [0-9A-F]+:0000 0A `, 'm');
  return ['/proc/net/tcp', '/proc/net/tcp6'].some(file => listener.test(read(file)));
}

const probes: readonly { name: string; required: boolean; probe: Probe; remedy: string }[] = [
  {
    name: 'operating system',
    required: true,
    probe: () => ({ ok: process.platform === 'linux', found: `${process.platform} ${release()} ${process.arch}` }),
    remedy: 'containers need Linux: nodes are simulated here',
  },
  {
    name: 'root',
    required: true,
    probe: () => ({ ok: process.getuid?.() === 0, found: `user ${process.getuid?.() ?? '?'}` }),
    remedy: 'containers need root: use sudo, or nodes are simulated',
  },
  {
    name: 'cgroups',
    required: true,
    probe: cgroups,
    remedy: 'limits need cgroup v2, or v1 with the cpu, memory and pids controllers: mount them',
  },
  {
    name: 'overlay file system',
    required: true,
    probe: () => filesystem('overlay'),
    remedy: 'images need it: load the kernel module overlay',
  },
  {
    name: 'bridge netfilter',
    required: false,
    probe: () => {
      const there = existsSync('/proc/sys/net/bridge/bridge-nf-call-iptables');
      return { ok: there, found: there ? 'present' : 'absent' };
    },
    remedy: 'a pod cannot reach a service that leads to a pod of its own node: load the kernel module br_netfilter',
  },
  {
    name: 'VXLAN',
    required: false,
    probe: () => {
      const there = existsSync('/sys/module/vxlan') || isBuiltIn('vxlan') || isLoadable('vxlan');
      return { ok: there, found: there ? 'present' : 'absent' };
    },
    remedy: 'pods of several machines do not reach each other: load the kernel module vxlan',
  },
  {
    name: 'lowering oom_score_adj',
    required: false,
    probe: () => {
      const there = hasCapability(24);
      return { ok: there, found: there ? 'permitted' : 'CAP_SYS_RESOURCE is missing' };
    },
    remedy:
      'containers keep the score of containerd, so the kernel may end guaranteed pods as early as others when memory runs out',
  },
  { name: 'programs', required: true, probe: programs, remedy: '"orrery up" installs them with apt' },
  {
    name: 'console port',
    required: false,
    probe: () => {
      const taken = listensOn(consolePort);
      return { ok: !taken, found: `${consolePort} is ${taken ? 'taken' : 'free'}` };
    },
    remedy: 'a cluster that runs has it already, or "orrery up" takes a free one: choose another with --console-port',
  },
  {
    name: 'free disk',
    required: false,
    probe: () => {
      const { bavail, bsize } = statfsSync('/var/lib');
      const gibibytes = (bavail * bsize) / 2 ** 30;
      return { ok: gibibytes >= 2, found: `${gibibytes.toFixed(1)} GiB under /var/lib` };
    },
    remedy: 'images and logs need room: free some, or choose another place with --data-dir',
  },
];

function cgroups(): { ok: boolean; found: string } {
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) {
    const controllers = read('/sys/fs/cgroup/cgroup.controllers').trim();
    return {
      ok: ['cpu', 'memory', 'pids'].every(name => controllers.split(' ').includes(name)),
      found: `v2 (${controllers})`,
    };
  }
  const there = ['cpu', 'memory', 'pids'].filter(name => existsSync(`/sys/fs/cgroup/${name}`));
  return { ok: there.length === 3, found: there.length > 0 ? `v1 (${there.join(' ')})` : 'none' };
}

function filesystem(name: string): { ok: boolean; found: string } {
  const there = read('/proc/filesystems').split(/\s+/).includes(name);
  return { ok: there, found: there ? 'present' : 'absent' };
}

const modulesFolder = `/lib/modules/${release()}`;
const isBuiltIn = (name: string): boolean => read(`${modulesFolder}/modules.builtin`).includes(`/${name}.ko`);
const isLoadable = (name: string): boolean => read(`${modulesFolder}/modules.dep`).includes(`/${name}.ko`);

function hasCapability(bit: number): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(read('/proc/self/status'))?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> BigInt(bit)) & 1n) === 1n;
}

function programs(): { ok: boolean; found: string } {
  const missing = missingPackages();
  return {
    ok: missing.length === 0,
    found: missing.length === 0 ? needs.map(need => need.package).join(', ') : `missing: ${missing.join(', ')}`,
  };
}

export const checkHost = (): Check[] =>
  probes.map(({ name, required, probe, remedy }) => {
    const { ok, found } = probe();
    return { name, ok, required, found, ...(!ok && { remedy }) };
  });
