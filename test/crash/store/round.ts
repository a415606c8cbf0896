/** One seeded round: a store lives, crashes, and lives again, several times; then the whole history is judged. */
import { createManualClock, type ManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom, type Random } from '@orrery/machinery/random';
import { CompactedError, openStore, StoreOpenError } from '@orrery/store';
import type { Store } from '@orrery/store';
import { SimulatedDisk, stopped, type Fault } from '@orrery/store/simulated-disk';
import { integer, runClients, startWatch, type Life } from './clients.ts';
import { Recorder, type OpenWatch } from './recorder.ts';

export interface RoundOptions {
  readonly seed: number;
  /** At most so many lives, clients, and steps of a client: smaller numbers make a failing round easier to read. */
  readonly livesMax?: number;
  readonly clientsMax?: number;
  readonly stepsMax?: number;
}

export interface RoundResult {
  /** Empty when all is well. */
  readonly findings: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** How a life ends. `hold`: the process goes on as long as it can, and closes the store. */
type Ending = 'kill' | 'power cut' | 'close' | 'failing disk';

const directory = '/data';
const startMs = Date.UTC(2025, 0, 1);

class Round {
  readonly #options: RoundOptions;
  readonly #random: Random;
  readonly #recorder = new Recorder();
  readonly #keepsAll: boolean;
  readonly #compacted = { asked: 0, done: 0 };
  readonly counts: Record<string, number> = {};
  #disk: SimulatedDisk;
  #nowMs = startMs;
  #resuming: OpenWatch[] = [];

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#keepsAll = this.#random.float() < 0.5;
    this.#disk = new SimulatedDisk(this.#random);
  }

