/** Macros: calls that become loops, tests and bindings while the text is read (cel-go `parser`, `ext`). */
import { accumulator, operators } from './syntax.ts';
import type { Call, Expr, Fold } from './syntax.ts';

type Report = (at: number, message: string) => void;

/** Stops an expansion; the call stays as it is. */
class MacroProblem extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Builds nodes that point at the macro's call. */
class Builder {
  readonly at: number;
  constructor(at: number) {
    this.at = at;
  }
  literal(value: boolean | bigint): Expr {
    return { kind: 'literal', at: this.at, value };
  }
  ident(name: string): Expr {
    return { kind: 'ident', at: this.at, name };
  }
  get accu(): Expr {
    return this.ident(accumulator);
  }
  call(name: string, ...args: Expr[]): Expr {
    return { kind: 'call', at: this.at, name, args };
  }
  method(name: string, target: Expr, ...args: Expr[]): Expr {
    return { kind: 'call', at: this.at, name, target, args };
  }
  list(...items: Expr[]): Expr {
    return { kind: 'list', at: this.at, items, optionals: new Set() };
  }
  bind(name: string, value: Expr, result: Expr): Expr {
    const init = { range: this.list(), variable: '#unused', accumulator: name, init: value };
    return { kind: 'fold', at: this.at, ...init, condition: this.literal(false), step: this.ident(name), result };
  }
}

interface Loop {
  readonly range: Expr;
  readonly variable: string;
  readonly second?: string;
}

type Expand = (call: Call, build: Builder) => Expr;

function nameOf(expr: Expr, message = 'argument is not an identifier'): string {
  if (expr.kind !== 'ident' || expr.name.startsWith('.')) throw new MacroProblem(expr.at, message);
  if (expr.name === '__result__') throw new MacroProblem(expr.at, 'iteration variable overwrites accumulator variable');
  return expr.name;
}

/** The range and its variables: one, or key and value. */
function loopOf({ target, args }: Call, variables: 1 | 2): Loop {
  if (variables === 1) return { range: target!, variable: nameOf(args[0]!) };
  const message = 'argument must be a simple name';
  const [variable, second] = [nameOf(args[0]!, message), nameOf(args[1]!, message)];
  if (variable === second) throw new MacroProblem(args[1]!.at, `duplicate variable name: ${variable}`);
  return { range: target!, variable, second };
}

const fold = (build: Builder, loop: Loop, parts: Pick<Fold, 'init' | 'condition' | 'step' | 'result'>): Expr => ({
  kind: 'fold',
  at: build.at,
  accumulator,
  ...loop,
  ...parts,
});

const all =
  (variables: 1 | 2): Expand =>
  (call, build) =>
    fold(build, loopOf(call, variables), {
      init: build.literal(true),
      condition: build.call(operators.notStrictlyFalse, build.accu),
      step: build.call(operators.and, build.accu, call.args.at(-1)!),
      result: build.accu,
    });

const exists =
  (variables: 1 | 2): Expand =>
  (call, build) =>
    fold(build, loopOf(call, variables), {
      init: build.literal(false),
      condition: build.call(operators.notStrictlyFalse, build.call(operators.not, build.accu)),
      step: build.call(operators.or, build.accu, call.args.at(-1)!),
      result: build.accu,
    });

const existsOne =
  (variables: 1 | 2): Expand =>
  (call, build) =>
    fold(build, loopOf(call, variables), {
      init: build.literal(0n),
      condition: build.literal(true),
      step: build.call(
        operators.conditional,
        call.args.at(-1)!,
        build.call(operators.add, build.accu, build.literal(1n)),
        build.accu,
      ),
      result: build.call(operators.equals, build.accu, build.literal(1n)),
    });

/** Gathers what `gather` adds for each element that passes. */
function gathering(build: Builder, loop: Loop, init: Expr, filter: Expr | undefined, gather: Expr): Expr {
  const step = filter ? build.call(operators.conditional, filter, gather, build.accu) : gather;
  return fold(build, loop, { init, condition: build.literal(true), step, result: build.accu });
}

const emptyMap = (build: Builder): Expr => ({ kind: 'map', at: build.at, entries: [] });

