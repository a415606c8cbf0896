/** A whole cluster in one thread: the shipped parts over a simulated disk, simulated machines and a network that fails. */
import { generateKeyPairSync } from 'node:crypto';
import type { ApiServer } from '@orrery/apiserver';
import { createApiPart, ensureDns, runControllerManager, runScheduler } from '@orrery/embedded/parts';
import { defaultSettings, type Settings } from '@orrery/embedded/layout';
import { startSimulatedNode } from '@orrery/embedded/simulated';
import { silentLog, type Log } from '@orrery/machinery/log';
import { openStore } from '@orrery/store';
import { SimulatedDisk } from '@orrery/store/simulated-disk';
import { createBudgets } from './budgets.ts';
import { chanceOf, type Chance } from './chance.ts';
import { createCreations } from './creations.ts';
import { createJournal, type Journal } from './journal.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createLink, type Link, type Upstream } from './link.ts';
import { bootMachine, prober, runtimeFor, type Boot, type MachineSize } from './machine.ts';
import { createSafety, type Safety } from './safety.ts';
import { createVirtualTime, type Life, type VirtualTime } from './time.ts';
import { calm, type Weather } from './weather.ts';

export interface ClusterOptions {
  readonly seed: number;
  readonly nodes: number;
  /** Lines kept for a failure. */
  readonly kept: number;
  readonly trace?: (line: string) => void;
  readonly log?: Log;
}

/** A machine of the cluster, whatever runs on it now. */
export interface Place {
  readonly name: string;
  readonly at: number;
  readonly size: MachineSize;
  readonly labels: Readonly<Record<string, string>>;
  boots: number;
  boot: Boot | undefined;
  agents: number;
  agent: Running | undefined;
  cutOff: boolean;
  /** It never comes back; whoever runs the cluster takes its Node away. */
  isLost: boolean;
}

interface Running {
  readonly life: Life;
  readonly link: Link;
  readonly stop: AbortController;
}

type Component = 'controllers' | 'scheduler';

const run = { controllers: runControllerManager, scheduler: runScheduler };

const settings: Settings = {
  ...defaultSettings,
  nodeName: 'simulation',
  nodeIP: '192.0.2.1',
  podCIDRs: ['10.40.0.0/14'],
};

/** What it signs with appears nowhere in the journal, so one key does for all runs. */
const serviceAccountKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ format: 'pem', type: 'pkcs8' })
  .toString();

const facts = { settings, authority: 'simulated authority', port: 6443 };

const storeSizes = { segmentBytes: 256 * 1024, checkpointBytes: 1024 * 1024 };

export class SimulatedCluster {
  readonly time: VirtualTime = createVirtualTime();
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly safety: Safety;
  readonly violations: string[] = [];
  readonly places: readonly Place[];
  readonly counts: Record<string, number> = {};
  #weather: Weather = calm;
  /** When something last failed. */
  #failedAt = 0;
  readonly #seed: number;
  readonly #log: Log;
  readonly #world: Life;
  readonly #chance: Chance;
  #disk: SimulatedDisk;
  #server: (Upstream & { api?: ApiServer }) | undefined;
  #servers = 0;
  readonly #components = new Map<Component, Running>();
  #starts = 0;

