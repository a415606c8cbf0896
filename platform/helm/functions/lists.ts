/** sprig: lists. None of them changes what it is given. Pure. */
import { fn, type CallContext, type Result, type TemplateFunction } from '../template/function.ts';
import { compareTexts, deepEqual, kindOf, ValueError, type Value } from '../template/values.ts';
import { isEmptyValue, listOf, smallOf, toInt64, toText, toTexts } from './cast.ts';

const names: Record<string, TemplateFunction> = {};

/** A function and its twin with `must`, which differ only in how Go's report errors. */
function both(name: string, signature: string, call: (args: readonly Value[], context: CallContext) => Result): void {
  const made = fn(signature, call);
  names[name] = made;
  names[`must${name[0]!.toUpperCase()}${name.slice(1)}`] = made;
}

const holds = (list: readonly Value[], wanted: Value, context: CallContext): boolean =>
  list.some(item => deepEqual(item, wanted, context.count));

const push = (args: readonly Value[]): Value => [...listOf(args[0]!, 'Cannot push on type %s'), args[1]!];

both('append', 'any, any', push);
both('push', 'any, any', push);
both('prepend', 'any, any', ([list, item]) => [item!, ...listOf(list!, 'Cannot prepend on type %s')]);
both('first', 'any', ([list]) => listOf(list!, 'Cannot find first on type %s')[0] ?? null);
both('last', 'any', ([list]) => listOf(list!, 'Cannot find last on type %s').at(-1) ?? null);
both('rest', 'any', ([list]) => listOf(list!, 'Cannot find rest on type %s').slice(1));
both('initial', 'any', ([list]) => listOf(list!, 'Cannot find initial on type %s').slice(0, -1));
both('reverse', 'any', ([list]) => listOf(list!, 'Cannot find reverse on type %s').toReversed());
both('compact', 'any', ([list]) => listOf(list!, 'Cannot compact on type %s').filter(item => !isEmptyValue(item)));
both('uniq', 'any', ([list], context) => {
  const kept: Value[] = [];
  for (const item of listOf(list!, 'Cannot find uniq on type %s')) if (!holds(kept, item, context)) kept.push(item);
  return kept;
});
both('without', 'any, any...', ([list, ...omitted], context) =>
  listOf(list!, 'Cannot find without on type %s').filter(item => !holds(omitted, item, context)),
);
both('has', 'any, any', ([wanted, list], context) =>
  list === null ? false : holds(listOf(list!, 'Cannot find has on type %s'), wanted!, context),
);
both('slice', 'any, any...', ([list, ...indexes]) => {
  const items = listOf(list!, 'list should be type of slice or array but %s');
  if (items.length === 0) return null;
  const [start = 0, end = items.length] = indexes.map(index => Number(toInt64(index)));
  if (start < 0 || end > items.length || start > end)
    throw new ValueError('reflect.Value.Slice: slice index out of bounds');
  return items.slice(start, end);
});
both('chunk', 'int, any', ([size, list]) => {
  const items = listOf(list!, 'Cannot chunk type %s');
  const each = smallOf(size!);
  if (each <= 0) throw new ValueError('runtime error: makeslice: len out of range');
  return Array.from({ length: Math.ceil(items.length / each) }, (_, at) => items.slice(at * each, (at + 1) * each));
});

const list = fn('any...', args => [...args]);

export const lists: Readonly<Record<string, TemplateFunction>> = {
  ...names,
  list,
  tuple: list,
  concat: fn('any...', args =>
    args.flatMap(each => {
      if (!Array.isArray(each)) throw new ValueError(`Cannot concat type ${kindOf(each)} as list`);
      return each;
    }),
  ),
  sortAlpha: fn('any', ([value], { count }) =>
    Array.isArray(value) ? toTexts(value, count).sort(compareTexts) : [toText(value!, count)],
  ),
  toStrings: fn('any', ([value], { count }) => toTexts(value!, count)),
  join: fn('string, any', ([separator, value], { count, meter }) => {
    const texts = toTexts(value!, count);
    meter.reserve(texts.reduce((size, text) => size + text.length + (separator as string).length, 0));
    return texts.join(separator as string);
  }),
  until: fn('int', ([count], context) => steps(0, smallOf(count!), smallOf(count!) < 0 ? -1 : 1, context)),
  untilStep: fn('int, int, int', ([start, stop, step], context) =>
    steps(smallOf(start!), smallOf(stop!), smallOf(step!), context),
  ),
  seq: fn('int...', (args, context) =>
    sequence(
      args.map(arg => smallOf(arg)),
      context,
    ).join(' '),
  ),
};

function steps(start: number, stop: number, step: number, { meter }: CallContext): bigint[] {
  if (step === 0 || Math.sign(stop - start) !== Math.sign(step)) return [];
  const size = Math.ceil((stop - start) / step);
  meter.reserve(size);
  meter.count(size);
  return Array.from({ length: size }, (_, at) => BigInt(start + at * step));
}

/** As `seq` of the shell: both ends are in it. */
function sequence(params: readonly number[], context: CallContext): bigint[] {
  const [a = 0, b = 0, c = 0] = params;
  if (params.length === 1) return towards(1, a, a < 1 ? -1 : 1, context);
  if (params.length === 2) return towards(a, b, b < a ? -1 : 1, context);
  if (params.length !== 3 || (c < a && b > 0)) return [];
  return steps(a, c + (c < a ? -1 : 1), b, context);
}

const towards = (start: number, end: number, step: number, context: CallContext): bigint[] =>
  steps(start, end + step, step, context);
