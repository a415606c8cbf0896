/** Literals that can never be right: patterns, durations and moments that do not parse (cel-go `cel/validator.go`). */
import type { Issue } from './issues.ts';
import { patternFor } from './library/patterns.ts';
import type { Expr } from './syntax.ts';
import { parseGoDuration, parseTimestamp } from './time.ts';
import { CelError, Duration, Timestamp } from './values.ts';

const checks: Readonly<Record<string, (text: string) => boolean>> = {
  matches: text => !(patternFor(text) instanceof CelError),
  duration: text => parseGoDuration(text) instanceof Duration,
  timestamp: text => parseTimestamp(text) instanceof Timestamp,
};

/** Children of a part. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target ? [expr.target, ...expr.args] : expr.args;
    case 'list':
      return expr.items;
    case 'map':
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return expr.fields.map(({ value }) => value);
    case 'fold':
      return [expr.range, expr.init, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}

/** Each part once, however often macros use it. */
export function everyPart(root: Expr): Set<Expr> {
  const seen = new Set<Expr>();
  const waiting = [root];
  while (waiting.length > 0) {
    const expr = waiting.pop()!;
    if (seen.has(expr)) continue;
    seen.add(expr);
    waiting.push(...partsOf(expr));
  }
  return seen;
}

export function validateLiterals(root: Expr): Issue[] {
  const issues: Issue[] = [];
  for (const expr of everyPart(root)) {
    if (expr.kind !== 'call' || !Object.hasOwn(checks, expr.name)) continue;
    const arg = expr.args.at(-1);
    if (arg?.kind !== 'literal' || typeof arg.value !== 'string') continue;
    if (!checks[expr.name]!(arg.value)) issues.push({ at: arg.at, message: `invalid ${expr.name} argument` });
  }
  return issues;
}
