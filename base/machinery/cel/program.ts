/** From text to a program that runs, or to what is wrong with it. */
import { check } from './check.ts';
import type { CheckedTree } from './check.ts';
import type { Environment } from './environment.ts';
import { estimate } from './estimate.ts';
import type { SizeOf } from './estimate.ts';
import { CostExceeded, Frame } from './frame.ts';
import type { Activation } from './frame.ts';
import { describeIssues } from './issues.ts';
import type { Issue } from './issues.ts';
import { Waiting } from './library/authorizer.ts';
import { parse } from './parser.ts';
import { planTree } from './plan.ts';
import type { MakeStruct, Step } from './plan.ts';
import type { Range } from './ranges.ts';
import type { Expr } from './syntax.ts';
import type { Type } from './types.ts';
import { validateLiterals } from './validate-literals.ts';
import { fail } from './values.ts';
import type { Value } from './values.ts';

/** What a run came to. */
export interface Outcome {
  /** A {@link CelError} for what failed. */
  readonly value: Value;
  readonly cost: number;
  /** Whether it was stopped because it cost too much. */
  readonly exceeded: boolean;
}

export interface Compiled {
  readonly program?: Program;
  readonly issues: readonly Issue[];
  /** All issues, as upstream writes them behind `compilation failed: `. */
  readonly text: string;
}

const noStructs: MakeStruct = name => fail(`cannot make values of type '${name}'`);

/** @param makeStruct for environments with structs: builds the value of `Name{...}` */
export function compile(source: string, environment: Environment, makeStruct: MakeStruct = noStructs): Compiled {
  const refused = (issues: readonly Issue[]): Compiled => ({ issues, text: describeIssues(source, issues) });
  const { expr, issues } = parse(source);
  if (!expr) return refused(issues);
  const checked = check(expr, environment);
  const all = checked.issues.length > 0 ? checked.issues : validateLiterals(expr);
  if (all.length > 0) return refused(all);
  return { program: new Program(expr, checked.tree, makeStruct), issues: [], text: '' };
}

/** A compiled expression. Holds no state between runs; planned when first run. */
export class Program {
  /** The type of its result. */
  readonly type: Type;
  readonly #expr: Expr;
  readonly #tree: CheckedTree;
  readonly #makeStruct: MakeStruct;
  #step: Step | undefined;

  constructor(expr: Expr, tree: CheckedTree, makeStruct: MakeStruct) {
    this.type = tree.get(expr)!.type;
    this.#expr = expr;
    this.#tree = tree;
    this.#makeStruct = makeStruct;
  }

  /** Whether it refers to a variable. */
  uses(variable: string): boolean {
    for (const [expr, { name }] of this.#tree) if (name === variable && expr.kind !== 'call') return true;
    return false;
  }

  /** What it costs at least and at most, as far as sizes are known. */
  estimate(sizeOf: SizeOf = () => undefined): Range {
    return estimate(this.#expr, this.#tree, sizeOf);
  }

  /**
   * Runs it once.
   * @param limit costs at which it is stopped: the smaller of what a call may cost and what is left of a budget
   */
  run(variable: Activation, limit: number): Outcome {
    this.#step ??= planTree(this.#expr, this.#tree, this.#makeStruct);
    const frame = new Frame(variable, limit);
    try {
      return { value: this.#step(frame), cost: frame.cost, exceeded: false };
    } catch (error) {
      if (error instanceof CostExceeded) return { value: fail(error.message), cost: frame.cost, exceeded: true };
      throw error;
    }
  }

  /** Like {@link run}, for environments whose authorizer answers later. */
  async runAsync(variable: Activation, limit: number): Promise<Outcome> {
    for (;;)
      try {
        return this.run(variable, limit);
      } catch (error) {
        if (!(error instanceof Waiting)) throw error;
        await error.answer;
      }
  }
}
