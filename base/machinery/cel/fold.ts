/** Loops of macros. What `map` and `filter` gather is appended in place: their accumulator has no other name. */
import { listCost, selectCost } from './charges.ts';
import type { Frame } from './frame.ts';
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
        const once = planOnce({ condition, step, absorbs, accu, first, second });
        return frame => {
          const over = range(frame);
          if (over instanceof CelError) return over;
          frame.slots[accu] = init(frame);
          const isList = over instanceof List;
          if (!isList && !(over instanceof Mapping))
            return fail(`unsupported comprehension range type: ${typeNameOf(over)}`);
          const problem = isList ? eachItem(over, once, frame) : eachKey(over, once, frame);
          return problem ?? result(frame);
        };
      };
      return fold.second === undefined ? inside(undefined) : planner.withLocal(fold.second, inside);
    }),
  );
}

interface Loop {
  readonly condition: Step;
  readonly step: Step;
  /** `all` and `exists` go on after an error. */
  readonly absorbs: boolean;
  readonly accu: number;
  readonly first: number;
  readonly second: number | undefined;
}

/** One turn: true to go on, false to end well, an error to end with. */
type Turn = (frame: Frame, key: Value, value: () => Value) => boolean | CelError;

function planOnce({ condition, step, absorbs, accu, first, second }: Loop): Turn & { readonly keyed: boolean } {
  const turn = (frame: Frame, key: Value, value: () => Value): boolean | CelError => {
    const { slots } = frame;
    slots[first] = key;
    if (second !== undefined) slots[second] = value();
    if (condition(frame) === false) return false;
    const next = step(frame);
    slots[accu] = next;
    return absorbs || !(next instanceof CelError) || next;
  };
  return Object.assign(turn, { keyed: second !== undefined });
}

const nothing = (): Value => null;

/** Elements; with two variables, places and elements. */
function eachItem(list: List, once: ReturnType<typeof planOnce>, frame: Frame): CelError | undefined {
  for (let at = 0; at < list.size; at++) {
    const goesOn = once.keyed ? once(frame, BigInt(at), () => list.at(at)) : once(frame, list.at(at), nothing);
    if (goesOn !== true) return goesOn || undefined;
  }
  return undefined;
}

/** Keys; with two variables, keys and values. */
function eachKey(map: Mapping, once: ReturnType<typeof planOnce>, frame: Frame): CelError | undefined {
  for (const key of map.keys()) {
    const goesOn = once(frame, key, once.keyed ? () => map.find(key) ?? null : nothing);
    if (goesOn !== true) return goesOn || undefined;
  }
  return undefined;
}
