/** A machine that is not there. */
import type { Clock } from '@orrery/machinery/clock';
import type { Machine, MachineFacts } from './machine.ts';

export interface SimulatedMachineOptions {
  name: string;
  clock: Clock;
  /** 32 cores, 256 GiB and 1 TiB unless given. */
  facts?: Partial<MachineFacts>;
}

export function simulatedMachine({ name, clock, facts: given }: SimulatedMachineOptions): Machine {
  const startedAt = clock.now();
  const facts: MachineFacts = {
    milliCpu: 32_000,
    memoryBytes: 256 * 1024 ** 3,
    storageBytes: 1024 ** 4,
    hugepages: {},
    machineId: name,
    systemUuid: name,
    bootId: `${name}-${startedAt}`,
    kernelVersion: '6.1.0-simulated',
    osImage: 'Orrery simulated node',
    operatingSystem: 'linux',
    architecture: 'amd64',
    ...given,
  };
  return {
    facts: async () => facts,
    usage: async () => ({
      timestamp: clock.now(),
      cpuNanoSeconds: (clock.now() - startedAt) * 100_000,
      memoryUsageBytes: 1024 ** 3,
      memoryWorkingSetBytes: 1024 ** 3,
      memoryAvailableBytes: facts.memoryBytes - 1024 ** 3,
      storageUsedBytes: 1024 ** 3,
      storageAvailableBytes: facts.storageBytes - 1024 ** 3,
      startedAt,
    }),
  };
}
