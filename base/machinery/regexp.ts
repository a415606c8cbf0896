/**
 * Regular expressions as RE2 (Go's `regexp`) understands them, matched in time proportional to the text: no expression that a user
 * sends can hold the event loop. Tests and places of matches, no captures.
 */
import { Automaton } from './regexp/automaton.ts';
import { compileProgram } from './regexp/program.ts';
import { findMatch } from './regexp/find.ts';
import { parseRegexp } from './regexp/parse.ts';

export { RegexpError } from './regexp/parse.ts';

/** A compiled expression. */
export interface Regexp {
  /** Whether the text holds a match anywhere. */
  test(text: string): boolean;
  /** The first match at or behind a place, the one that Go prefers: where it begins and ends. */
  find(text: string, from?: number): readonly [start: number, end: number] | undefined;
}

/** @throws RegexpError in Go's words: ``error parsing regexp: missing closing ): `(` ``. */
export function compileRegexp(source: string): Regexp {
  const program = compileProgram(parseRegexp(source), source);
  const automaton = new Automaton(program);
  return {
    test: text => automaton.test(text),
    find: (text, from = 0) => (from > 0 || automaton.test(text) ? findMatch(program, text, from) : undefined),
  };
}