  async run(): Promise<RoundResult> {
    const lives = Math.min(1 + integer(this.#random, 5), this.#options.livesMax ?? Infinity);
    for (let number = 1; number <= lives; number++) {
      const draw = this.#random.float();
      const ending = draw < 0.4 ? 'power cut' : draw < 0.7 ? 'kill' : draw < 0.9 ? 'failing disk' : 'close';
      await this.#live(number, ending);
      if (this.#random.float() < 0.2) await this.#bite();
    }
    await this.#live(lives + 1, 'close');
    return {
      findings: this.#recorder.judge(),
      counts: { ...this.counts, ...this.#recorder.counts },
    };
  }

  async #live(number: number, ending: Ending): Promise<void> {
    const disk = this.#disk;
    disk.fault = this.#faultFor(ending);
    this.#count(ending);
    const clock = createManualClock(this.#nowMs);
    const opening = this.#open(clock);
    opening.catch(() => {});
    const opened = await Promise.race([opening, disk.end]).catch((error: unknown) => this.#judgeOpening(error, ending));
    if (opened) {
      const life = this.#begin(opened, clock, number);
      const clients = 1 + integer(this.#random, Math.min(6, this.#options.clientsMax ?? 6));
      const steps = 1 + integer(this.#random, Math.min(14, this.#options.stepsMax ?? 14));
      await Promise.race([runClients(life, clients, steps), disk.end]);
      await Promise.race([this.#finish(life, ending), disk.end]);
      life.over = true;
      this.#resuming = [...life.watches.keys()];
    }
    this.#nowMs = clock.now() + integer(this.#random, 400);
    this.#disk = this.#after(ending);
  }

  #open(clock: ManualClock): Promise<Store> {
    const historyMs = this.#keepsAll ? 1e9 : 3000;
    return openStore({ directory, clock, files: this.#disk, segmentBytes: 3000, checkpointBytes: 4000, historyMs });
  }

  /** Opening may fail because of the fault, and says so. */
  #judgeOpening(error: unknown, ending: Ending): undefined {
    this.#count('openings refused');
    const named = error instanceof StoreOpenError && /\((EIO|ENOSPC)\)/.test(error.message);
    if (ending !== 'failing disk' || !named) this.#recorder.find(`the store did not open: ${String(error)}`);
  }

  /** The first moments of a life: nothing is lost, the past that was compacted away stays so, watches go on. */
  #begin(store: Store, clock: ManualClock, number: number): Life {
    const recorder = this.#recorder;
    const life: Life = {
      ...{ store, clock, number, recorder, random: this.#random, over: false },
      ...{ keepsAll: this.#keepsAll, compacted: this.#compacted, watches: new Map() },
    };
    if (store.revision() < recorder.newest)
      recorder.find(`life ${number} begins at revision ${store.revision()}, and ${recorder.newest} was known`);
    const last = recorder.log.at(-1)?.revision ?? 1;
    try {
      store.watch({ prefix: '', after: last }, ({ revision, events }) => {
        if (!life.over && events.length > 0) recorder.tell(revision, events, clock.now());
      });
    } catch (error) {
      recorder.find(`life ${number} cannot go on from revision ${last}: ${String(error)}`);
    }
    this.#checkCompacted(store);
    for (const { client, prefix, after, answers } of this.#resuming)
      startWatch(life, recorder.watches(`${client}+`, prefix, answers.at(-1)?.revision ?? after));
    return life;
  }

  #checkCompacted(store: Store): void {
    const { done } = this.#compacted;
    if (done < 2) return;
    const refused = (error: unknown) => error instanceof CompactedError;
    store.get('/a/0', done - 1).then(
      () => this.#recorder.find(`revision ${done - 1} can be read, and ${done} was compacted`),
      error => refused(error) || this.#recorder.find(String(error)),
    );
  }

  /** The end of a life in which the machine did not stop. */
  async #finish(life: Life, ending: Ending): Promise<void> {
    const { store, recorder } = life;
    const { range } = recorder.reads('end');
    const { entries, revision } = await store.range({ prefix: '' });
    if (!life.over) range('', revision, entries, false);
    if (ending === 'close' || this.#random.float() < 0.5)
      await store.close().catch(error => ending === 'close' && recorder.find(`closing failed: ${String(error)}`));
  }

  #faultFor(ending: Ending): Fault | undefined {
    const disk = this.#disk;
    if (ending === 'close') return undefined;
    const within = this.#random.float() < 0.3 ? 30 : 120;
    const at = disk.operations + 1 + integer(this.#random, within);
    if (ending !== 'failing disk') return (_operation, _path, count) => (count === at ? stopped : undefined);
    const code = this.#random.float() < 0.5 ? 'EIO' : 'ENOSPC';
    const until =
      this.#random.float() < 0.4 ? at : this.#random.float() < 0.5 ? at + integer(this.#random, 20) : Infinity;
    return (_operation, _path, count) => (count >= at && count <= until ? code : undefined);
  }

  /** The disk that the next life finds. */
  #after(ending: Ending): SimulatedDisk {
    if (ending === 'power cut') return this.#disk.afterPowerCut();
    if (ending === 'failing disk' && this.#random.float() < 0.3) return this.#disk.afterPowerCut();
    return this.#disk.afterKill();
  }

  /** A bit flips. Opening tells the file, or nothing that matters was hit; it never serves what was not written. */
  async #bite(): Promise<void> {
    const paths = this.#disk.paths().filter(path => this.#disk.contents(path).length > 0);
    // Snapshots are few, and nothing else is read as rarely.
    const snapshot = paths.find(each => each.includes('snapshot'));
    const path = this.#random.float() < 0.4 && snapshot ? snapshot : paths[integer(this.#random, paths.length)];
    if (path === undefined) return;
    const offset = integer(this.#random, this.#disk.contents(path).length);
    const bit = integer(this.#random, 8);
    this.#count('flipped bits');
    const bitten = this.#disk.afterKill();
    bitten.flip(path, offset, bit);
    const sound = this.#disk;
    this.#disk = bitten;
    const clock = createManualClock(this.#nowMs);
    try {
      const store = await this.#open(clock);
      const life = this.#begin(store, clock, 0);
      const { range } = this.#recorder.reads('flip');
      const { entries, revision } = await store.range({ prefix: '' });
      range('', revision, entries, false);
      await store.close();
      life.over = true;
      this.#disk = bitten.afterKill();
    } catch (error) {
      this.#count('flipped bits told');
      const told = error instanceof StoreOpenError && (error.message.includes(path) || path.endsWith('/format'));
      if (!told) this.#recorder.find(`a flipped bit of ${path} was told as ${String(error)}`);
      this.#disk = sound;
    }
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

export const runRound = (options: RoundOptions): Promise<RoundResult> => new Round(options).run();
