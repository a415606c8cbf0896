/** The clients of one life of a store: writers, readers, watchers, one who compacts, and time that passes. */
import type { ManualClock } from '@orrery/machinery/manual-clock';
import type { Random } from '@orrery/machinery/random';
import { CompactedError, StoreUnavailableError } from '@orrery/store';
import type { CommitResult, Entry, Operation, Store, Transaction, Watch } from '@orrery/store';
import { recordedEvent, type OpenWatch, type Recorder } from './recorder.ts';
import { makeValue } from './values.ts';

export interface Life {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly number: number;
  /** Set when the store is no more: what comes afterwards was heard by nobody. */
  over: boolean;
  /** Whether versions go only when they are compacted away. */
  readonly keepsAll: boolean;
  readonly compacted: { asked: number; done: number };
  readonly watches: Map<OpenWatch, Watch>;
}

const keys = Array.from({ length: 6 }, (_, index) => [`/a/${index}`, `/b/${index}`]).flat();
const prefixes = ['', '/a/', '/b/', '/a/1'];

export const integer = (random: Random, below: number): number => Math.floor(random.float() * below);
const pick = <T>(random: Random, items: readonly T[]): T => items[integer(random, items.length)]!;

/** A client does one thing after the other until the store refuses or is no more. */
export async function runClients(life: Life, clients: number, steps: number): Promise<void> {
  const kinds = [write, write, write, write, read, read, watch, compact, pass] as const;
  await Promise.all(
    Array.from({ length: clients }, async (_, index) => {
      for (let step = 0; step < steps && !life.over; step++) {
        const act = pick(life.random, kinds);
        await act(life, `${life.number}.${index}`, `${life.number}.${index}.${step}`);
        for (let turns = integer(life.random, 3); turns > 0; turns--) await turn();
      }
    }),
  );
}

const turn = () => new Promise(resolve => setImmediate(resolve));

function drawTransaction({ random, recorder, clock }: Life, name: string): Transaction {
  const chosen = [...new Set(Array.from({ length: 1 + integer(random, 3) }, () => pick(random, keys)))];
  const operations = chosen.map((key, index): Operation => {
    if (random.float() < 0.25) return { type: 'delete', key };
    const value = makeValue(`${name}.${index}`, random);
    const expires = random.float() < 0.15 ? { expiresAtMs: clock.now() + integer(random, 4000) } : {};
    return { type: 'put', key, value, head: `head of ${name}.${index}`, ...expires };
  });
  const style = random.float();
  const compared = style < 0.35 ? [] : style < 0.8 ? chosen : [pick(random, keys)];
  const compare = compared.map(key => ({ key, revision: recorder.known(key) + (random.float() < 0.05 ? 1 : 0) }));
  return { compare, operations };
}

async function write(life: Life, client: string, name: string): Promise<void> {
  const transaction = drawTransaction(life, name);
  const answer = life.recorder.asks(client, transaction);
  let result: CommitResult;
  try {
    result = await life.store.commit(transaction);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    life.over = true;
    return;
  }
  if (life.over) return;
  if (result.committed) answer({ type: 'done', revision: result.revision });
  else answer({ type: 'refused' }, result.conflict.key);
}

async function read(life: Life, client: string): Promise<void> {
  const { store, random, recorder } = life;
  const { key, range } = recorder.reads(client);
  const chosen = pick(random, keys);
  const prefix = pick(random, prefixes);
  const past = random.float() < 0.4 ? 1 + integer(random, store.revision()) : undefined;
  try {
    if (random.float() < 0.4) {
      const entry = await store.get(chosen);
      if (!life.over) key(chosen, entry);
    } else {
      const { entries, revision } = await readPages(store, prefix, past, random.float() < 0.3 ? 2 : 0);
      if (!life.over) range(prefix, revision, entries, past !== undefined);
    }
  } catch (error) {
    judgeRefusal(life, error, past);
  }
}

/** A range in pages, all at the revision of the first. */
async function readPages(store: Store, prefix: string, at: number | undefined, limit: number) {
  const entries: Entry[] = [];
  let revision = at;
  for (;;) {
    const page = await store.range({ prefix, revision, limit, after: entries.at(-1)?.key });
    entries.push(...page.entries);
    revision = page.revision;
    if (page.remaining === 0) return { entries, revision };
  }
}

/** The past may be refused only where it was compacted away. */
function judgeRefusal({ recorder, keepsAll, compacted }: Life, error: unknown, revision: number | undefined): void {
  if (!(error instanceof CompactedError)) throw error;
  if (keepsAll && (revision ?? Infinity) >= compacted.asked)
    recorder.find(`revision ${revision} was refused, compacted was only ${compacted.asked}`);
}

async function watch(life: Life, client: string): Promise<void> {
  const { store, random, recorder } = life;
  const open = [...life.watches];
  if (open.length > 2 || (open.length > 0 && random.float() < 0.3)) {
    const [record, running] = pick(random, open);
    running.close();
    life.watches.delete(record);
    return;
  }
  const from = random.float();
  const after =
    from < 0.3 ? undefined : from < 0.4 ? store.revision() + integer(random, 4) : integer(random, store.revision() + 1);
  startWatch(life, recorder.watches(client, pick(random, prefixes), after));
}

/** Starts a watch as recorded; refused where its past was compacted away. */
export function startWatch(life: Life, record: OpenWatch): void {
  const listener = ({ revision, events }: Parameters<Parameters<Store['watch']>[1]>[0]) => {
    if (life.over) return;
    record.answers.push({ revision, events: events.map(event => recordedEvent(event, revision)) });
  };
  try {
    life.watches.set(record, life.store.watch({ prefix: record.prefix, after: record.after }, listener));
  } catch (error) {
    judgeRefusal(life, error, record.after);
  }
}

async function compact(life: Life): Promise<void> {
  const { store, random, recorder, compacted } = life;
  if (random.float() < 0.5) return;
  // Never beyond what was told, so that the watch of everything can go on after the next crash.
  const told = recorder.log.at(-1)?.revision ?? 1;
  const revision = Math.max(1, told - integer(random, 12));
  compacted.asked = Math.max(compacted.asked, revision);
  try {
    await store.compact(revision);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    life.over = true;
  }
  if (!life.over) compacted.done = Math.max(compacted.done, revision);
}

async function pass({ clock, random }: Life): Promise<void> {
  clock.jump(integer(random, 600));
}
