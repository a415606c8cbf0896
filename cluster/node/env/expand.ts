/** `$(NAME)` in commands, arguments and environment values (upstream `third_party/forked/golang/expansion`). */

/**
 * Replaces each `$(NAME)` that `lookup` knows. `$$` is one literal `$`, so `$$(NAME)` stays `$(NAME)`; an unknown name and an
 * unclosed bracket stay as written.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  let out = '';
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0 || dollar === text.length - 1) return out + text.slice(at);
    out += text.slice(at, dollar);
    const { piece, next } = reference(text, dollar, lookup);
    out += piece;
    at = next;
  }
  return out;
}

function reference(text: string, dollar: number, lookup: (name: string) => string | undefined) {
  const follows = text[dollar + 1]!;
  if (follows === '$') return { piece: '$', next: dollar + 2 };
  if (follows !== '(') return { piece: `$${follows}`, next: dollar + 2 };
  const close = text.indexOf(')', dollar + 2);
  if (close < 0) return { piece: '$(', next: dollar + 2 };
  const name = text.slice(dollar + 2, close);
  return { piece: lookup(name) ?? `$(${name})`, next: close + 1 };
}

/** {@link expand} over a list, with names from a map. */
export const expandAll = (texts: readonly string[] | undefined, names: ReadonlyMap<string, string>): string[] =>
  (texts ?? []).map(text => expand(text, name => names.get(name)));
