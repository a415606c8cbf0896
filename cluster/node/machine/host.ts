/** This machine, from /proc and /etc. */
import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import type { Clock } from '@orrery/machinery/clock';
import type { Machine, MachineFacts, MachineUsage } from './machine.ts';

const architectures: Record<string, string> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  s390x: 's390x',
  ia32: '386',
};

const text = async (file: string): Promise<string> => (await readFile(file, 'utf8').catch(() => '')).trim();

/** `dataDirectory` lies on the file system whose size counts as ephemeral storage. */
export function hostMachine(dataDirectory: string, clock: Clock): Machine {
  return { facts: () => facts(dataDirectory), usage: () => usage(dataDirectory, clock) };
}

async function facts(dataDirectory: string): Promise<MachineFacts> {
  const memory = meminfo(await text('/proc/meminfo'));
  const disk = await statfs(dataDirectory);
  const release = Object.fromEntries(
    (await text('/etc/os-release')).split('\n').map(line => line.split(/=(.*)/s).map(unquote)),
  );
  const uuid = (await text('/sys/class/dmi/id/product_uuid')) || (await text('/etc/machine-id'));
  const hugepages =
    memory.Hugepagesize === undefined
      ? {}
      : { [sizeOf(memory.Hugepagesize)]: (memory.HugePages_Total ?? 0) * memory.Hugepagesize };
  return {
    milliCpu: os.availableParallelism() * 1000,
    memoryBytes: memory.MemTotal ?? os.totalmem(),
    storageBytes: disk.blocks * disk.bsize,
    hugepages,
    machineId: await text('/etc/machine-id'),
    systemUuid: uuid,
    bootId: await text('/proc/sys/kernel/random/boot_id'),
    kernelVersion: os.release(),
    osImage: release.PRETTY_NAME ?? 'Linux',
    operatingSystem: 'linux',
    architecture: architectures[os.arch()] ?? os.arch(),
  };
}

const unquote = (value: string): string => value.replace(/^"(.*)"$/, '$1');

const sizeOf = (bytes: number): string => (bytes >= 1024 ** 3 ? `${bytes / 1024 ** 3}Gi` : `${bytes / 1024 ** 2}Mi`);

/** Bytes by name; counts (`HugePages_Total`) stay counts. */
export function meminfo(content: string): Record<string, number | undefined> {
  const entries = content.split('\n').flatMap(line => {
    const [, name, amount, unit] = /^(\w+(?:\(\w+\))?):\s+(\d+)( kB)?/.exec(line) ?? [];
    return name ? [[name, Number(amount) * (unit ? 1024 : 1)] as const] : [];
  });
  return Object.fromEntries(entries);
}

async function usage(dataDirectory: string, clock: Clock): Promise<MachineUsage> {
  const memory = meminfo(await text('/proc/meminfo'));
  const disk = await statfs(dataDirectory);
  const [line = ''] = (await text('/proc/stat')).split('\n');
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const total = memory.MemTotal ?? 0;
  const inactive = memory['Inactive(file)'] ?? 0;
  const used = total - (memory.MemFree ?? 0);
  // Ticks are hundredths of a second on Linux.
  const ticks = user + nice + system + interrupts + soft + steal;
  return {
    timestamp: clock.now(),
    cpuNanoSeconds: ticks * 10_000_000,
    memoryUsageBytes: used,
    memoryWorkingSetBytes: Math.max(0, used - inactive),
    memoryAvailableBytes: memory.MemAvailable ?? 0,
    storageUsedBytes: (disk.blocks - disk.bfree) * disk.bsize,
    storageAvailableBytes: disk.bavail * disk.bsize,
    startedAt: clock.now() - os.uptime() * 1000,
  };
}
