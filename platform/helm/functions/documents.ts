/** Helm's and sprig's functions that write and read YAML, JSON and TOML. */
import { goJson } from '../formats/json.ts';
import { toToml } from '../formats/toml.ts';
import { parseToml } from '../formats/toml-read.ts';
import { parseYaml, toYamlPretty } from '../formats/yaml.ts';
import { toYaml } from '@orrery/machinery/yaml';
import { fn, type CallContext, type TemplateFunction } from '../template/function.ts';
import { kindOf, plainOf, ValueError, valueOf, type Value } from '../template/values.ts';

const writer = (write: (plain: unknown) => string): TemplateFunction =>
  fn('any', ([value], { count }) => write(plainOf(value!, count)));

/** How Go calls what stands in JSON. */
function jsonName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const mismatch = (value: unknown, wanted: string): string =>
  `json: cannot unmarshal ${jsonName(value)} into Go value of type ${wanted}`;

const lead = 'error unmarshaling JSON: while decoding JSON: ';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ValueError(text.trim() === '' ? 'unexpected end of JSON input' : (error as Error).message);
  }
}

/** What was read, as a map; what went wrong stands in it under `Error`. */
const intoMap = (read: (text: string) => unknown, complaint: (value: unknown) => string): TemplateFunction =>
  fn('string', ([text], { count }) => {
    count((text as string).length / 16);
    try {
      const value = read(text as string);
      if (value === null) return new Map<string, Value>();
      if (kindOf(valueOf(value)) !== 'map') throw new ValueError(complaint(value));
      return valueOf(value);
    } catch (error) {
      return new Map<string, Value>([['Error', (error as Error).message]]);
    }
  });

const intoList = (read: (text: string) => unknown, complaint: (value: unknown) => string): TemplateFunction =>
  fn('string', ([text], { count }) => {
    count((text as string).length / 16);
    try {
      const value = read(text as string);
      if (value === null) return [];
      if (!Array.isArray(value)) throw new ValueError(complaint(value));
      return valueOf(value);
    } catch (error) {
      return [(error as Error).message];
    }
  });

const anyJson = ([text]: readonly Value[], { count }: CallContext): Value => {
  count((text as string).length / 16);
  return valueOf(parseJson(text as string));
};

const aMap = 'map[string]interface {}';
const aList = '[]interface {}';
const withoutEnd = (text: string): string => text.replace(/\n$/, '');

export const documents: Readonly<Record<string, TemplateFunction>> = {
  toYaml: writer(plain => withoutEnd(toYaml(plain))),
  toYamlPretty: writer(plain => withoutEnd(toYamlPretty(plain))),
  toJson: writer(plain => goJson(plain)),
  toRawJson: writer(plain => goJson(plain, { isRaw: true })),
  toPrettyJson: writer(plain => goJson(plain, { indent: '  ' })),
  mustToJson: writer(plain => goJson(plain)),
  mustToRawJson: writer(plain => goJson(plain, { isRaw: true })),
  mustToPrettyJson: writer(plain => goJson(plain, { indent: '  ' })),
  toToml: writer(plain => {
    try {
      return toToml(plain);
    } catch (error) {
      return (error as Error).message;
    }
  }),
  fromYaml: intoMap(parseYaml, value => lead + mismatch(value, aMap)),
  fromYamlArray: intoList(parseYaml, value => lead + mismatch(value, aList)),
  fromJson: intoMap(parseJson, value => mismatch(value, aMap)),
  fromJsonArray: intoList(parseJson, value => mismatch(value, aList)),
  fromToml: intoMap(parseToml, value => mismatch(value, aMap)),
  mustFromJson: fn('string', anyJson),
};
