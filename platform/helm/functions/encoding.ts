/** sprig: encodings and checksums. */
import { createHash } from 'node:crypto';
import { fn, type TemplateFunction } from '../template/function.ts';
import { ValueError } from '../template/values.ts';

const plain = (call: (text: string) => string): TemplateFunction => fn('string', ([text]) => call(text as string));
const hash = (name: string): TemplateFunction => plain(text => createHash(name).update(text).digest('hex'));

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function encode32(text: string): string {
  let written = '';
  let [held, bits] = [0, 0];
  for (const byte of Buffer.from(text)) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) written += letters[(held >> (bits - 5)) & 31];
  }
  if (bits > 0) written += letters[(held << (5 - bits)) & 31];
  return written.padEnd(Math.ceil(written.length / 8) * 8, '=');
}

function decode32(text: string): string {
  const clean = text.replace(/[\r\n]/g, '');
  const wrong = [...clean].findIndex(letter => !letters.includes(letter) && letter !== '=');
  if (wrong >= 0 || clean.length % 8 !== 0)
    return `illegal base32 data at input byte ${wrong >= 0 ? wrong : clean.length}`;
  const bytes: number[] = [];
  let [held, bits] = [0, 0];
  for (const letter of clean.replace(/=+$/, '')) {
    held = ((held << 5) | letters.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits >= 8) bytes.push((held >> (bits -= 8)) & 255);
  }
  return Buffer.from(bytes).toString();
}

/** @returns the bytes, or where the text stops to be base64 */
export function decode64(text: string): Buffer | number {
  const clean = text.replace(/[\r\n]/g, '');
  const good = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(clean);
  if (good) return Buffer.from(clean, 'base64');
  const wrong = clean.search(/[^A-Za-z0-9+/]/);
  return wrong < 0 ? clean.length - (clean.length % 4) : wrong;
}

function adler32(text: string): number {
  let [a, b] = [1, 0];
  for (const byte of Buffer.from(text)) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

/** The bytes of base64, or an error as Go words it. */
export function bytesOf64(text: string): Buffer {
  const bytes = decode64(text);
  if (typeof bytes === 'number') throw new ValueError(`illegal base64 data at input byte ${bytes}`);
  return bytes;
}

export const encoding: Readonly<Record<string, TemplateFunction>> = {
  b64enc: plain(text => Buffer.from(text).toString('base64')),
  b64dec: plain(text => {
    const bytes = decode64(text);
    return typeof bytes === 'number' ? `illegal base64 data at input byte ${bytes}` : bytes.toString();
  }),
  b32enc: plain(encode32),
  b32dec: plain(decode32),
  sha1sum: hash('sha1'),
  sha256sum: hash('sha256'),
  sha512sum: hash('sha512'),
  adler32sum: plain(text => String(adler32(text))),
};
