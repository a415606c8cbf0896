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

/** A place in a schema, or why a path leads to none. */
export type Found = { readonly shown: string; readonly schema: JSONSchemaProps } | { readonly problem: string };

const noField: Found = { problem: 'does not refer to a valid field' };
const noEnd: Found = { problem: 'unexpected end of JSON path' };

/** Follows a path as upstream does. @param inBrackets whether `['name']` is known */
export function findField(path: string, schema: JSONSchemaProps, inBrackets = true): Found {
  const tokens = tokensOf(path);
  if (!tokens) return { problem: 'invalid string literal: invalid syntax' };
  let at = schema;
  let shown = '';
  for (let place = 0; place < tokens.length;) {
    const opener = tokens[place++];
    if (opener !== '.' && opener !== '[') return { problem: `expected [ or . but got: ${opener}` };
    if (opener === '[' && !inBrackets) return { problem: 'array notation is not allowed' };
    let name = tokens[place++];
    if (name === undefined) return noEnd;
    if (opener === '[') {
      const given = name;
      name = unquote(name);
      if (name === undefined) return { problem: `expected single quoted string but got ${given}` };
    }
    const { properties, additionalProperties } = at;
    if (properties) {
      if (!Object.hasOwn(properties, name)) return noField;
      shown = child(shown, name);
      at = properties[name]!;
    } else {
      if (typeof additionalProperties !== 'object') return noField;
      shown = key(shown, name);
      at = additionalProperties;
    }
    if (opener !== '[') continue;
    const closer = tokens[place++];
    if (closer !== ']') return closer === undefined ? noEnd : { problem: `expected ] but got ${closer}` };
  }
  return { shown, schema: at };
}

/** The path as errors show it, or undefined if it leads to nothing. */
export function resolveFieldPath(path: string, schema: JSONSchemaProps): string | undefined {
  const found = findField(path, schema);
  return 'problem' in found ? undefined : found.shown;
}
