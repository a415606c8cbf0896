/** Regular expressions of expressions: RE2's, in linear time, each compiled once. */
import { compileRegexp } from '../../regexp.ts';
import type { Regexp } from '../../regexp.ts';
import { CelError, fail } from '../values.ts';
import type { Value } from '../values.ts';

const known = new Map<string, Regexp | CelError>();
const limit = 500;

export function patternFor(source: string): Regexp | CelError {
  let pattern = known.get(source);
  if (pattern === undefined) {
    try {
      pattern = compileRegexp(source);
    } catch (error) {
      pattern = fail((error as Error).message);
    }
    if (known.size >= limit) known.clear();
    known.set(source, pattern);
  }
  return pattern;
}

export function matchesPattern(text: string, source: string): Value {
  const pattern = patternFor(source);
  return pattern instanceof CelError ? pattern : pattern.test(text);
}
