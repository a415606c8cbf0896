/** One evaluation: local variables, the outer world, and what it has cost so far. */
import type { Meter } from './environment.ts';
import type { Value } from './values.ts';

/** Finds a variable's value; undefined if there is none. */
export type Activation = (name: string) => Value | undefined;

/** Ends an evaluation that costs too much; no macro absorbs it. */
export class CostExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

/** Elements and letters that may be touched per unit of the limit, beyond what costs count. */
const workPerCost = 10;

export class Frame implements Meter {
  cost = 0;
  readonly slots: Value[] = [];
  readonly variable: Activation;
  readonly #limit: number;
  #work = 0;
  constructor(variable: Activation, limit: number) {
    this.variable = variable;
    this.#limit = limit;
  }
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.#limit) throw new CostExceeded();
  }
  work(steps: number): void {
    this.#work += steps;
    if (this.#work > this.#limit * workPerCost) throw new CostExceeded();
  }
}
