/** Paths in rules: `.spec.items`, `.data['a.b']`, from the value that a rule judges (apiextensions `schema/cel` `ValidFieldPath`). */
import type { JSONSchemaProps } from '@orrery/kinds/types';
import { child, key } from '@orrery/machinery/fieldpath';

const token = /'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]']+/sy;
const letters: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function tokensOf(path: string): string[] | undefined {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < path.length) {
    const found = token.exec(path);
    if (!found) return undefined;
    tokens.push(found[0]);
  }
  return tokens;
}

function unquote(text: string): string | undefined {
  if (!/^'.*'$/s.test(text)) return undefined;
  let isGood = true;
  const inner = text.slice(1, -1).replace(/\\(.)/gs, (_all, letter: string) => {
    if (letter === "'" || letter === '\\') return letter;
    isGood &&= letter in letters;
    return letters[letter] ?? '';
  });
  return isGood ? inner : undefined;
}

/** The path as errors show it, or undefined if it leads to nothing. */
export function resolveFieldPath(path: string, schema: JSONSchemaProps): string | undefined {
  const tokens = tokensOf(path);
  if (!tokens) return undefined;
  let at = schema;
  let shown = '';
  for (let place = 0; place < tokens.length;) {
    const opener = tokens[place++];
    let name = tokens[place++];
    if (name === undefined || (opener !== '.' && opener !== '[')) return undefined;
    if (opener === '[') {
      name = unquote(name);
      if (name === undefined || tokens[place++] !== ']') return undefined;
    }
    const { properties, additionalProperties } = at;
    if (properties) {
      if (!Object.hasOwn(properties, name)) return undefined;
      shown = child(shown, name);
      at = properties[name]!;
    } else {
      if (typeof additionalProperties !== 'object') return undefined;
      shown = key(shown, name);
      at = additionalProperties;
    }
  }
  return shown;
}
