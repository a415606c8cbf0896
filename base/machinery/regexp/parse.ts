/** Reads RE2's syntax into a tree (Go `regexp/syntax`). */
import { anyLetter, between, negate, oneOf, perlClass, posixClass, unicodeClass } from './classes.ts';
import type { Letters } from './classes.ts';

/** What is wrong with an expression, in Go's words. */
export class RegexpError extends Error {
  override readonly name = 'RegexpError';
  constructor(code: string, piece: string) {
    super(`error parsing regexp: ${code}: \`${piece}\``);
  }
}

export type Assertion = 'text-start' | 'text-end' | 'line-start' | 'line-end' | 'word' | 'no-word';

export type Node =
  | { readonly type: 'set'; readonly letters: Letters }
  | { readonly type: 'assert'; readonly assertion: Assertion }
  | { readonly type: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly type: 'choice'; readonly nodes: readonly Node[] }
  /** A lazy one prefers fewer copies. */
  | {
      readonly type: 'repeat';
      readonly node: Node;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
    }
  /** Only where groups are asked for; they count from 1. */
  | { readonly type: 'group'; readonly index: number; readonly name: string; readonly node: Node };

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

const maxRepeat = 1000;
const maxDepth = 200;
const assert = (assertion: Assertion): Node => ({ type: 'assert', assertion });
const lastCode = 0x10ffff;
const single = (code: number, flags: Flags): Node => ({ type: 'set', letters: between(code, code, flags.ignoreCase) });

class Parser {
  readonly #text: readonly string[];
  readonly #source: string;
  readonly #keepsGroups: boolean;
  #at = 0;
  #depth = 0;
  #groups = 0;

  constructor(source: string, keepsGroups: boolean) {
    this.#source = source;
    this.#keepsGroups = keepsGroups;
    this.#text = [...source];
  }

  whole(): Node {
    const node = this.#choice({ ignoreCase: false, multiline: false, dotAll: false });
    if (this.#peek() === ')') throw new RegexpError('unexpected )', this.#source);
    return node;
  }

  #peek(ahead = 0): string {
    return this.#text[this.#at + ahead] ?? '';
  }

  #take(letters: string): boolean {
    const wanted = [...letters];
    if (!wanted.every((letter, ahead) => this.#peek(ahead) === letter)) return false;
    this.#at += wanted.length;
    return true;
  }

  #rest(from: number): string {
    return this.#text.slice(from).join('');
  }

