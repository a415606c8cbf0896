/** sprig: maps. `set`, `unset` and `merge` change what they are given, as upstream's do. */
import { fn, type CallContext, type TemplateFunction } from '../template/function.ts';
import { compareTexts, kindOf, nestingMax, ValueError, type Value, type ValueMap } from '../template/values.ts';
import { isEmptyValue, toText } from './cast.ts';

type Maps = readonly ValueMap[];

function dict(args: readonly Value[], { count }: CallContext): Value {
  const map: ValueMap = new Map();
  for (let at = 0; at < args.length; at += 2)
    map.set(toText(args[at]!, count), args[at + 1] ?? (at + 1 < args.length ? null : ''));
  return map;
}

/** mergo: fills what is empty, or with `overwrites` takes what is not. */
function mergeInto(target: ValueMap, source: ValueMap, overwrites: boolean, context: CallContext, depth = 0): void {
  if (depth > nestingMax)
    throw new ValueError(`the value is nested deeper than ${nestingMax}: does it contain itself?`);
  for (const [key, item] of source) {
    context.count(1);
    const known = target.get(key);
    if (known instanceof Map && item instanceof Map) mergeInto(known, item, overwrites, context, depth + 1);
    else if (known === undefined || (overwrites ? !isEmptyValue(item) : isEmptyValue(known))) target.set(key, item);
  }
}

const merge = (overwrites: boolean): TemplateFunction =>
  fn('map, map...', ([target, ...sources], context) => {
    for (const source of sources as ValueMap[]) mergeInto(target as ValueMap, source, overwrites, context);
    return target!;
  });

function dig(args: readonly Value[]): Value {
  if (args.length < 3) throw new ValueError('dig needs at least three arguments');
  const keys = args.slice(0, -2);
  const otherwise = args.at(-2)!;
  let place: Value = args.at(-1)!;
  for (const key of keys) {
    if (!(place instanceof Map)) {
      throw new ValueError(
        `interface conversion: interface {} is ${place === null ? 'nil' : kindOf(place)}, not map[string]interface {}`,
      );
    }
    if (typeof key !== 'string')
      throw new ValueError(`interface conversion: interface {} is ${kindOf(key)}, not string`);
    if (!place.has(key)) return otherwise;
    place = place.get(key)!;
  }
  return place;
}

const kept = (map: ValueMap, keeps: (key: string) => boolean): ValueMap =>
  new Map([...map].filter(([key]) => keeps(key)));

export const dicts: Readonly<Record<string, TemplateFunction>> = {
  dict: fn('any...', dict),
  get: fn('map, string', ([map, key]) => {
    const found = (map as ValueMap).get(key as string);
    return found === undefined ? '' : found;
  }),
  set: fn('map, string, any', ([map, key, value]) => (map as ValueMap).set(key as string, value!)),
  unset: fn('map, string', ([map, key]) => {
    (map as ValueMap).delete(key as string);
    return map!;
  }),
  hasKey: fn('map, string', ([map, key]) => (map as ValueMap).has(key as string)),
  pluck: fn('string, map...', ([key, ...maps]) =>
    (maps as unknown as Maps).filter(map => map.has(key as string)).map(map => map.get(key as string)!),
  ),
  // Go's order is any; ours is the same each time.
  keys: fn('map...', maps => (maps as unknown as Maps).flatMap(map => [...map.keys()].sort(compareTexts))),
  values: fn('map', ([map]) => [...(map as ValueMap)].sort(([a], [b]) => compareTexts(a, b)).map(([, value]) => value)),
  pick: fn('map, string...', ([map, ...keys]) => kept(map as ValueMap, key => keys.includes(key))),
  omit: fn('map, string...', ([map, ...keys]) => kept(map as ValueMap, key => !keys.includes(key))),
  merge: merge(false),
  mustMerge: merge(false),
  mergeOverwrite: merge(true),
  mustMergeOverwrite: merge(true),
  dig: fn('any...', dig),
};
