/** Values that JSON and protobuf write differently, each as a message with the JSON value as its surface. */
import { message, repeated, surfaced, type AnyMessage } from '@orrery/machinery/protobuf';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

const parse = (raw: unknown): unknown =>
  raw instanceof Uint8Array && raw.length > 0 ? JSON.parse(decoder.decode(raw)) : null;
const json = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

type Fields = Record<string, unknown>;

/** Seconds and nanoseconds; `digits` of the fraction are kept. A zero time is an empty message, and null in JSON. */
const time = (name: string, digits: 0 | 6): AnyMessage =>
  surfaced<string | null | undefined>(
    name,
    [
      [1, 'seconds', 'int64'],
      [2, 'nanos', 'int32'],
    ],
    {
      fromFields({ seconds, nanos = 0 }) {
        if (seconds === undefined) return null;
        const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
        return digits === 0 ? `${whole}Z` : `${whole}.${String(Math.floor(Number(nanos) / 1000)).padStart(6, '0')}Z`;
      },
      toFields(text) {
        if (!text) return {};
        const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
        const seconds = Math.floor(Date.parse(text.replace(/\.\d+/, '')) / 1000);
        return { seconds, nanos: Number(fraction.padEnd(9, '0').slice(0, 9)) };
      },
    },
  ) as AnyMessage;

const quantity = surfaced<string | number | undefined>('Quantity', [[1, 'string', 'string']], {
  fromFields: fields => (fields.string ?? '0') as string,
  toFields: value => ({ string: String(value) }),
});

const intOrString = surfaced<number | string>(
  'IntOrString',
  [
    [1, 'type', 'int64'],
    [2, 'intVal', 'int32'],
    [3, 'strVal', 'string'],
  ],
  {
    fromFields: ({ type = 0, intVal = 0, strVal = '' }) =>
      Number(type) === 1 ? (strVal as string) : (intVal as number),
    toFields: value =>
      typeof value === 'string' ? { type: 1, intVal: 0, strVal: value } : { type: 0, intVal: value, strVal: '' },
  },
);

/** JSON inside protobuf: managed fields, embedded objects of any kind, defaults in a schema. */
const embeddedJson = (name: string): AnyMessage =>
  surfaced<unknown>(name, [[1, 'raw', 'bytes']], {
    fromFields: ({ raw }) => parse(raw),
    toFields: value => (value === undefined || value === null ? undefined : { raw: json(value) }),
  });

/** `a` or a list of `a`, and its like: which field is set says which. */
const schemaOr = (name: string, schema: () => AnyMessage, other: 'schemas' | 'strings' | 'bool'): AnyMessage => {
  const rows = {
    schemas: [
      [1, 'schema', schema],
      [2, 'other', repeated(schema)],
    ],
    strings: [
      [1, 'schema', schema],
      [2, 'other', repeated('string')],
    ],
    bool: [
      [1, 'other', 'bool'],
      [2, 'schema', schema],
    ],
  } as const;
  const isOther = (value: unknown): boolean => (other === 'bool' ? typeof value === 'boolean' : Array.isArray(value));
  return surfaced<unknown>(name, rows[other], {
    fromFields: (fields: Fields) => fields.schema ?? fields.other,
    toFields: value =>
      isOther(value) ? { other: value } : other === 'bool' ? { other: true, schema: value } : { schema: value },
  });
};

/** Named lists of strings that protobuf wraps into a message. */
export const wrappedStrings: AnyMessage = surfaced<readonly string[]>('Strings', [[1, 'items', repeated('string')]], {
  fromFields: fields => (fields.items ?? []) as string[],
  toFields: items => ({ items }),
}) as AnyMessage;

/** By the catalogue's name of the type. `schema` is the table of JSONSchemaProps, asked for when needed. */
export const specialMessages = (schema: () => AnyMessage): Readonly<Record<string, AnyMessage>> => ({
  time: time('Time', 0),
  microtime: time('MicroTime', 6),
  quantity: quantity as AnyMessage,
  intstr: intOrString as AnyMessage,
  fieldsv1: embeddedJson('FieldsV1'),
  raw: embeddedJson('RawExtension'),
  any: embeddedJson('JSON'),
  schemaorarray: schemaOr('JSONSchemaPropsOrArray', schema, 'schemas'),
  schemaorstringarray: schemaOr('JSONSchemaPropsOrStringArray', schema, 'strings'),
  schemaorbool: schemaOr('JSONSchemaPropsOrBool', schema, 'bool'),
  empty: message('Empty', []) as AnyMessage,
});