  constructor({ seed, nodes, kept, trace, log = silentLog }: ClusterOptions) {
    this.#seed = seed;
    this.#log = log;
    this.journal = createJournal({ elapsedMs: () => this.time.elapsedMs, kept, trace });
    this.safety = createSafety(what => this.violated(what));
    const elapsedMs = () => this.time.elapsedMs;
    const budgets = createBudgets(
      () => this.ledger,
      elapsedMs,
      what => this.violated(what),
    );
    const creations = createCreations({
      elapsedMs,
      ledger: () => this.ledger,
      quietSinceMs: () => (this.weather === calm ? this.#failedAt : undefined),
      violated: what => this.violated(what),
    });
    this.ledger = createLedger({
      changed: (...change) => {
        this.safety.changed(...change);
        budgets.changed(...change);
        creations.changed(...change);
      },
      violated: what => this.violated(what),
    });
    this.#world = this.time.life('world');
    this.#chance = chanceOf(seed, 'world');
    this.#disk = new SimulatedDisk(chanceOf(seed, 'disk').random);
    this.places = Array.from({ length: nodes }, (_, at) => placeOf(at));
  }

  violated(what: string): void {
    this.journal.note(`VIOLATED ${what}`);
    this.violations.push(`at ${(this.time.elapsedMs / 1000).toFixed(3)} s: ${what}`);
  }

  get weather(): Weather {
    return this.#weather;
  }

  set weather(weather: Weather) {
    this.#weather = weather;
    this.#failedAt = this.time.elapsedMs;
  }

  get server(): Upstream | undefined {
    return this.#server;
  }

  /** Everything comes up, the machines one after the other. */
  start(): void {
    this.startServer();
    this.startComponent('controllers');
    this.startComponent('scheduler');
    for (const place of this.places) this.#later(20 * place.at, () => this.bootPlace(place));
  }

  link(
    owner: Life,
    more: { weather?: () => Weather; isCutOff?: () => boolean; die?: (why: string) => void } = {},
  ): Link {
    return createLink({
      seed: this.#seed,
      owner,
      network: this.#world,
      journal: this.journal,
      weather: () => this.weather,
      upstream: () => this.#server,
      isCutOff: () => false,
      die: () => {},
      violated: what => this.violated(what),
      ...more,
    });
  }

  startServer(): void {
    const life = this.time.life(`server ${++this.#servers}`);
    this.#note(`${life.name} starts`);
    const disk = this.#disk;
    this.#bringUp(life, disk).catch((error: unknown) => {
      if (life.alive) this.violated(`${life.name} could not start: ${String(error)}`);
    });
    this.#server = undefined;
  }

  async #bringUp(life: Life, disk: SimulatedDisk): Promise<void> {
    const { clock } = life;
    const { random } = chanceOf(this.#seed, life.name);
    const store = await openStore({ directory: '/store', clock, log: this.#log, files: disk, ...storeSizes });
    await this.ledger.follow(store, () => life.alive);
    const kubelet = (): never => {
      throw new Error('no kubelet is reached in a simulation');
    };
    const frontProxyAuthority = facts.authority;
    const part = { ...facts, store, clock, random, log: this.#log, serviceAccountKey, frontProxyAuthority, kubelet };
    const api = await createApiPart(part);
    if (!life.alive) return;
    this.#server = { life, handler: api.handler, endings: new Set(), api };
    this.#note(`${life.name} answers at revision ${store.revision()}`);
    this.#failedAt = this.time.elapsedMs;
    await api.ready;
    await ensureDns(api.handler, facts);
  }

  /** Ends the store and the API server, as kill -9 or a power cut does; it comes back by itself. */
  killServer(how: 'kill' | 'power cut'): void {
    const server = this.#server;
    if (!server) return;
    this.#count(`server: ${how}`);
    this.#note(`${server.life.name} ends: ${how}`);
    this.#failedAt = Infinity;
    server.life.end();
    this.#server = undefined;
    this.#disk = how === 'kill' ? this.#disk.afterKill() : this.#disk.afterPowerCut();
    for (const end of [...server.endings]) end();
    this.#later(this.#chance.between(500, 10_000), () => this.startServer());
  }

  startComponent(which: Component): void {
    const life = this.time.life(`${which} ${++this.#starts}`);
    const link = this.link(life, { die: why => this.killComponent(which, why) });
    const stop = new AbortController();
    const running: Running = { life, link, stop };
    this.#components.set(which, running);
    this.#note(`${life.name} starts`);
    this.#failedAt = this.time.elapsedMs;
    const { random } = chanceOf(this.#seed, life.name);
    const part = { ...facts, clock: life.clock, random, log: this.#log, handler: link.handler, signal: stop.signal };
    run[which](part).catch((error: unknown) => {
      if (life.alive) this.violated(`${life.name} failed: ${String(error)}`);
    });
  }

  killComponent(which: Component, why: string): void {
    const running = this.#components.get(which);
    if (!running) return;
    this.#components.delete(which);
    this.#count(`${which}: killed`);
    this.#end(running, why);
    // Longer than any request of the dead can still be under way.
    this.#later(this.#chance.between(3_000, 15_000), () => this.startComponent(which));
  }

  #end({ life, link, stop }: Running, why: string): void {
    this.#note(`${life.name} ends: ${why}`);
    life.end();
    stop.abort();
    link.cut();
  }

  bootPlace(place: Place): void {
    const { name, at, size } = place;
    place.boot = bootMachine({ seed: this.#seed, time: this.time, name, at, size, boot: ++place.boots }, this.safety);
    this.#note(`${place.boot.life.name} begins`);
    this.startAgent(place);
  }

  startAgent(place: Place): void {
    const { boot } = place;
    if (!boot || place.agent) return;
    const life = this.time.life(`${place.name} agent ${++place.agents}`);
    const link = this.link(life, {
      isCutOff: () => place.cutOff,
      die: why => this.killAgent(place, why),
    });
    const stop = new AbortController();
    place.agent = { life, link, stop };
    const { name: nodeName, at, labels } = place;
    startSimulatedNode({
      ...{ nodeName, at, settings, labels, maxPods: place.size.maxPods },
      ...{ handler: link.handler, clock: life.clock, random: chanceOf(this.#seed, life.name).random, log: this.#log },
      signal: stop.signal,
      runtime: runtimeFor(life, boot.runtime),
      machine: boot.facts,
      prober,
    }).catch((error: unknown) => {
      if (life.alive) this.violated(`${life.name} failed: ${String(error)}`);
    });
  }

  /** Its containers go on; another agent adopts them. */
  killAgent(place: Place, why: string): void {
    const { agent, boot } = place;
    if (!agent) return;
    place.agent = undefined;
    this.#count('agent: killed');
    this.#end(agent, why);
    this.#later(this.#chance.between(3_000, 20_000), () => boot === place.boot && this.startAgent(place));
  }

  /** The machine loses its power, and all its containers end. `backAfterMs`: until it is there again, empty. */
  killPlace(place: Place, backAfterMs: number | undefined): void {
    if (!place.boot) return;
    this.#count('machine: killed');
    if (place.agent) this.#end(place.agent, 'its machine died');
    place.agent = undefined;
    place.boot.life.end();
    place.boot = undefined;
    this.safety.machineDied(place.name);
    if (backAfterMs === undefined) place.isLost = true;
    else this.#later(backAfterMs, () => !place.isLost && this.bootPlace(place));
  }

  /** Nothing gets to or from the machine for so long; what runs there goes on. */
  cutOff(place: Place, forMs: number): void {
    if (place.cutOff) return;
    this.#count('machine: cut off');
    this.#note(`${place.name} is cut off for ${forMs} ms`);
    place.cutOff = true;
    this.#later(forMs, () => {
      place.cutOff = false;
      place.agent?.link.cut();
      this.#note(`${place.name} is back on the network`);
    });
  }

  /** Everything ends, so that nothing of it is remembered: signals that nobody aborts are kept by the process for ever. */
  end(): void {
    this.#world.end();
    const agents = this.places.flatMap(({ agent }) => agent ?? []);
    for (const running of [...this.#components.values(), ...agents]) this.#end(running, 'the simulation is over');
    this.#server?.life.end();
    for (const place of this.places) place.boot?.life.end();
    for (const end of this.#server?.endings ?? []) end();
  }

  #later(ms: number, what: () => unknown): void {
    this.#world.clock.after(ms, () => void what());
  }

  #note(text: string): void {
    this.journal.note(`-- ${text}`);
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

const gibibyte = 1024 ** 3;

/** Three zones of machines with room, and a few small ones that fill up. */
function placeOf(at: number): Place {
  const isSmall = at % 10 === 9;
  return {
    name: `m${at}`,
    at,
    size: isSmall
      ? { milliCpu: 2_000, memoryBytes: 2 * gibibyte, maxPods: 5 }
      : { milliCpu: 4_000, memoryBytes: 8 * gibibyte, maxPods: 12 },
    labels: { pool: isSmall ? 'small' : 'large', zone: `z${at % 3}`, rack: `r${at % 10}` },
    ...{ boots: 0, boot: undefined, agents: 0, agent: undefined, cutOff: false, isLost: false },
  };
}
