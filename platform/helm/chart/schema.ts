/** values.schema.json: values held against it, with the words of the library that Helm uses. Nothing is fetched. */
import { compileRegexp, type Regexp } from '@orrery/machinery/regexp';
import { ChartError } from '../errors.ts';
import { compareTexts } from '../template/values.ts';

type Json = Readonly<Record<string, unknown>>;
type Schema = Json | boolean;

/** Schemas and values that are looked at; both are a stranger's. */
const stepsMax = 200_000;
const depthMax = 100;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' || typeof value === 'bigint' ? 'number' : typeof value;
}

const fitsType = (value: unknown, type: string): boolean =>
  type === 'integer' ? typeof value === 'number' && Number.isInteger(value) : typeName(value) === type;

const quoted = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));
const escapedKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

class Check {
  readonly problems: string[] = [];
  private readonly root: unknown;
  private readonly expressions = new Map<string, Regexp>();
  private steps = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  /** True when the value fits; what is wrong is told when `path` is given. */
  fits(schema: unknown, value: unknown, path: string, depth: number, tells: boolean): boolean {
    if (++this.steps > stepsMax) throw new ChartError('values.schema.json takes too many steps');
    if (depth > depthMax) throw new ChartError('values.schema.json is nested too deeply, or refers to itself');
    const before = this.problems.length;
    const found: string[] = [];
    const say = (message: string): void => void found.push(message);
    if (schema === false) say('false schema');
    let isGood = true;
    if (isObject(schema)) {
      this.plain(schema, value, say);
      if (typeof value === 'string') this.text(schema, value, say);
      if (typeof value === 'number') number(schema, value, say);
      isGood = this.applied(schema, value, path, depth, tells, say);
      if (Array.isArray(value)) isGood = this.list(schema, value, path, depth, tells, say) && isGood;
      if (isObject(value)) isGood = this.object(schema, value, path, depth, tells, say) && isGood;
    }
    if (tells) for (const message of found) this.problems.push(`at '${path}': ${message}`);
    if (!tells) this.problems.length = before;
    return found.length === 0 && isGood;
  }

  private plain(schema: Json, value: unknown, say: (message: string) => void): void {
    const types =
      typeof schema['type'] === 'string'
        ? [schema['type']]
        : Array.isArray(schema['type'])
          ? (schema['type'] as string[])
          : [];
    if (types.length > 0 && !types.some(type => fitsType(value, type)))
      say(`got ${typeName(value)}, want ${types.join(' or ')}`);
    const choices = schema['enum'];
    if (Array.isArray(choices) && !choices.some(choice => isSame(choice, value)))
      say(`value must be one of ${choices.map(quoted).join(', ')}`);
    if (Object.hasOwn(schema, 'const') && !isSame(schema['const'], value))
      say(`value must be ${quoted(schema['const'])}`);
  }

  private expression(source: string): Regexp {
    let made = this.expressions.get(source);
    try {
      made ??= compileRegexp(source);
    } catch {
      throw new ChartError(`values.schema.json: ${quoted(source)} is no regular expression of RE2`);
    }
    this.expressions.set(source, made);
    return made;
  }

  private text(schema: Json, value: string, say: (message: string) => void): void {
    const length = [...value].length;
    bounds(schema, 'minLength', 'maxLength', length, say);
    const { pattern } = schema;
    if (typeof pattern === 'string' && !this.expression(pattern).test(value))
      say(`${quoted(value)} does not match pattern ${quoted(pattern)}`);
  }

  private applied(
    schema: Json,
    value: unknown,
    path: string,
    depth: number,
    tells: boolean,
    say: (message: string) => void,
  ): boolean {
    const fits = (inner: unknown, told = false): boolean => this.fits(inner, value, path, depth + 1, told && tells);
    let isGood = true;
    if (typeof schema['$ref'] === 'string') isGood = fits(this.resolve(schema['$ref']), true);
    for (const inner of listed(schema['allOf'])) isGood = fits(inner, true) && isGood;
    const any = listed(schema['anyOf']);
    if (any.length > 0 && !any.some(inner => fits(inner))) say('anyOf failed');
    const one = listed(schema['oneOf']);
    const matching = one.map((inner, at) => (fits(inner) ? at : -1)).filter(at => at >= 0);
    if (one.length > 0 && matching.length !== 1) {
      say(
        matching.length === 0
          ? 'oneOf failed, none matched'
          : `oneOf failed, subschemas ${matching.slice(0, 2).join(', ')} matched`,
      );
    }
    if (schema['not'] !== undefined && fits(schema['not'])) say('not failed');
    if (schema['if'] !== undefined) {
      const branch = fits(schema['if']) ? schema['then'] : schema['else'];
      if (branch !== undefined) isGood = fits(branch, true) && isGood;
    }
    return isGood;
  }

