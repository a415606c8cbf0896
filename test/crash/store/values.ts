/** Values that say who wrote them and are checked to the last byte when they come back. */
import type { Random } from '@orrery/machinery/random';

/** What fills a value after its name: letters, or zeros as a lost sector would show. */
const fillers = { v: 0x76, z: 0 } as const;

/** A value called `name`: short, long, or longer than a sector. */
export function makeValue(name: string, random: Random): Uint8Array {
  const kind = random.float() < 0.2 ? 'z' : 'v';
  const size = random.float() < 0.15 ? 600 + Math.floor(random.float() * 1800) : Math.floor(random.float() * 120);
  const head = Buffer.from(`${name}:${kind}${size}|`);
  return Buffer.concat([head, Buffer.alloc(size, fillers[kind])]);
}

/** The name of a value as it was made; anything else is called corrupt. */
export function nameOf(value: Uint8Array): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const end = bytes.indexOf('|');
  const match = /^(.+):([vz])(\d+)$/.exec(bytes.toString('latin1', 0, Math.max(0, end)));
  if (!match) return `corrupt ${bytes.toString('hex').slice(0, 40)}`;
  const rest = bytes.subarray(end + 1);
  const filler = fillers[match[2] as 'v' | 'z'];
  if (rest.length !== Number(match[3]) || rest.some(byte => byte !== filler)) return `corrupt value of ${match[1]}`;
  return match[1]!;
}
