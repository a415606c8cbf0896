/**
 * Is there an order of these operations that respects real time and that a sequential object could have answered? The search of Wing
 * and Gong with Lowe's memory of visited states, as in Porcupine: entries are a linked list of calls and answers; an operation whose call stands
 * before every pending answer may be next.
 */

/** An operation with its interval. `answeredAt` is Infinity for one that was cut off: it happened at any later time, or never. */
export interface Interval {
  readonly calledAt: number;
  readonly answeredAt: number;
}

export interface Model<Operation, State> {
  readonly initial: State;
  /** The state afterwards; undefined when the operation could not have been answered so in that state. */
  step(state: State, operation: Operation): State | undefined;
  /** Equal for equal states. */
  keyOf(state: State): string;
}

/** `undecided`: the bound of steps was reached. */
export type Verdict = 'linearizable' | 'violated' | 'undecided';

interface Entry {
  readonly index: number;
  /** The entry of the answer, for a call that was answered. */
  answer: Entry | undefined;
  readonly isCall: boolean;
  before: Entry | undefined;
  after: Entry | undefined;
}

const stepsMaxDefault = 2_000_000;

export function checkLinearizable<Operation extends Interval, State>(
  operations: readonly Operation[],
  model: Model<Operation, State>,
  stepsMax = stepsMaxDefault,
): Verdict {
  const head = entriesOf(operations);
  const mustHappen = operations.filter(operation => operation.answeredAt !== Infinity).length;
  const done = new Uint32Array(Math.ceil(operations.length / 32));
  const visited = new Set<string>();
  const taken: { entry: Entry; state: State }[] = [];
  let happened = 0;
  let state = model.initial;
  let entry = head.after;
  for (let steps = 0; happened < mustHappen; steps++) {
    if (steps > stepsMax) return 'undecided';
    if (entry?.isCall) {
      const next = model.step(state, operations[entry.index]!);
      if (next !== undefined && isNew(visited, done, entry.index, model.keyOf(next))) {
        taken.push({ entry, state });
        state = next;
        mark(done, entry.index);
        if (entry.answer) happened++;
        lift(entry);
        entry = head.after;
      } else {
        entry = entry.after;
      }
      continue;
    }
    // An answer is reached, or the end: nothing before it can be next, so the last choice was wrong.
    const last = taken.pop();
    if (!last) return 'violated';
    state = last.state;
    mark(done, last.entry.index);
    if (last.entry.answer) happened--;
    unlift(last.entry);
    entry = last.entry.after;
  }
  return 'linearizable';
}

/** Calls and answers in the order of time; at the same time calls come first. Returns the head of the list. */
function entriesOf(operations: readonly Interval[]): Entry {
  const moments = operations.flatMap(({ calledAt, answeredAt }, index) => {
    const call: Entry = { index, isCall: true, answer: undefined, before: undefined, after: undefined };
    if (answeredAt === Infinity) return [{ at: calledAt, entry: call }];
    call.answer = { index, isCall: false, answer: undefined, before: undefined, after: undefined };
    return [
      { at: calledAt, entry: call },
      { at: answeredAt, entry: call.answer },
    ];
  });
  moments.sort((left, right) => left.at - right.at || Number(right.entry.isCall) - Number(left.entry.isCall));
  const head: Entry = { index: -1, isCall: false, answer: undefined, before: undefined, after: undefined };
  let last = head;
  for (const { entry } of moments) {
    last.after = entry;
    entry.before = last;
    last = entry;
  }
  return head;
}

function lift(call: Entry): void {
  for (const entry of call.answer ? [call, call.answer] : [call]) {
    entry.before!.after = entry.after;
    if (entry.after) entry.after.before = entry.before;
  }
}

function unlift(call: Entry): void {
  for (const entry of call.answer ? [call.answer, call] : [call]) {
    entry.before!.after = entry;
    if (entry.after) entry.after.before = entry;
  }
}

/** Sets or clears the bit of an operation. */
function mark(done: Uint32Array, index: number): void {
  done[index >>> 5]! ^= 1 << (index & 31);
}

/** Whether this set of operations in this state was not reached before. */
function isNew(visited: Set<string>, done: Uint32Array, index: number, state: string): boolean {
  mark(done, index);
  const key = `${done.join()} ${state}`;
  mark(done, index);
  return visited.size < visited.add(key).size;
}
