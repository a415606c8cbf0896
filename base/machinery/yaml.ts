/**
 * Objects as YAML, byte for byte as upstream's serializer writes them (`sigs.k8s.io/yaml` over go-yaml v2): keys in order, lists not
 * indented, lines of about eighty columns. Pure.
 */
import { yamlKey, yamlText } from './yaml/scalar.ts';

/** Keys longer than this stand on lines of their own. */
const simpleKeyMax = 128;

type Json = Readonly<Record<string, unknown>>;

const isLetter = (character: string): boolean => /\p{L}/u.test(character);

/** The order of keys: letters after other characters, runs of digits by their value. */
function compareKeys(first: string, second: string): number {
  const [left, right] = [[...first], [...second]];
  const at = left.findIndex((character, index) => character !== right[index]);
  if (at < 0 || at >= right.length) return left.length - right.length;
  const [a, b] = [left[at]!, right[at]!];
  if (isLetter(a) || isLetter(b)) return isLetter(a) && isLetter(b) ? compareTexts(a, b) : isLetter(b) ? -1 : 1;
  return compareRuns(left, right, at) || compareTexts(a, b);
}

const compareTexts = (a: string, b: string): number => (a.codePointAt(0)! < b.codePointAt(0)! ? -1 : 1);

/** By the numbers that stand at a place; zeros count when digits before them do. */
function compareRuns(left: readonly string[], right: readonly string[], at: number): number {
  const before = /\d*$/.exec(left.slice(0, at).join(''))![0];
  const lead = (left[at] === '0' || right[at] === '0') && /[1-9]/.test(before) ? '1' : '0';
  const [a, b] = [runOf(left, at), runOf(right, at)];
  const difference = BigInt(lead + a) - BigInt(lead + b);
  return difference === 0n ? a.length - b.length : difference < 0n ? -1 : 1;
}

function runOf(characters: readonly string[], at: number): string {
  let end = at;
  while (/^\d$/.test(characters[end] ?? '')) end++;
  return characters.slice(at, end).join('');
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && keysOf(value as Json).length === 0;
}

const keysOf = (value: Json): string[] => Object.keys(value).filter(key => value[key] !== undefined);

function scalar(value: unknown, column: number, indent: number): string {
  if (typeof value === 'string') return yamlText(value, column, indent + 2);
  if (Array.isArray(value)) return '[]';
  return value === null || typeof value !== 'object' ? String(value) : '{}';
}

const isBlock = (value: unknown): boolean => typeof value === 'object' && value !== null && !isEmpty(value);

/** Lines of a mapping; the first stands where the writer is. */
function mapping(value: Json, indent: number): string {
  const pad = ' '.repeat(indent);
  const entries = keysOf(value)
    .sort(compareKeys)
    .map(key => {
      const inner = value[key];
      const name = yamlKey(key);
      if (key.length > simpleKeyMax) return `? ${name}\n${pad}: ${item(inner, indent)}`;
      if (!isBlock(inner)) return `${name}: ${scalar(inner, indent + name.length + 2, indent)}`;
      return Array.isArray(inner)
        ? `${name}:\n${pad}${list(inner, indent)}`
        : `${name}:\n${pad}  ${mapping(inner as Json, indent + 2)}`;
    });
  return entries.join(`\n${pad}`);
}

const list = (values: readonly unknown[], indent: number): string =>
  values.map(value => `- ${item(value, indent)}`).join(`\n${' '.repeat(indent)}`);

/** What stands behind a dash: lists and mappings begin on its line. */
function item(value: unknown, indent: number): string {
  if (!isBlock(value)) return scalar(value, indent + 2, indent);
  return Array.isArray(value) ? list(value, indent + 2) : mapping(value as Json, indent + 2);
}

/** A value of JSON as a YAML document. */
export const toYaml = (value: unknown): string =>
  `${isBlock(value) ? (Array.isArray(value) ? list(value, 0) : mapping(value as Json, 0)) : scalar(value, 0, -2)}\n`;
