/** Where a program and its groups match: threads in order of preference that remember what they passed (Pike's machine). */
import { letterBefore } from './find.ts';
import { holds } from './match.ts';
import type { Program } from './program.ts';

/** The match, then its groups; undefined for a group that took no part. */
export type Groups = readonly ([start: number, end: number] | undefined)[];

interface Thread {
  readonly place: number;
  /** Start and end of the match and of each group; -1 while unknown. */
  readonly slots: readonly number[];
}

/** Reaches on from a thread, best first; the slots of the match when it is reached. */
function reach(
  program: Program,
  thread: Thread,
  at: number,
  around: readonly [before: number, after: number],
  seen: Uint8Array,
  into: Thread[],
): readonly number[] | undefined {
  const waiting = [thread];
  while (waiting.length > 0) {
    const { place, slots } = waiting.pop()!;
    if (seen[place]) continue;
    seen[place] = 1;
    const instruction = program[place]!;
    switch (instruction.op) {
      case 'match':
        return slots.with(1, at);
      case 'set':
        into.push({ place, slots });
        break;
      case 'split':
        waiting.push({ place: place + instruction.b, slots }, { place: place + instruction.a, slots });
        break;
      case 'note':
        waiting.push({ place: place + 1, slots: slots.with(instruction.slot, at) });
        break;
      case 'assert':
        if (holds(instruction.assertion, ...around)) waiting.push({ place: place + 1, slots });
    }
  }
  return undefined;
}

const groupsOf = (slots: readonly number[]): Groups =>
  Array.from({ length: slots.length / 2 }, (_, at) => {
    const [start, end] = [slots[2 * at]!, slots[2 * at + 1]!];
    return start < 0 || end < 0 ? undefined : [start, end];
  });

export function findGroups(program: Program, groups: number, text: string, from: number): Groups | undefined {
  const none = Array.from({ length: 2 * (groups + 1) }, () => -1);
  let found: readonly number[] | undefined;
  let threads: Thread[] = [];
  let before = letterBefore(text, from);
  for (let at = from; ;) {
    const after = at < text.length ? text.codePointAt(at)! : -1;
    if (!found) threads.push({ place: 0, slots: none.with(0, at) });
    const seen = new Uint8Array(program.length);
    const ready: Thread[] = [];
    for (const thread of threads) {
      const slots = reach(program, thread, at, [before, after], seen, ready);
      if (!slots) continue;
      found = slots;
      break;
    }
    if (after < 0 || (found && ready.length === 0)) return found && groupsOf(found);
    threads = [];
    for (const { place, slots } of ready) {
      const instruction = program[place]!;
      if (instruction.op === 'set' && instruction.letters(after)) threads.push({ place: place + 1, slots });
    }
    before = after;
    at += after > 0xffff ? 2 : 1;
  }
}
