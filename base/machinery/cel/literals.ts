/** Literal tokens as values. */
import { textOf } from './lexer.ts';
import type { Token } from './lexer.ts';
import { Uint } from './values.ts';
import type { Value } from './values.ts';

const min = -(1n << 63n);
const max = (1n << 63n) - 1n;
const maxUint = (1n << 64n) - 1n;

/** The value, or what is wrong with it. `sign` is a minus that belongs to the number. */
export function literalOf(token: Token, sign: '' | '-'): { value: Value } | { problem: string } {
  switch (token.kind) {
    case 'int': {
      const value = sign === '-' ? -BigInt(token.text) : BigInt(token.text);
      return value < min || value > max ? { problem: 'invalid int literal' } : { value };
    }
    case 'uint': {
      const value = BigInt(token.text.slice(0, -1));
      return value > maxUint ? { problem: 'invalid uint literal' } : { value: new Uint(value) };
    }
    case 'float': {
      const value = Number(sign + token.text);
      return Number.isFinite(value) ? { value } : { problem: 'invalid double literal' };
    }
    default:
      return textLiteral(token);
  }
}

function textLiteral(token: Token): { value: Value } | { problem: string } {
  try {
    const text = textOf(token);
    return { value: token.kind === 'bytes' ? new Uint8Array(Buffer.from(text, 'latin1')) : text };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
