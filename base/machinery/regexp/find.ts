/** Where a program matches: threads in order of preference, as Go's `regexp` prefers them (leftmost first). */
import { holds } from './match.ts';
import type { Program } from './program.ts';

interface Thread {
  readonly place: number;
  /** Where its match began. */
  readonly start: number;
}

/** Reaches on from a thread, best first; true when the match is reached, behind which nothing counts. */
function reach(
  program: Program,
  thread: Thread,
  before: number,
  after: number,
  seen: Uint8Array,
  into: Thread[],
): boolean {
  const waiting = [thread.place];
  while (waiting.length > 0) {
    const place = waiting.pop()!;
    if (seen[place]) continue;
    seen[place] = 1;
    const instruction = program[place]!;
    switch (instruction.op) {
      case 'match':
        return true;
      case 'set':
        into.push({ place, start: thread.start });
        break;
      case 'split':
        waiting.push(place + instruction.b, place + instruction.a);
        break;
      case 'assert':
        if (holds(instruction.assertion, before, after)) waiting.push(place + 1);
    }
  }
  return false;
}

export function letterBefore(text: string, at: number): number {
  if (at === 0) return -1;
  const isPair = at > 1 && /[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(at - 2, at));
  return text.codePointAt(isPair ? at - 2 : at - 1)!;
}

export function findMatch(program: Program, text: string, from: number): readonly [number, number] | undefined {
  let found: readonly [number, number] | undefined;
  let threads: Thread[] = [];
  let before = letterBefore(text, from);
  for (let at = from; ;) {
    const after = at < text.length ? text.codePointAt(at)! : -1;
    if (!found) threads.push({ place: 0, start: at });
    const seen = new Uint8Array(program.length);
    const ready: Thread[] = [];
    for (const thread of threads) {
      if (!reach(program, thread, before, after, seen, ready)) continue;
      found = [thread.start, at];
      break;
    }
    if (after < 0 || (found && ready.length === 0)) return found;
    threads = [];
    for (const { place, start } of ready) {
      const instruction = program[place]!;
      if (instruction.op === 'set' && instruction.letters(after)) threads.push({ place: place + 1, start });
    }
    before = after;
    at += after > 0xffff ? 2 : 1;
  }
}
