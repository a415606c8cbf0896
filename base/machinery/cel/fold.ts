/** Loops of macros. What `map` and `filter` gather is appended in place: their accumulator has no other name. */
import { listCost, selectCost } from './charges.ts';
import type { Planner, Step } from './plan.ts';
import { accumulator, isBinding, operators } from './syntax.ts';
import type { Call, Expr, Fold } from './syntax.ts';
import { ArrayList, CelError, fail, List, Mapping, typeNameOf } from './values.ts';
import type { Value } from './values.ts';

export function planFold(fold: Fold, planner: Planner): Step {
  return isBinding(fold) ? planBinding(fold, planner) : planLoop(fold, planner);
}

function planBinding({ accumulator: name, init, result }: Fold, planner: Planner): Step {
  const value = planner.plan(init);
  return planner.withLocal(name, slot => {
    const inner = planner.plan(result);
    return frame => {
      frame.charge(listCost);
      frame.slots[slot] = value(frame);
      return inner(frame);
    };
  });
}

/** `@result + [x]`, where that is what a step does. */
function gathered(step: Expr): Expr | undefined {
  const isGathering =
    step.kind === 'call' &&
    step.name === operators.add &&
    step.args[0]!.kind === 'ident' &&
    step.args[0]!.name === accumulator &&
    step.args[1]!.kind === 'list';
  return isGathering ? (step.args[1] as Expr & { kind: 'list' }).items[0] : undefined;
}

function planGathering(item: Expr, slot: number, planner: Planner): Step {
  const step = planner.plan(item);
  return frame => {
    frame.charge(selectCost);
    const value = step(frame);
    frame.charge(listCost + 1);
    if (value instanceof CelError) return value;
    const list = frame.slots[slot];
    if (list instanceof ArrayList) list.items.push(value);
    return list!;
  };
}

function planStep(step: Expr, slot: number, isList: boolean, planner: Planner): Step {
  if (!isList) return planner.plan(step);
  const item = gathered(step);
  if (item) return planGathering(item, slot, planner);
  const [condition, yes, no] = (step as Call).args;
  const inner = yes && gathered(yes);
  if (!inner) return planner.plan(step);
  const [test, take, leave] = [planner.plan(condition!), planGathering(inner, slot, planner), planner.plan(no!)];
  return frame => {
    const chosen = test(frame);
    if (chosen === true) return take(frame);
    if (chosen === false) return leave(frame);
    return chosen instanceof CelError ? chosen : fail('no such overload');
  };
}

const isEmptyList = (expr: Expr): boolean => expr.kind === 'list' && expr.items.length === 0;

function planLoop(fold: Fold, planner: Planner): Step {
  const range = planner.plan(fold.range);
  const init = planner.plan(fold.init);
  const absorbs = fold.init.kind === 'literal' && typeof fold.init.value === 'boolean';
  return planner.withLocal(fold.accumulator, accu =>
    planner.withLocal(fold.variable, first => {
      const inside = (second: number | undefined): Step => {
        const condition = planner.plan(fold.condition);
        const step = planStep(fold.step, accu, isEmptyList(fold.init), planner);
        const result = planner.plan(fold.result);
        return frame => {
          const over = range(frame);
          if (over instanceof CelError) return over;
          const pairs = pairsOf(over, second !== undefined);
          if (pairs instanceof CelError) return pairs;
          const { slots } = frame;
          slots[accu] = init(frame);
          for (const pair of pairs) {
            slots[first] = pair[0];
            if (second !== undefined) slots[second] = pair[1]!;
            if (condition(frame) === false) break;
            slots[accu] = step(frame);
            if (!absorbs && slots[accu] instanceof CelError) return slots[accu];
          }
          return result(frame);
        };
      };
      return fold.second === undefined ? inside(undefined) : planner.withLocal(fold.second, inside);
    }),
  );
}

type Pair = readonly [Value, Value?];

/** Elements or keys; with two variables, places or keys with their values. */
function pairsOf(over: Value, withValues: boolean): Iterable<Pair> | CelError {
  if (over instanceof List) return listPairs(over, withValues);
  if (over instanceof Mapping) return mapPairs(over, withValues);
  return fail(`unsupported comprehension range type: ${typeNameOf(over)}`);
}

function* listPairs(list: List, withValues: boolean): Iterable<Pair> {
  for (let at = 0; at < list.size; at++) yield withValues ? [BigInt(at), list.at(at)] : [list.at(at)];
}

function* mapPairs(map: Mapping, withValues: boolean): Iterable<Pair> {
  for (const key of map.keys()) yield withValues ? [key, map.find(key) ?? null] : [key];
}
