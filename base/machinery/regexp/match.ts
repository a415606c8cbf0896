/** Runs a program over a text with all its threads at once (Pike's machine): time is text times program, never more. */
import { isWord } from './classes.ts';
import type { Assertion } from './parse.ts';
import type { Program } from './program.ts';

/** Whether an assertion holds between two letters; -1 stands for the text's ends. */
export function holds(assertion: Assertion, before: number, after: number): boolean {
  switch (assertion) {
    case 'text-start':
      return before < 0;
    case 'text-end':
      return after < 0;
    case 'line-start':
      return before < 0 || before === 10;
    case 'line-end':
      return after < 0 || after === 10;
    case 'word':
      return isWord(before) !== isWord(after);
    case 'no-word':
      return isWord(before) === isWord(after);
  }
}

/** The set instructions that are reached from the start of each thread; true when the match is reached. */
export function reach(
  program: Program,
  starts: readonly number[],
  before: number,
  after: number,
  into: number[],
): boolean {
  const seen = new Uint8Array(program.length);
  const waiting = [...starts];
  while (waiting.length > 0) {
    const at = waiting.pop()!;
    if (seen[at]) continue;
    seen[at] = 1;
    const instruction = program[at]!;
    switch (instruction.op) {
      case 'match':
        return true;
      case 'set':
        into.push(at);
        break;
      case 'split':
        waiting.push(at + instruction.a, at + instruction.b);
        break;
      case 'assert':
        if (holds(instruction.assertion, before, after)) waiting.push(at + 1);
    }
  }
  return false;
}

export function matchProgram(program: Program, text: string): boolean {
  const first = program[0]!;
  const onlyAtStart = first.op === 'assert' && first.assertion === 'text-start';
  let threads: number[] = [];
  let before = -1;
  for (let at = 0; ;) {
    const after = at < text.length ? text.codePointAt(at)! : -1;
    const ready: number[] = [];
    // A match may begin at every place.
    if (before < 0 || !onlyAtStart) threads.push(0);
    if (reach(program, threads, before, after, ready)) return true;
    if (after < 0 || (onlyAtStart && ready.length === 0)) return false;
    threads = [];
    for (const place of ready) {
      const instruction = program[place]!;
      if (instruction.op === 'set' && instruction.letters(after)) threads.push(place + 1);
    }
    before = after;
    at += after > 0xffff ? 2 : 1;
  }
}
