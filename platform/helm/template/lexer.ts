/** From the text of a template to tokens, as Go's `text/template/parse` cuts it. Pure. */
import { keywords, LexError, type Token, type TokenType } from './tokens.ts';

const isSpace = (letter: string | undefined): boolean =>
  letter === ' ' || letter === '\t' || letter === '\r' || letter === '\n';
const isWordLetter = (letter: string | undefined): boolean =>
  letter !== undefined && (letter === '_' || /[\p{L}\p{Nd}]/u.test(letter));

const ascii: Readonly<Record<string, TokenType>> = { '=': '=', '|': 'pipe' };

/** How Go writes a letter in a complaint: `U+0025 '%'`. */
function letterName(letter: string | undefined): string {
  if (letter === undefined) return "U+FFFFFFFFFFFFFFFF '\\uFFFD'";
  const code = letter.codePointAt(0)!;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return code < 0x20 || code === 0x7f ? name : `${name} '${letter}'`;
}

const numberShape =
  /^[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/;

class Lexer {
  readonly tokens: Token[] = [];
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  run(): Token[] {
    while (this.at < this.text.length) this.readText();
    this.push('end', '', this.at);
    return this.tokens;
  }

  private push(type: TokenType, text: string, at: number): void {
    this.tokens.push({ type, text, at });
  }

  /** What stands before the next action, and the action. */
  private readText(): void {
    const open = this.text.indexOf('{{', this.at);
    const until = open < 0 ? this.text.length : open;
    const isTrimmed = open >= 0 && this.text[open + 2] === '-' && isSpace(this.text[open + 3]);
    let end = until;
    if (isTrimmed) while (end > this.at && isSpace(this.text[end - 1])) end--;
    if (end > this.at) this.push('text', this.text.slice(this.at, end), this.at);
    this.at = until;
    if (open < 0) return;
    const inside = open + (isTrimmed ? 4 : 2);
    // A comment may stand right behind the mark: {{- /* */}}.
    if (this.text.startsWith('/*', inside)) return this.readComment(inside);
    this.push('left', '{{', open);
    this.at = isTrimmed ? open + 3 : open + 2;
    this.depth = 0;
    while (this.readInside());
  }

  private readComment(start: number): void {
    const close = this.text.indexOf('*/', start + 2);
    if (close < 0) throw new LexError('unclosed comment', start);
    this.at = close + 2;
    if (!this.readRight(false)) throw new LexError('comment ends before closing delimiter', start);
  }

  /** Reads `}}` or ` -}}`, the space behind the latter too. */
  private readRight(keeps = true): boolean {
    const { text, at } = this;
    const isTrimmed = isSpace(text[at]) && text.startsWith('-}}', at + 1);
    if (!isTrimmed && !text.startsWith('}}', at)) return false;
    if (keeps && this.depth > 0) throw new LexError('unclosed left paren', at);
    if (keeps) this.push('right', '}}', at);
    this.at += isTrimmed ? 4 : 2;
    if (isTrimmed) while (isSpace(text[this.at])) this.at++;
    return true;
  }

  /** One token inside an action; false at its end. */
  private readInside(): boolean {
    if (this.readRight()) return false;
    const { text, at } = this;
    const letter = text[at];
    if (letter === undefined) throw new LexError('unclosed action', at);
    if (isSpace(letter)) return this.readSpace();
    if (ascii[letter]) return this.take(ascii[letter], 1);
    if (letter === ':') {
      if (text[at + 1] !== '=') throw new LexError('expected :=', at);
      return this.take(':=', 2);
    }
    if (letter === '"' || letter === "'") return this.readQuoted(letter);
    if (letter === '`') return this.readRaw();
    if (letter === '(') return this.readParen(1);
    if (letter === ')') return this.readParen(-1);
    if (letter === '$' || (letter === '.' && !/[0-9]/.test(text[at + 1] ?? ''))) return this.readName();
    if (/[.+\-0-9]/.test(letter)) return this.readNumber();
    if (isWordLetter(String.fromCodePoint(text.codePointAt(at)!))) return this.readWord();
    if (/[\x21-\x7e]/.test(letter)) return this.take('other', 1);
    throw new LexError(`unrecognized character in action: ${letterName(letter)}`, at);
  }

  private take(type: TokenType, length: number): boolean {
    this.push(type, this.text.slice(this.at, this.at + length), this.at);
    this.at += length;
    return true;
  }

  private readSpace(): boolean {
    let end = this.at;
    while (isSpace(this.text[end])) end++;
    // The last space may belong to a mark that trims.
    if (this.text.startsWith('-}}', end)) end--;
    return end === this.at ? true : this.take('space', end - this.at);
  }

  private readParen(step: 1 | -1): boolean {
    this.depth += step;
    if (this.depth < 0) throw new LexError('unexpected right paren', this.at);
    return this.take(step === 1 ? '(' : ')', 1);
  }

  private readQuoted(quote: string): boolean {
    for (let end = this.at + 1; ; end++) {
      const letter = this.text[end];
      if (letter === undefined || letter === '\n') {
        const what = quote === '"' ? 'unterminated quoted string' : 'unterminated character constant';
        throw new LexError(what, this.at);
      }
      if (letter === '\\' && this.text[end + 1] !== '\n') end++;
      else if (letter === quote) return this.take(quote === '"' ? 'string' : 'character', end + 1 - this.at);
    }
  }

  private readRaw(): boolean {
    const end = this.text.indexOf('`', this.at + 1);
    if (end < 0) throw new LexError('unterminated raw quoted string', this.at);
    return this.take('string', end + 1 - this.at);
  }

  private wordEnd(from: number): number {
    let end = from;
    for (;;) {
      const code = this.text.codePointAt(end);
      if (code === undefined || !isWordLetter(String.fromCodePoint(code))) break;
      end += code > 0xffff ? 2 : 1;
    }
    const next = this.text[end];
    const isOver = next === undefined || isSpace(next) || '.,|:()'.includes(next) || this.text.startsWith('}}', end);
    if (!isOver) throw new LexError(`bad character ${letterName(next)}`, end);
    return end;
  }

  /** `.Field`, `$variable`, a lone `.` or `$`. */
  private readName(): boolean {
    const isField = this.text[this.at] === '.';
    const end = this.wordEnd(this.at + 1);
    const isLone = end === this.at + 1;
    return this.take(isField ? (isLone ? 'dot' : 'field') : 'variable', end - this.at);
  }

  private readNumber(): boolean {
    const found = numberShape.exec(this.text.slice(this.at, this.at + 256))![0];
    const end = this.at + found.length;
    const bad = isWordLetter(this.text[end]) || !/[0-9]/.test(found);
    if (bad) throw new LexError(`bad number syntax: ${JSON.stringify(this.text.slice(this.at, end + 1))}`, this.at);
    return this.take('number', found.length);
  }

  private readWord(): boolean {
    const word = this.text.slice(this.at, this.wordEnd(this.at));
    const type = keywords.has(word)
      ? 'keyword'
      : word === 'true' || word === 'false'
        ? 'bool'
        : word === 'nil'
          ? 'nil'
          : 'identifier';
    return this.take(type, word.length);
  }
}

/** @throws LexError */
export const tokensOf = (text: string): Token[] => new Lexer(text).run();
