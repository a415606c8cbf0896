/** Message tables made from the catalogue when a kind is first written or read in protobuf. */
import {
  mapOf,
  message,
  repeated,
  surfaced,
  type AnyMessage,
  type FieldType,
  type Row,
  type Scalar,
} from '@orrery/machinery/protobuf';
import { catalogue, type FieldFacts } from '../catalogue.ts';
import { specialMessages, wrappedStrings } from './scalars.ts';

const scalars: Readonly<Record<string, Scalar>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  float64: 'double',
  bytes: 'bytes',
};

/** Named lists of strings that are messages of their own in protobuf; all other named lists are plain. */
const wrapped = /\.(ExtraValue|Verbs)$/;

const tables = new Map<string, AnyMessage>();
const special = specialMessages(() => tableOf('apiextensions.v1.JSONSchemaProps'));

/** The table of a type of the catalogue, e.g. `core.v1.Pod`. */
export function tableOf(type: string): AnyMessage {
  let table = tables.get(type);
  if (!table) tables.set(type, (table = build(type)));
  return table;
}

interface Field {
  readonly name: string;
  readonly facts: FieldFacts;
  readonly tag: string;
}

function build(type: string): AnyMessage {
  const fields = Object.entries(catalogue.file.types[type]!.fields).flatMap(([name, facts]): Field[] =>
    facts.tag === undefined ? [] : [{ name, facts, tag: facts.tag }],
  );
  const turns = fields.flatMap(({ name, facts }) => (holdsBytes(facts.type) ? [name] : []));
  return level(type, fields, turns);
}

/**
 * One message. Fields with a tag like `2.1` lie in an embedded message, whose fields JSON shows beside the others: they move in and out
 * on the way. Bytes are base64 in JSON.
 */
function level(name: string, fields: readonly Field[], bytes: readonly string[]): AnyMessage {
  const direct = fields.filter(field => !field.tag.includes('.'));
  const embedded = Map.groupBy(
    fields.filter(field => field.tag.includes('.')),
    field => field.tag.split('.')[0]!,
  );
  const inner = [...embedded].map(([number, members]) => ({
    number: Number(number),
    name: `embedded ${number}`,
    members: members.map(member => member.name),
    table: level(
      `${name}.${number}`,
      members.map(member => ({ ...member, tag: member.tag.slice(number.length + 1) })),
      [],
    ),
  }));
  const rows: Row[] = [
    ...direct.map(({ name: field, facts, tag }): Row => [Number(tag), field, fieldType(facts.type)]),
    ...inner.map(({ number, name: field, table }): Row => [number, field, table]),
  ];
  if (inner.length === 0 && bytes.length === 0) return message(name, rows) as AnyMessage;
  return surfaced<Record<string, unknown>>(name, rows, {
    fromFields(read) {
      for (const { name: field } of inner) {
        Object.assign(read, read[field]);
        delete read[field];
      }
      for (const field of bytes) read[field] = mapBytes(read[field], toBase64);
      return read;
    },
    toFields(value) {
      const written = { ...value };
      for (const { name: field, members } of inner) {
        const own = members.filter(member => value[member] !== undefined);
        if (own.length > 0) written[field] = Object.fromEntries(own.map(member => [member, value[member]]));
      }
      for (const field of bytes) written[field] = mapBytes(value[field], fromBase64);
      return written;
    },
  }) as AnyMessage;
}

/** The table type of a catalogue type: `*core.v1.Probe`, `[]string`, `map:quantity`, `core.v1.PullPolicy`. */
function fieldType(type: string): FieldType {
  if (type.startsWith('*')) return fieldType(type.slice(1));
  if (type.startsWith('[]')) return repeated(single(type.slice(2)));
  if (type.startsWith('map:')) return mapOf(single(type.slice(4)));
  const underlying = catalogue.file.named[type]?.[0];
  if (underlying !== undefined && !wrapped.test(type) && (underlying.startsWith('[]') || underlying.startsWith('map:')))
    return fieldType(underlying);
  return single(type);
}

function single(type: string): Scalar | AnyMessage | (() => AnyMessage) {
  if (type.startsWith('*')) return single(type.slice(1));
  const known = scalars[type] ?? special[type];
  if (known !== undefined) return known;
  if (wrapped.test(type)) return wrappedStrings;
  const underlying = catalogue.file.named[type]?.[0];
  return underlying === undefined ? () => tableOf(type) : single(underlying);
}

const holdsBytes = (type: string): boolean => /(^|[*\]:])bytes$/.test(type);

function mapBytes<From, To>(value: unknown, turn: (one: From) => To): unknown {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.map(each => turn(each as From));
  if (typeof value === 'object' && !(value instanceof Uint8Array)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, turn(each as From)]));
  }
  return turn(value as From);
}

const blockBytes = 0x8000;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += blockBytes)
    text += String.fromCharCode(...bytes.subarray(at, at + blockBytes));
  return btoa(text);
}

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
