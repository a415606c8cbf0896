/** A machine with a container runtime that outlives the node agent: the agent may die at any moment, the machine now and then. */
import { createSimulatedRuntime, simulatedMachine, type SimulatedRuntime } from '@orrery/node/simulated';
import type { Machine as NodeMachine, NodeOptions } from '@orrery/node';
import type { ContainerConfig, Runtime } from '@orrery/node/runtime';
import { chanceOf } from './chance.ts';
import type { Life, VirtualTime } from './time.ts';

export interface MachineSize {
  readonly milliCpu: number;
  readonly memoryBytes: number;
  readonly maxPods: number;
}

/** One boot of a machine. */
export interface Boot {
  readonly life: Life;
  readonly runtime: SimulatedRuntime;
  readonly facts: NodeMachine;
}

/** Told when containers of a pod begin and end to run. */
export interface ContainerWatcher {
  started(machine: string, containerId: string, labels: Readonly<Record<string, string>>): void;
  stopped(machine: string, containerId: string): void;
}

/**
 * What a container does is written in its command: `serve` runs until it is told to stop, `run 5000 0` ends after so many milliseconds with
 * that code, `run 5000 flaky` now and then with 1, `stubborn 7` needs seven seconds to stop.
 */
const lifeOf = (config: ContainerConfig, isUnlucky: () => boolean): { runMs: number; exitCode: number } | undefined => {
  const [verb, ms, code] = config.command ?? [];
  if (verb !== 'run') return undefined;
  return { runMs: Number(ms), exitCode: code === 'flaky' ? (isUnlucky() ? 1 : 0) : Number(code) };
};

/** Probes of `/never` never pass, all others do. */
export const prober: NodeOptions['prober'] = async ({ httpGet }) => ({
  verdict: httpGet?.path === '/never' ? 'failure' : 'success',
  output: '',
});

const stopSecondsOf = ({ command: [verb, seconds] = [] }: ContainerConfig): number =>
  verb === 'stubborn' ? Number(seconds) : 0;

export function bootMachine(
  {
    seed,
    time,
    name,
    at,
    boot,
    size,
  }: { seed: number; time: VirtualTime; name: string; at: number; boot: number; size: MachineSize },
  watcher: ContainerWatcher,
): Boot {
  const life = time.life(`${name} boot ${boot}`);
  const chance = chanceOf(seed, life.name);
  const runtime = createSimulatedRuntime({
    clock: life.clock,
    random: chance.random,
    podCidr: `10.100.${at}.0/24`,
    startLatencyMs: 20 + 10 * (at % 7),
    lifeOf: config => lifeOf(config, () => chance.happens(0.3)),
    stopSecondsOf,
  });
  const { milliCpu, memoryBytes } = size;
  const facts = simulatedMachine({ name, clock: life.clock, facts: { milliCpu, memoryBytes } });
  void follow(name, runtime, life, watcher);
  return { life, runtime, facts };
}

async function follow(name: string, runtime: SimulatedRuntime, life: Life, watcher: ContainerWatcher): Promise<void> {
  const running = new Set<string>();
  for await (const { type, containerId, podSandboxId } of runtime.events(new AbortController().signal)) {
    if (!life.alive) break;
    if (containerId === podSandboxId) continue;
    if (type === 'started') {
      const [container] = await runtime.listContainers({ id: containerId });
      if (!container) continue;
      running.add(containerId);
      watcher.started(name, containerId, container.labels);
    } else if (type !== 'created' && running.delete(containerId)) watcher.stopped(name, containerId);
  }
}

/** A new one each time: a shared one would remember everybody who ever waited. */
const silence = (): Promise<never> => new Promise(() => {});

/** The runtime as one agent sees it: an agent that is dead asks for nothing more. */
export function runtimeFor(agent: Life, runtime: SimulatedRuntime): Runtime {
  const methods = new Map<string | symbol, unknown>();
  return new Proxy<Runtime>(runtime, {
    get(target, name) {
      const known = methods.get(name);
      if (known) return known;
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      const call = (value as (...parameters: unknown[]) => unknown).bind(target);
      const gated = (...parameters: unknown[]) => (agent.alive ? call(...parameters) : silence());
      methods.set(name, name === 'events' ? call : gated);
      return methods.get(name);
    },
  });
}
