/** Patterns of file names, as expressions that are matched in time proportional to the name. Pure. */
import { compileRegexp, type Regexp } from '@orrery/machinery/regexp';

const escaped = (letter: string): string => letter.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');

/** A class `[a-z]`, `[!a-z]`; the letters behind it go on at `end`. */
function classAt(pattern: string, start: number): { source: string; end: number } | undefined {
  const found = /^\[([!^]?)((?:\\.|[^\]\\])+)\]/.exec(pattern.slice(start, start + 256));
  if (!found) return undefined;
  const inside = found[2]!.replace(/\\(.)|[[\]^&]/g, (all, kept?: string) => `\\${kept ?? all}`);
  return { source: `[${found[1] ? '^' : ''}${inside}]`, end: start + found[0].length };
}

/**
 * `*` and `?` stay within a folder, `**` does not, `{a,b}` are alternatives.
 * @returns undefined when the pattern is none
 */
export function compileGlob(pattern: string): Regexp | undefined {
  let source = '';
  let braces = 0;
  for (let at = 0; at < pattern.length;) {
    const letter = pattern[at]!;
    const set = letter === '[' ? classAt(pattern, at) : undefined;
    if (set) {
      source += set.source;
      at = set.end;
      continue;
    }
    const isDeep = letter === '*' && pattern[at + 1] === '*';
    if (letter === '{') braces++;
    if (letter === '}') braces--;
    if (letter === '*') source += isDeep ? '(?s:.*)' : '[^/]*';
    else if (letter === '?') source += '[^/]';
    else if (letter === '{') source += '(?:';
    else if (letter === '}' && braces >= 0) source += ')';
    else if (letter === ',' && braces > 0) source += '|';
    else if (letter === '\\' && at + 1 < pattern.length) source += escaped(pattern[++at]!);
    else source += escaped(letter);
    at += isDeep ? 2 : 1;
  }
  try {
    return braces === 0 ? compileRegexp(`^(?:${source})$`) : undefined;
  } catch {
    return undefined;
  }
}
