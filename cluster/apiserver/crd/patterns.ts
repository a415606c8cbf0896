/** Compiled patterns of schemas, each once. */
import { compileRegexp } from '@orrery/machinery/regexp';
import type { Regexp } from '@orrery/machinery/regexp';

const known = new Map<string, Regexp>();
const limit = 1000;

/** @throws RegexpError */
export function patternOf(pattern: string): Regexp {
  let compiled = known.get(pattern);
  if (compiled === undefined) {
    if (known.size >= limit) known.clear();
    known.set(pattern, (compiled = compileRegexp(pattern)));
  }
  return compiled;
}

/** Whether a pattern is found in the text. @throws RegexpError for a pattern that the definition's own checks refuse. */
export const hasPattern = (pattern: string, text: string): boolean => patternOf(pattern).test(text);
