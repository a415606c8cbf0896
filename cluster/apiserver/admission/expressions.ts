/**
 * Expressions of webhooks and policies: compiled, and run over one write within a budget (apiserver `admission/plugin/cel`). Load it when
 * there is an expression to run: it brings the language with it.
 */
import { CelError, compile, fail, formatType, limits, Mapping } from '@orrery/machinery/cel';
import type { Activation, Environment, MakeStruct, Program, Type, Value } from '@orrery/machinery/cel';

export interface Expression {
  readonly source: string;
  readonly program?: Program;
  /** Why there is no program, in the words of a refused definition. */
  readonly problem?: string;
}

/**
 * @param results what it may answer; absent: anything
 * @param makeStruct for those that make patches
 */
export function compileExpression(
  source: string,
  environment: Environment,
  results?: readonly Type[],
  makeStruct?: MakeStruct,
): Expression {
  const { program, text } = compile(source, environment, makeStruct);
  if (!program) return { source, problem: `compilation failed: ${text}` };
  const type = formatType(program.type);
  const names = results?.map(result => (result.kind === 'null' ? 'null_type' : formatType(result)));
  if (!names || results!.some(result => formatType(result) === type)) return { source, program };
  const wanted = names.length === 1 ? names[0] : `one of [${names.join(' ')}]`;
  return { source, problem: `must evaluate to ${wanted} but got ${type === 'null' ? 'null_type' : type}` };
}

/** What expressions together may cost. */
export interface Budget {
  left: number;
}

/** Nothing more may be run: the budget is spent. */
export class BudgetSpent extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

export type Evaluated = { readonly value: Value } | { readonly error: string };

/** Costs between two pauses: some milliseconds. */
const pauseEvery = 50_000;

/** Runs expressions over the same values. Variables are computed when they are first named, once. */
export class Evaluation {
  readonly #activation: Activation;
  readonly #budget: Budget;
  readonly #variables: Variables;
  #sincePause = 0;

  /** @param variables by name; `variables` is not there for expressions of webhooks */
  constructor(activation: Activation, budget: Budget, variables: ReadonlyMap<string, Expression> = new Map()) {
    const withVariables: Activation = name => (name === 'variables' ? this.#variables : activation(name));
    this.#activation = withVariables;
    this.#budget = budget;
    this.#variables = new Variables(variables, withVariables);
  }

  /** @throws BudgetSpent */
  async run({ source, program, problem }: Expression): Promise<Evaluated> {
    if (!program) return { error: `compilation error: ${problem}` };
    const { value, cost } = await program.runAsync(this.#activation, limits.perCallLimit);
    const all = cost + this.#variables.takeCost();
    if (all > this.#budget.left) throw new BudgetSpent();
    this.#budget.left -= all;
    await this.#pause(all);
    return value instanceof CelError
      ? { error: `expression '${source}' resulted in error: ${value.message}` }
      : { value };
  }

  /** Others may run in between. */
  async #pause(cost: number): Promise<void> {
    this.#sincePause += cost;
    if (this.#sincePause < pauseEvery) return;
    this.#sincePause = 0;
    await new Promise<void>(resolve => setImmediate(resolve));
  }
}

class Variables extends Mapping {
  readonly #expressions: ReadonlyMap<string, Expression>;
  readonly #activation: Activation;
  readonly #known = new Map<string, Value>();
  readonly #running = new Set<string>();
  #cost = 0;
  constructor(expressions: ReadonlyMap<string, Expression>, activation: Activation) {
    super();
    this.#expressions = expressions;
    this.#activation = activation;
  }
  get size(): number {
    return this.#expressions.size;
  }
  keys(): Iterable<Value> {
    return this.#expressions.keys();
  }
  find(key: Value): Value | undefined {
    const name = key as string;
    const expression = this.#expressions.get(name);
    if (!expression) return undefined;
    let value = this.#known.get(name);
    if (value === undefined) this.#known.set(name, (value = this.#compute(name, expression)));
    return value;
  }
  /** What was spent since the last call. */
  takeCost(): number {
    const cost = this.#cost;
    this.#cost = 0;
    return cost;
  }

  #compute(name: string, { program, problem }: Expression): Value {
    const called = `composited variable ${JSON.stringify(name)}`;
    if (!program) return fail(`${called} fails to compile: ${problem}`);
    // Two variables of one name: the later one could name itself.
    if (this.#running.has(name)) return fail(`${called} fails to evaluate: it names itself`);
    this.#running.add(name);
    try {
      // An answer that is waited for ends the run from inside; what is known by then stays known.
      const { value, cost } = program.run(this.#activation, limits.perCallLimit);
      this.#cost += cost;
      return value instanceof CelError ? fail(`${called} fails to evaluate: ${value.message}`) : value;
    } finally {
      this.#running.delete(name);
    }
  }
}