  private list(
    schema: Json,
    value: readonly unknown[],
    path: string,
    depth: number,
    tells: boolean,
    say: (message: string) => void,
  ): boolean {
    bounds(schema, 'minItems', 'maxItems', value.length, say);
    if (schema['uniqueItems'] === true) {
      const at = value.findIndex((item, index) => value.slice(0, index).some(other => isSame(item, other)));
      if (at >= 0) say(`items at ${value.findIndex(item => isSame(item, value[at]))} and ${at} are equal`);
    }
    // Up to 2019 a list under `items` was for the first places.
    const first = listed(schema['prefixItems'] ?? (Array.isArray(schema['items']) ? schema['items'] : undefined));
    const rest = Array.isArray(schema['items']) ? schema['additionalItems'] : schema['items'];
    let isGood = true;
    value.forEach((item, at) => {
      const inner = first[at] ?? rest;
      if (inner !== undefined) isGood = this.fits(inner, item, `${path}/${at}`, depth + 1, tells) && isGood;
    });
    if (
      schema['contains'] !== undefined &&
      !value.some(item => this.fits(schema['contains'], item, path, depth + 1, false))
    )
      say('no items match contains schema');
    return isGood;
  }

  private object(
    schema: Json,
    value: Json,
    path: string,
    depth: number,
    tells: boolean,
    say: (message: string) => void,
  ): boolean {
    const keys = Object.keys(value).sort(compareTexts);
    bounds(schema, 'minProperties', 'maxProperties', keys.length, say);
    const missing = listed(schema['required']).filter(key => !Object.hasOwn(value, key as string));
    if (missing.length > 0)
      say(`missing propert${missing.length === 1 ? 'y' : 'ies'} ${missing.map(quoted).join(', ')}`);
    const properties = isObject(schema['properties']) ? schema['properties'] : {};
    const patterns = isObject(schema['patternProperties']) ? Object.entries(schema['patternProperties']) : [];
    const extra: string[] = [];
    let isGood = true;
    for (const key of keys) {
      const own = Object.hasOwn(properties, key) ? [properties[key]] : [];
      const inner = [
        ...own,
        ...patterns.filter(([pattern]) => this.expression(pattern).test(key)).map(([, each]) => each),
      ];
      if (schema['propertyNames'] !== undefined)
        isGood = this.fits(schema['propertyNames'], key, path, depth + 1, tells) && isGood;
      if (inner.length === 0 && schema['additionalProperties'] === false) extra.push(key);
      else if (inner.length === 0 && schema['additionalProperties'] !== undefined)
        inner.push(schema['additionalProperties']);
      for (const each of inner)
        isGood = this.fits(each, value[key], `${path}/${escapedKey(key)}`, depth + 1, tells) && isGood;
    }
    if (extra.length > 0) say(`additional properties ${extra.map(quoted).join(', ')} not allowed`);
    return isGood;
  }

  private resolve(reference: string): unknown {
    if (!reference.startsWith('#'))
      throw new ChartError(`values.schema.json refers to ${quoted(reference)}: only parts of itself are read`);
    let place: unknown = this.root;
    for (const part of reference.slice(1).split('/').slice(1)) {
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      const holder = place as Record<string, unknown>;
      if (typeof place !== 'object' || place === null || !Object.hasOwn(holder, key))
        throw new ChartError(`values.schema.json has no ${quoted(reference)}`);
      place = holder[key];
    }
    return place;
  }
}

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function bounds(schema: Json, min: string, max: string, size: number, say: (message: string) => void): void {
  const [least, most] = [schema[min], schema[max]];
  if (typeof least === 'number' && size < least) say(`${min}: got ${size}, want ${least}`);
  if (typeof most === 'number' && size > most) say(`${max}: got ${size}, want ${most}`);
}

function number(schema: Json, value: number, say: (message: string) => void): void {
  bounds(schema, 'minimum', 'maximum', value, say);
  const { exclusiveMinimum: above, exclusiveMaximum: below, multipleOf } = schema;
  if (typeof above === 'number' && value <= above) say(`exclusiveMinimum: got ${value}, want ${above}`);
  if (typeof below === 'number' && value >= below) say(`exclusiveMaximum: got ${value}, want ${below}`);
  if (typeof multipleOf === 'number' && multipleOf > 0 && !Number.isInteger(value / multipleOf))
    say(`multipleOf: got ${value}, want ${multipleOf}`);
}

/**
 * What is wrong with values by a schema: lines like `at '/replicas': got string, want integer`.
 * @throws ChartError when the schema itself cannot be used
 */
export function schemaProblems(schema: Uint8Array, values: unknown): string[] {
  let root: Schema;
  try {
    root = JSON.parse(Buffer.from(schema).toString()) as Schema;
  } catch (error) {
    throw new ChartError(`values.schema.json is no JSON: ${(error as Error).message}`);
  }
  const check = new Check(root);
  try {
    check.fits(root, values, '', 0, true);
  } catch (error) {
    if (error instanceof RangeError || error instanceof URIError)
      throw new ChartError('values.schema.json cannot be used');
    throw error;
  }
  return check.problems;
}
