/** sprig: what is drawn by chance, from the given source. */
import { fn, type CallContext, type TemplateFunction } from '../template/function.ts';
import type { Value } from '../template/values.ts';
import { smallOf } from './cast.ts';

const digits = '0123456789';
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ascii = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('');

/** Letters of an alphabet, each as likely as any other: bytes beyond the last whole round are drawn again. */
function drawn(alphabet: string, count: number, { random, meter }: CallContext): string {
  meter.reserve(count);
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < count) {
    for (const byte of random.bytes(Math.min(1024, count - text.length + 16))) {
      if (byte < limit && text.length < count) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

const from = (alphabet: string): TemplateFunction =>
  fn('int', ([count]: readonly Value[], context) => drawn(alphabet, Math.max(0, smallOf(count!)), context));

export const random: Readonly<Record<string, TemplateFunction>> = {
  randAlphaNum: from(letters + digits),
  randAlpha: from(letters),
  randNumeric: from(digits),
  randAscii: from(ascii),
  randBytes: fn('int', ([count], { random, meter }) => {
    const size = Math.max(0, smallOf(count!));
    meter.reserve(size * 2);
    return Buffer.from(random.bytes(size)).toString('base64');
  }),
  uuidv4: fn('', (_, { random }) => random.uuid()),
};
