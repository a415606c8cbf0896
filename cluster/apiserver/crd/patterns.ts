/** Compiled patterns of schemas, each once. */
import { compileRegexp } from '@orrery/machinery/regexp';
import type { Regexp } from '@orrery/machinery/regexp';

const known = new Map<string, Regexp>();
const limit = 1000;

/** Whether a pattern is found in the text. @throws RegexpError for a pattern that the definition's own checks refuse. */
export function hasPattern(pattern: string, text: string): boolean {
  let compiled = known.get(pattern);
  if (compiled === undefined) {
    if (known.size >= limit) known.clear();
    known.set(pattern, (compiled = compileRegexp(pattern)));
  }
  return compiled.test(text);
}
