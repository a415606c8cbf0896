/**
 * The short cut that revisions allow: they are the order in which everything happened, so a whole history is judged in one pass over
 * all keys together (strict serializability) instead of a search key by key.
 */
import type { Commit, CommittedChange, Read, Version, Write } from './history.ts';

export interface History {
  /** Every commit, told by a watch of everything; no revision is missing, unless it is sparse. */
  readonly log: readonly Commit[];
  /** Revisions between those of the log belong to what is not looked at. */
  readonly sparse?: boolean;
  readonly writes: readonly Write[];
  readonly reads: readonly Read[];
  /** Whether the store may have made this change by itself: a key whose time was over. */
  readonly unasked?: (commit: Commit, before: State) => boolean;
}

/** Keys and their versions at one revision. */
export type State = ReadonlyMap<string, Version>;

/** The states of a log, one per commit. */
export class States {
  readonly #states: State[] = [new Map()];
  readonly #revisions: number[];
  readonly #sparse: boolean;

  constructor(log: readonly Commit[], sparse = false) {
    this.#revisions = [(log[0]?.revision ?? 2) - 1];
    this.#sparse = sparse;
    for (const { revision, changes } of log) {
      this.#revisions.push(revision);
      const next = new Map(this.#states.at(-1));
      for (const { key, value } of changes) {
        if (value === undefined) next.delete(key);
        else next.set(key, { value, revision });
      }
      this.#states.push(next);
    }
  }

  /** Undefined for a revision that the log does not have; a sparse one has them all, as others' commits change nothing here. */
  at(revision: number): State | undefined {
    const revisions = this.#revisions;
    let low = 0;
    let high = revisions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (revisions[middle]! <= revision) low = middle + 1;
      else high = middle;
    }
    if (this.#sparse) return this.#states[Math.max(0, low - 1)];
    return revisions[low - 1] === revision ? this.#states[low - 1] : undefined;
  }
}

/** One line for each way in which the history contradicts the log; none when all is well. */
export function checkOrder(history: History): string[] {
  const states = new States(history.log, history.sparse);
  const found = gaps(history);
  if (found.length > 0) return found;
  const owners = ownersOf(history);
  return [
    ...committed(history, states, owners),
    ...acknowledged(history, owners),
    ...contents(history, states),
    ...realTime(history, owners),
    ...refusals(history, states, owners),
  ];
}

function gaps({ log, sparse }: History): string[] {
  return log.flatMap(({ revision }, index) => {
    const before = log[index - 1]?.revision;
    const follows = before === undefined || (sparse ? revision > before : revision === before + 1);
    return follows ? [] : [`revision ${revision} follows ${before} in the log`];
  });
}

const changesText = (changes: readonly CommittedChange[]): string =>
  changes
    .map(({ key, value }) => `${key}=${value ?? '-'}`)
    .sort()
    .join(' ');

/** What a write does in the state before it: deletions of nothing fall away. */
const effectOf = (write: Write, before: State): string =>
  changesText(write.changes.filter(({ key, value }) => value !== undefined || before.has(key)));

/** The write that put the values of each revision, whether it was told so or cut off. */
function ownersOf({ log, writes }: History): Map<number, Write> {
  const owners = new Map<number, Write>();
  const byValue = new Map<string, Write>();
  for (const write of writes) {
    const values = write.changes.flatMap(({ value }) => value ?? []);
    for (const value of values) byValue.set(value, write);
    const revision = write.answer.type === 'done' ? write.answer.revision : undefined;
    if (revision !== undefined && values.length > 0 && !owners.has(revision)) owners.set(revision, write);
  }
  for (const { revision, changes } of log) {
    const value = changes.find(change => change.value !== undefined)?.value;
    const write = value === undefined ? undefined : byValue.get(value);
    if (write && !owners.has(revision)) owners.set(revision, write);
  }
  return owners;
}

/** Every commit was asked for, once, by a write whose expectations held. */
function committed(history: History, states: States, owners: ReadonlyMap<number, Write>): string[] {
  const seen = new Map<Write, number>();
  return history.log.flatMap(commit => {
    const { revision, changes } = commit;
    const before = states.at(revision - 1)!;
    const told = owners.get(revision) ?? deletionFor(history, commit, before, seen, 'done');
    if (!told && history.unasked?.(commit, before)) return [];
    const write = told ?? deletionFor(history, commit, before, seen, 'unknown');
    if (!write) return [`revision ${revision} (${changesText(changes)}) was asked for by nobody`];
    const twice = seen.get(write);
    seen.set(write, revision);
    const wrong = write.compare.find(({ key, revision: expected }) => (before.get(key)?.revision ?? 0) !== expected);
    return [
      ...(twice === undefined ? [] : [`the write of revision ${twice} happened again as ${revision}`]),
      ...(write.answer.type === 'refused' ? [`revision ${revision} was refused to its writer`] : []),
      ...(effectOf(write, before) === changesText(changes)
        ? []
        : [`revision ${revision} is ${changesText(changes)}, asked was ${effectOf(write, before)}`]),
      ...(wrong ? [`revision ${revision} expected ${wrong.key} at ${wrong.revision}, and it was not`] : []),
    ];
  });
}

/**
 * A write without values that explains a commit of deletions: it was cut off, or told that revision. One without effect is told the
 * newest revision, which is another's.
 */
function deletionFor(
  { writes }: History,
  { revision, changes, toldAt = Infinity }: Commit,
  before: State,
  seen: ReadonlyMap<Write, number>,
  answered: 'done' | 'unknown',
): Write | undefined {
  const text = changesText(changes);
  return writes.find(write => {
    const { answer } = write;
    if (
      answer.type !== answered ||
      write.calledAt > toldAt ||
      seen.has(write) ||
      write.changes.some(change => change.value !== undefined)
    )
      return false;
    if (answer.type === 'done' && (answer.revision ?? revision) !== revision) return false;
    const asExpected = write.compare.every(each => (before.get(each.key)?.revision ?? 0) === each.revision);
    return asExpected && effectOf(write, before) === text;
  });
}

/** Nothing that was acknowledged is missing. */
function acknowledged({ log, writes }: History, owners: ReadonlyMap<number, Write>): string[] {
  const newest = log.at(-1)?.revision ?? 1;
  const revisions = new Set(log.map(({ revision }) => revision));
  return writes.flatMap(write => {
    const { answer } = write;
    if (answer.type !== 'done' || answer.revision === undefined) return [];
    const text = changesText(write.changes);
    // Deletions without effect are told the newest revision, which may be that of the empty store.
    const puts = write.changes.some(({ value }) => value !== undefined);
    if (answer.revision > newest || (puts && !revisions.has(answer.revision)))
      return [`revision ${answer.revision} (${text}) was acknowledged and is lost`];
    return puts && owners.get(answer.revision) !== write
      ? [`two writes were told revision ${answer.revision}: ${text}`]
      : [];
  });
}

/** A range holds what the log says it held at its revision. */
function contents({ reads }: History, states: States): string[] {
  return reads.flatMap(({ revision, prefix, seen, client }) => {
    const state = states.at(revision);
    if (!state) return [`${client} read revision ${revision}, which the log does not have`];
    const expected = [...state].filter(([key]) => key.startsWith(prefix));
    const same =
      expected.length === seen.size &&
      expected.every(([key, version]) => {
        const found = seen.get(key);
        return found?.value === version.value && found.revision === version.revision;
      });
    const text = (entries: Iterable<readonly [string, Version]>) =>
      [...entries].map(([key, version]) => `${key}=${version.value}@${version.revision}`).join(' ');
    return same ? [] : [`${client} read at ${revision} ${text(seen)}, and it held ${text(expected)}`];
  });
}

/** A moment at which a client learned, or could first have caused, a revision. */
interface Known {
  readonly at: number;
  readonly revision: number;
}

/** What is answered is visible to all that is asked later; and nothing is visible before it was asked for. */
function realTime({ writes, reads }: History, owners: ReadonlyMap<number, Write>): string[] {
  const fresh = reads.filter(read => !read.past);
  const learned: Known[] = fresh.map(({ answeredAt, revision }) => ({ at: answeredAt, revision }));
  for (const { answer, answeredAt } of writes)
    if (answer.type === 'done' && answer.revision !== undefined)
      learned.push({ at: answeredAt, revision: answer.revision });
  const newestKnownAt = highest(learned);
  const found: string[] = [];
  for (const { client, calledAt, revision } of fresh) {
    const known = newestKnownAt(calledAt);
    if (known > revision) found.push(`${client} read at ${revision} after ${known} was known`);
  }
  for (const [revision, { client, calledAt, answer }] of owners) {
    const known = newestKnownAt(calledAt);
    if (answer.type !== 'refused' && known >= revision)
      found.push(`${client} wrote ${revision} after ${known} was known`);
  }
  const cause = [...owners].map(([revision, { calledAt }]) => ({ revision, calledAt }));
  for (const { client, answeredAt, revision } of reads) {
    const early = cause.find(each => each.revision <= revision && each.calledAt > answeredAt);
    if (early) found.push(`${client} saw ${revision} before ${early.revision} was asked for`);
  }
  return found;
}

/** The highest revision known before a moment. */
function highest(learned: readonly Known[]): (at: number) => number {
  const sorted = learned.toSorted((left, right) => left.at - right.at);
  let newest = 0;
  const steps = sorted.map(({ at, revision }) => ({ at, revision: (newest = Math.max(newest, revision)) }));
  return at => {
    let low = 0;
    let high = steps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (steps[middle]!.at < at) low = middle + 1;
      else high = middle;
    }
    return steps[low - 1]?.revision ?? 0;
  };
}

/** A refused write met, at some moment of its interval, a state other than it expected. */
function refusals({ log, writes, reads }: History, states: States, owners: ReadonlyMap<number, Write>): string[] {
  const learned: Known[] = reads.map(({ answeredAt, revision }) => ({ at: answeredAt, revision }));
  for (const [revision, { answeredAt }] of owners) learned.push({ at: answeredAt, revision });
  const newestKnownAt = highest(learned);
  const newest = log.at(-1)?.revision ?? 1;
  return writes.flatMap(({ client, compare, answer, calledAt, answeredAt }) => {
    if (answer.type !== 'refused' || compare.length === 0) return [];
    for (let revision = newestKnownAt(calledAt); revision <= newest; revision++) {
      if ((owners.get(revision)?.calledAt ?? 0) > answeredAt) break;
      const state = states.at(revision);
      // Before the log begins nothing is known.
      if (!state) return [];
      if (compare.some(({ key, revision: expected }) => (state.get(key)?.revision ?? 0) !== expected)) return [];
    }
    return [
      `${client} was refused ${compare.map(({ key, revision }) => `${key}@${revision}`).join(' ')} without cause`,
    ];
  });
}
