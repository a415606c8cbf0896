/** Draws inputs: texts of telling pieces, JSON values, and changes to what was well formed. */
import type { Random } from '@orrery/machinery/random';
import type { Json } from '@orrery/machinery/patch';

export const below = (random: Random, limit: number): number => Math.floor(random.float() * limit);
export const pick = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)]!;

/** What has broken parsers before: ends of number ranges, names that objects have, text that is not what it seems. */
const oddTexts = [
  ...[
    '',
    ' ',
    '\n',
    '\0',
    '\\',
    '"',
    "'",
    '/',
    '~',
    '~0',
    '~1',
    '~2',
    '-',
    '--',
    '..',
    '%',
    '%00',
    '%2f',
    '%zz',
    '#',
    '?',
    '&',
  ],
  ...[
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'toString',
    'null',
    'true',
    'NaN',
    '-0',
    '1e999',
    '9223372036854775808',
  ],
  ...[
    '\ud800',
    '\u2028',
    '\ufeff',
    'é',
    '😀',
    'a'.repeat(300),
    '{}',
    '[]',
    '$patch',
    '$setElementOrder/a',
    '(',
    ')',
    ',',
    '=',
    '!',
    '*',
  ],
];

export function oddText(random: Random): string {
  if (random.float() < 0.5) return pick(random, oddTexts);
  return Array.from({ length: below(random, 6) }, () => pick(random, [...oddTexts, 'a', 'b', '0', '1', 'x'])).join('');
}

const keys = ['a', 'b', 'c', 'name', 'metadata', 'labels', 'items', '$patch', '__proto__', ''];

/** A JSON value, not deep. */
export function drawJson(random: Random, depth = 3): Json {
  const draw = random.float();
  if (depth === 0 || draw < 0.4)
    return pick<() => Json>(random, [
      () => null,
      () => random.float() < 0.5,
      () => below(random, 5),
      () => pick(random, [-1, 0.1, 1e21, -0, 2 ** 53, 1e-7]),
      () => pick(random, ['a', 'b', '']),
      () => oddText(random),
    ])();
  if (draw < 0.6) return Array.from({ length: below(random, 4) }, () => drawJson(random, depth - 1));
  return drawObject(random, depth);
}

export const drawObject = (random: Random, depth = 3): Record<string, Json> =>
  Object.fromEntries(Array.from({ length: below(random, 5) }, () => [pick(random, keys), drawJson(random, depth - 1)]));

/** The text with a few changes: pieces cut, doubled, swapped for odd ones. */
export function mutateText(random: Random, text: string): string {
  let changed = text;
  for (let changes = 1 + below(random, 4); changes > 0; changes--) {
    const from = below(random, changed.length + 1);
    const to = Math.min(changed.length, from + below(random, 6));
    const piece = pick(random, [() => '', () => oddText(random), () => changed.slice(from, to).repeat(2)])();
    changed = changed.slice(0, from) + piece + changed.slice(to);
  }
  return changed;
}

/** The bytes with a few changes: bits flipped, stretches overwritten, moved or cut off. */
export function mutateBytes(random: Random, bytes: Uint8Array): Buffer {
  let changed = Buffer.from(bytes);
  for (let changes = 1 + below(random, 3); changes > 0; changes--) {
    const at = below(random, changed.length);
    const size = Math.min(changed.length - at, 1 + below(random, 40));
    const draw = random.float();
    if (changed.length === 0) return changed;
    if (draw < 0.5) changed[at]! ^= 1 << below(random, 8);
    else if (draw < 0.7) changed.fill(pick(random, [0, 0xff, below(random, 256)]), at, at + size);
    else if (draw < 0.9) changed.copy(changed, below(random, changed.length), at, at + size);
    else changed = changed.subarray(0, at);
  }
  return changed;
}
