/** The tree of an expression, macros already opened (cel-spec `syntax.proto`). Positions are offsets into the text. */
import type { Value } from './values.ts';

interface Node {
  /** Where a message about it points. */
  readonly at: number;
  /** What stood in the text before a macro was opened: for printing. */
  written?: Call;
}

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: Value;
}

export interface Ident extends Node {
  readonly kind: 'ident';
  readonly name: string;
}

export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  /** `has(operand.field)` */
  readonly test: boolean;
}

export interface Call extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly target?: Expr;
  readonly args: readonly Expr[];
}

export interface ListExpr extends Node {
  readonly kind: 'list';
  readonly items: readonly Expr[];
  /** Places of elements written `?x`. */
  readonly optionals: ReadonlySet<number>;
}

export interface Entry {
  readonly at: number;
  readonly key: Expr;
  readonly value: Expr;
  readonly optional: boolean;
}

export interface MapExpr extends Node {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
}

export interface FieldInit {
  readonly at: number;
  readonly name: string;
  readonly value: Expr;
  readonly optional: boolean;
}

export interface StructExpr extends Node {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: readonly FieldInit[];
}

/** A loop over a list or a map: every macro with a variable becomes one. A binding is a loop over nothing. */
export interface Fold extends Node {
  readonly kind: 'fold';
  readonly range: Expr;
  readonly variable: string;
  readonly second?: string;
  readonly accumulator: string;
  readonly init: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

export type Expr = Literal | Ident | Select | Call | ListExpr | MapExpr | StructExpr | Fold;

/** The accumulator of macros: no text can name it. */
export const accumulator = '@result';

/** Whether a fold only binds a name. */
export const isBinding = ({ range, condition, accumulator: name }: Fold): boolean =>
  range.kind === 'list' &&
  range.items.length === 0 &&
  condition.kind === 'literal' &&
  condition.value === false &&
  name !== accumulator;

/** Functions behind the operators. */
export const operators = {
  conditional: '_?_:_',
  and: '_&&_',
  or: '_||_',
  not: '!_',
  negate: '-_',
  index: '_[_]',
  optionalIndex: '_[?_]',
  optionalSelect: '_?._',
  notStrictlyFalse: '@not_strictly_false',
  in: '@in',
  equals: '_==_',
  notEquals: '_!=_',
  add: '_+_',
} as const;