/** The optional filter stands before the last argument. */
const filterOf = ({ args }: Call, variables: number): Expr | undefined =>
  args.length === variables + 2 ? args[variables] : undefined;

const map =
  (variables: 1 | 2): Expand =>
  (call, build) =>
    gathering(
      build,
      loopOf(call, variables),
      build.list(),
      filterOf(call, variables),
      build.call(operators.add, build.accu, build.list(call.args.at(-1)!)),
    );

const filter: Expand = (call, build) =>
  gathering(
    build,
    loopOf(call, 1),
    build.list(),
    call.args[1]!,
    build.call(operators.add, build.accu, build.list(call.args[0]!)),
  );

const transformMap: Expand = (call, build) => {
  const loop = loopOf(call, 2);
  const insert = build.call('cel.@mapInsert', build.accu, build.ident(loop.variable), call.args.at(-1)!);
  return gathering(build, loop, emptyMap(build), filterOf(call, 2), insert);
};

const transformMapEntry: Expand = (call, build) => {
  const insert = build.call('cel.@mapInsert', build.accu, call.args.at(-1)!);
  return gathering(build, loopOf(call, 2), emptyMap(build), filterOf(call, 2), insert);
};

const has: Expand = ({ args: [arg] }, build) => {
  if (arg!.kind !== 'select' || arg!.test) throw new MacroProblem(arg!.at, 'invalid argument to has() macro');
  return { kind: 'select', at: build.at, operand: arg!.operand, field: arg!.field, test: true };
};

const optionalMap =
  (name: 'optMap' | 'optFlatMap'): Expand =>
  ({ target, args }, build) => {
    const variable = nameOf(args[0]!, `${name}() variable name must be a simple identifier`);
    const bound = build.bind(variable, build.method('value', target!), args[1]!);
    return build.call(
      operators.conditional,
      build.method('hasValue', target!),
      name === 'optMap' ? build.call('optional.of', bound) : bound,
      build.call('optional.none'),
    );
  };

const bind: Expand = ({ args }, build) => {
  if (args[0]!.kind !== 'ident')
    throw new MacroProblem(args[0]!.at, 'cel.bind() variable names must be simple identifiers');
  return build.bind(nameOf(args[0]!), args[1]!, args[2]!);
};

const sortBy: Expand = (call, build) => {
  const input = '@__sortBy_input__';
  const keys = map(1)({ ...call, target: build.ident(input) }, build);
  return build.bind(input, call.target!, build.method('@sortByAssociatedKeys', build.ident(input), keys));
};

/** By name and number of arguments; methods begin with a dot. */
const macros: Readonly<Record<string, Expand>> = {
  'has/1': has,
  '.all/2': all(1),
  '.all/3': all(2),
  '.exists/2': exists(1),
  '.exists/3': exists(2),
  '.exists_one/2': existsOne(1),
  '.exists_one/3': existsOne(2),
  '.existsOne/2': existsOne(1),
  '.existsOne/3': existsOne(2),
  '.map/2': map(1),
  '.map/3': map(1),
  '.filter/2': filter,
  '.transformList/3': map(2),
  '.transformList/4': map(2),
  '.transformMap/3': transformMap,
  '.transformMap/4': transformMap,
  '.transformMapEntry/3': transformMapEntry,
  '.transformMapEntry/4': transformMapEntry,
  '.optMap/2': optionalMap('optMap'),
  '.optFlatMap/2': optionalMap('optFlatMap'),
  '.sortBy/2': sortBy,
};

/** What a call stands for, if it is a macro's. Problems are reported and leave the call as it is. */
export function expandMacro(call: Call, report: Report): Expr | undefined {
  const isBind =
    call.name === 'bind' && call.args.length === 3 && call.target?.kind === 'ident' && call.target.name === 'cel';
  const name = `${call.target ? '.' : ''}${call.name}/${call.args.length}`;
  const expand = isBind ? bind : Object.hasOwn(macros, name) ? macros[name] : undefined;
  if (!expand) return undefined;
  try {
    const expr = expand(call, new Builder(call.at));
    expr.written = call;
    return expr;
  } catch (error) {
    if (!(error instanceof MacroProblem)) throw error;
    report(error.at, error.message);
    return undefined;
  }
}