  #choice(flags: Flags): Node {
    if (++this.#depth > maxDepth) throw new RegexpError('expression nests too deeply', this.#source);
    const state = { flags };
    const nodes = [this.#sequence(state)];
    while (this.#take('|')) nodes.push(this.#sequence(state));
    this.#depth--;
    return nodes.length === 1 ? nodes[0]! : { type: 'choice', nodes };
  }

  /** `(?i)` inside changes the flags for what follows it in the same group. */
  #sequence(state: { flags: Flags }): Node {
    const nodes: Node[] = [];
    let repeatedFrom = -1;
    while (this.#at < this.#text.length && this.#peek() !== '|' && this.#peek() !== ')') {
      const from = this.#at;
      const bounds = this.#quantifier();
      if (bounds) {
        const operator = this.#text.slice(from, this.#at).join('');
        if (nodes.length === 0) throw new RegexpError('missing argument to repetition operator', operator);
        if (repeatedFrom >= 0)
          throw new RegexpError(
            'invalid nested repetition operator',
            this.#text.slice(repeatedFrom, this.#at).join(''),
          );
        repeatedFrom = from;
        const node = nodes.pop()!;
        nodes.push({ type: 'repeat', node, ...bounds });
        continue;
      }
      repeatedFrom = -1;
      const node = this.#atom(state);
      if (node) nodes.push(node);
    }
    return nodes.length === 1 ? nodes[0]! : { type: 'sequence', nodes };
  }

  /** `*`, `+`, `?`, `{2}`, `{2,}`, `{2,3}`, each with an optional `?`; undefined when none stands here. */
  #quantifier(): { min: number; max: number; lazy: boolean } | undefined {
    const bounds = this.#bounds();
    return bounds && { ...bounds, lazy: this.#take('?') };
  }

  #bounds(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    if (this.#peek() !== '{') return undefined;
    const found = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at, this.#at + 32).join(''));
    if (!found) return undefined;
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3]);
    if (min > maxRepeat || (max !== Infinity && (max > maxRepeat || max < min)))
      throw new RegexpError('invalid repeat count', found[0]);
    this.#at += found[0].length;
    return { min, max };
  }

  #atom(state: { flags: Flags }): Node | undefined {
    const { flags } = state;
    const letter = this.#peek();
    if (letter === '(') return this.#group(state);
    if (letter === '[') return { type: 'set', letters: this.#class(flags) };
    if (letter === '\\') return this.#escape(flags);
    this.#at++;
    switch (letter) {
      case '^':
        return assert(flags.multiline ? 'line-start' : 'text-start');
      case '$':
        return assert(flags.multiline ? 'line-end' : 'text-end');
      case '.':
        return { type: 'set', letters: flags.dotAll ? anyLetter : negate(between(10, 10, false)) };
      default:
        return single(letter.codePointAt(0)!, flags);
    }
  }

  #group(state: { flags: Flags }): Node | undefined {
    const from = this.#at;
    this.#at++;
    let { flags } = state;
    let name: string | undefined = '';
    if (this.#take('?')) {
      const named = /^P?<([^>]*)>/.exec(this.#rest(this.#at).slice(0, 200));
      name = named?.[1];
      if (named) {
        if (!/^\w+$/.test(named[1]!)) throw new RegexpError('invalid named capture', this.#rest(from));
        this.#at += [...named[0]].length;
      } else {
        const read = this.#flags(flags, from);
        flags = read.flags;
        if (read.closed) {
          state.flags = flags;
          return undefined;
        }
      }
    }
    const index = name === undefined ? 0 : ++this.#groups;
    const node = this.#choice(flags);
    if (!this.#take(')')) throw new RegexpError('missing closing )', this.#source);
    return this.#keepsGroups && name !== undefined ? { type: 'group', index, name, node } : node;
  }

  /** `i`, `m`, `s`, `U` and `-` up to `:` or `)`. */
  #flags(flags: Flags, from: number): { flags: Flags; closed: boolean } {
    const result = { ...flags };
    let on = true;
    for (;;) {
      const letter = this.#peek();
      this.#at++;
      if (letter === 'i') result.ignoreCase = on;
      else if (letter === 'm') result.multiline = on;
      else if (letter === 's') result.dotAll = on;
      else if (letter === '-' && on) on = false;
      else if (letter === ':' || letter === ')') return { flags: result, closed: letter === ')' };
      else if (letter !== 'U') {
        if (letter === '') throw new RegexpError('missing argument to repetition operator', '?');
        throw new RegexpError('invalid or unsupported Perl syntax', this.#text.slice(from, this.#at).join(''));
      }
    }
  }

  #escape(flags: Flags): Node {
    const next = this.#peek(1);
    if (this.#take('\\Q')) {
      const nodes: Node[] = [];
      while (this.#at < this.#text.length && !this.#take('\\E'))
        nodes.push(single(this.#text[this.#at++]!.codePointAt(0)!, flags));
      return { type: 'sequence', nodes };
    }
    const assertions: Readonly<Record<string, Assertion>> = { A: 'text-start', z: 'text-end', b: 'word', B: 'no-word' };
    const assertion = assertions[next];
    if (assertion) {
      this.#at += 2;
      return assert(assertion);
    }
    const letters = this.#escapedSet();
    return letters ? { type: 'set', letters } : single(this.#escapedCode(), flags);
  }

  /** `\d`, `\pL` and their like; undefined when another escape stands here. */
  #escapedSet(): Letters | undefined {
    const name = this.#peek(1);
    const perl = perlClass(name);
    if (perl) {
      this.#at += 2;
      return perl;
    }
    if (name !== 'p' && name !== 'P') return undefined;
    const found = /^\\[pP](?:\{(\^?)(\w+)\}|(\w))/.exec(this.#text.slice(this.#at, this.#at + 64).join(''));
    const letters = found ? unicodeClass(found[2] ?? found[3]!) : undefined;
    if (!found || !letters)
      throw new RegexpError(
        'invalid character class range',
        found?.[0] ?? this.#text.slice(this.#at, this.#at + 2).join(''),
      );
    this.#at += found[0].length;
    return (name === 'P') !== (found[1] === '^') ? negate(letters) : letters;
  }

  #escapedCode(): number {
    const from = this.#at;
    this.#at++;
    const letter = this.#peek();
    if (letter === '') throw new RegexpError('trailing backslash at end of expression', '');
    const rest = this.#text.slice(this.#at, this.#at + 12).join('');
    const coded = /^x\{([0-9a-fA-F]{1,8})\}|^x([0-9a-fA-F]{2})|^([1-7][0-7]{1,2}|0[0-7]{0,2})/.exec(rest);
    if (coded) {
      this.#at += coded[0].length;
      const code = coded[3] === undefined ? parseInt(coded[1] ?? coded[2]!, 16) : parseInt(coded[3], 8);
      if (code <= lastCode) return code;
    }
    const controls: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };
    const code = controls[letter] ?? (/^[!-/:-@[-`{-~]$/.test(letter) ? letter.codePointAt(0) : undefined);
    if (coded || code === undefined)
      throw new RegexpError('invalid escape sequence', this.#text.slice(from, this.#at + (coded ? 0 : 1)).join(''));
    this.#at++;
    return code;
  }

  #class(flags: Flags): Letters {
    const from = this.#at;
    this.#at++;
    const negated = this.#take('^');
    const found: Letters[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#at >= this.#text.length) throw new RegexpError('missing closing ]', this.#rest(from));
      const named = this.#peek() === '[' && this.#peek(1) === ':' ? this.#posix() : undefined;
      const set = named ?? (this.#peek() === '\\' ? this.#escapedSet() : undefined);
      if (set) {
        found.push(set);
        continue;
      }
      const start = this.#at;
      const low = this.#classCode(from);
      let high = low;
      if (this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== '') {
        this.#at++;
        high = this.#classCode(from);
        if (high < low)
          throw new RegexpError('invalid character class range', this.#text.slice(start, this.#at).join(''));
      }
      found.push(between(low, high, flags.ignoreCase));
    }
    this.#at++;
    return negated ? negate(oneOf(found)) : oneOf(found);
  }

  #classCode(from: number): number {
    if (this.#at >= this.#text.length) throw new RegexpError('missing closing ]', this.#rest(from));
    if (this.#peek() === '\\') return this.#escapedCode();
    return this.#text[this.#at++]!.codePointAt(0)!;
  }

  #posix(): Letters | undefined {
    const found = /^\[:(\^?)(\w+):\]/.exec(this.#text.slice(this.#at, this.#at + 20).join(''));
    if (!found) return undefined;
    const letters = posixClass(found[2]!);
    if (!letters) throw new RegexpError('invalid character class range', found[0]);
    this.#at += found[0].length;
    return found[1] ? negate(letters) : letters;
  }
}

/** @throws RegexpError */
export const parseRegexp = (source: string, keepsGroups = false): Node => new Parser(source, keepsGroups).whole();

/** The names of an expression's groups, in order. */
export function groupNames(node: Node): string[] {
  switch (node.type) {
    case 'group':
      return [node.name, ...groupNames(node.node)];
    case 'repeat':
      return groupNames(node.node);
    case 'sequence':
    case 'choice':
      return node.nodes.flatMap(groupNames);
    default:
      return [];
  }
}
