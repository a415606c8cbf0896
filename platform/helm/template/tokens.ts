/** The words of the template language. */

export type TokenType =
  | 'text'
  | 'left'
  | 'right'
  | 'comment'
  | 'space'
  | 'identifier'
  | 'keyword'
  | 'field'
  | 'variable'
  | 'dot'
  | 'string'
  | 'character'
  | 'number'
  | 'bool'
  | 'nil'
  | 'pipe'
  | '('
  | ')'
  | '='
  | ':='
  | 'other'
  | 'end';

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  /** Where it begins, in UTF-16 units. */
  readonly at: number;
}

export const keywords: ReadonlySet<string> = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
]);

/** A place that cannot be read; the caller adds name and line. */
export class LexError extends Error {
  override readonly name = 'LexError';
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
