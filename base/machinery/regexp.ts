/**
 * Regular expressions as RE2 (Go's `regexp`) understands them, matched in time proportional to the text: no expression that a user
 * sends can hold the event loop. Tests and places of matches; captures only where they are asked for, since they cost more.
 */
import { Automaton } from './regexp/automaton.ts';
import { compileProgram } from './regexp/program.ts';
import { findGroups, type Groups } from './regexp/groups.ts';
import { findMatch } from './regexp/find.ts';
import { groupNames, parseRegexp } from './regexp/parse.ts';

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

/** A compiled expression whose groups are told apart. */
export interface GroupedRegexp {
  /** Of the groups, by their number less one; empty for those without a name. */
  readonly names: readonly string[];
  /** How many instructions each letter may have to pass: what a search costs, by the length of the text. */
  readonly size: number;
  /** Like {@link Regexp.find}: the places of the match, then of each group, undefined for groups that took no part. */
  find(text: string, from?: number): Groups | undefined;
}

/** @throws RegexpError in Go's words. */
export function compileGroups(source: string): GroupedRegexp {
  const tree = parseRegexp(source, true);
  const program = compileProgram(tree, source);
  const names = groupNames(tree);
  return { names, size: program.length, find: (text, from = 0) => findGroups(program, names.length, text, from) };
}
