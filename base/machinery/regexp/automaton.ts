/**
 * Programs as automata whose states are made when a text leads to them: a letter costs one look into a table. States are few and
 * forgotten when there are too many, so that memory is bounded; a text that keeps making new ones is left to {@link matchProgram}.
 */
import { isWord } from './classes.ts';
import { matchProgram, reach } from './match.ts';
import type { Program } from './program.ts';

interface State {
  /** Where threads stand, before the next letter is known. */
  readonly places: readonly number[];
  /** A letter of the kind that stands before; -1 at the text's start. */
  readonly before: number;
  /** By letter below {@link small}; 0 stands for unknown, else a state's place or one of the answers below. */
  readonly next: Int32Array;
  readonly others: Map<number, number>;
}

const matched = -1;
const hopeless = -2;
const small = 128;
const maxStates = 64;
/** How often all may be forgotten while one text is read. */
const maxFlushes = 4;

/** What assertions can tell apart. */
function kindOf(letter: number): number {
  if (letter < 0 || letter === 10) return letter;
  return isWord(letter) ? 97 : 32;
}

export class Automaton {
  readonly #program: Program;
  readonly #onlyAtStart: boolean;
  /** The first place stays empty: 0 means unknown. */
  #states: State[] = [];
  #known = new Map<string, number>();

  constructor(program: Program) {
    this.#program = program;
    const first = program[0]!;
    this.#onlyAtStart = first.op === 'assert' && first.assertion === 'text-start';
  }

  test(text: string): boolean {
    let flushes = 0;
    let at = this.#stateOf([0], -1);
    for (let place = 0; ;) {
      const letter = place < text.length ? text.codePointAt(place)! : -1;
      const state = this.#states[at]!;
      let next = letter >= 0 && letter < small ? state.next[letter]! : (state.others.get(letter) ?? 0);
      if (next === 0) {
        if (this.#states.length > maxStates) {
          if (++flushes > maxFlushes) return matchProgram(this.#program, text);
          this.#forget();
        }
        next = this.#step(state, letter);
        if (letter >= 0 && letter < small) state.next[letter] = next;
        else if (state.others.size < small) state.others.set(letter, next);
      }
      if (next === matched) return true;
      if (next === hopeless || letter < 0) return false;
      at = next;
      place += letter > 0xffff ? 2 : 1;
    }
  }

  #forget(): void {
    this.#states = [];
    this.#known = new Map();
  }

  #step(state: State, letter: number): number {
    const ready: number[] = [];
    if (reach(this.#program, state.places, state.before, letter, ready)) return matched;
    if (letter < 0) return hopeless;
    const places = new Set<number>();
    for (const place of ready) {
      const instruction = this.#program[place]!;
      if (instruction.op === 'set' && instruction.letters(letter)) places.add(place + 1);
    }
    if (!this.#onlyAtStart) places.add(0);
    return places.size === 0
      ? hopeless
      : this.#stateOf(
          [...places].sort((a, b) => a - b),
          kindOf(letter),
        );
  }

  #stateOf(places: readonly number[], before: number): number {
    const name = `${before}:${places.join()}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#states.length === 0)
      this.#states.push({ places: [], before: -1, next: new Int32Array(0), others: new Map() });
    this.#states.push({ places, before, next: new Int32Array(small), others: new Map() });
    this.#known.set(name, this.#states.length - 1);
    return this.#states.length - 1;
  }
}
