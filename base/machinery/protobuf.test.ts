import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decode,
  encode,
  enumeration,
  mapOf,
  message,
  type Message,
  oneOf,
  ProtobufError,
  repeated,
  surfaced,
} from './protobuf.ts';
import { seededRandom } from './random.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const Inner = message('Inner', [
  [1, 'id', 'int32'],
  [2, 'text', 'string'],
]);
const Color = enumeration(['red', 'green', 'blue']);
const seconds = surfaced<number>(
  'Timestamp',
  [
    [1, 'seconds', 'int64'],
    [2, 'nanos', 'int32'],
  ],
  {
    fromFields: fields => Number(fields['seconds'] ?? 0) * 1000 + Math.floor(Number(fields['nanos'] ?? 0) / 1e6),
    toFields: value => ({ seconds: Math.floor(value / 1000), nanos: (value % 1000) * 1e6 }),
  },
);
const All = message('All', [
  [1, 'double', 'double'],
  [2, 'float', 'float'],
  [3, 'int32', 'int32'],
  [4, 'int64', 'int64'],
  [5, 'uint32', 'uint32'],
  [6, 'uint64', 'uint64'],
  [7, 'sint32', 'sint32'],
  [8, 'sint64', 'sint64'],
  [9, 'fixed32', 'fixed32'],
  [10, 'fixed64', 'fixed64'],
  [11, 'sfixed32', 'sfixed32'],
  [12, 'sfixed64', 'sfixed64'],
  [13, 'bool', 'bool'],
  [14, 'string', 'string'],
  [15, 'bytes', 'bytes'],
  [16, 'color', Color],
  [17, 'inner', Inner],
  [18, 'numbers', repeated('int64')],
  [19, 'words', repeated('string')],
  [20, 'inners', repeated(Inner)],
  [21, 'labels', mapOf('string')],
  [22, 'byNumber', mapOf(Inner, 'int32')],
  [23, 'left', oneOf('side', 'string')],
  [24, 'right', oneOf('side', Inner)],
  [25, 'at', seconds],
  [26, 'doubles', repeated('double')],
  [27, 'colors', repeated(Color)],
  [500, 'far', 'bool'],
]);

test('a value encodes to the bytes of the protobuf documentation and other encoders', () => {
  const cases: [object, string][] = [
    [{ int32: 150 }, '189601'],
    [{ string: 'testing' }, '720774657374696e67'],
    [{ inner: { id: 150 } }, '8a0103089601'],
    [{ numbers: [3, 270, 86942] }, '920106038e029ea705'],
    [{ int32: -1 }, '18ffffffffffffffffff01'],
    [{ int64: -9223372036854775808n }, '2080808080808080808001'],
    [{ uint64: 18446744073709551615n }, '30ffffffffffffffffff01'],
    [{ sint32: -2 }, '3803'],
    [{ sint64: 2147483647 }, '40feffffff0f'],
    [{ double: 1 }, '09000000000000f03f'],
    [{ float: 1 }, '150000803f'],
    [{ fixed32: 4294967295 }, '4dffffffff'],
    [{ sfixed64: -2 }, '61feffffffffffffff'],
    [{ labels: { a: 'b' } }, 'aa01060a0161120162'],
    [{ byNumber: { '-1': { id: 1 } } }, 'b2010f08ffffffffffffffffff0112020801'],
    [{ color: 'blue' }, '800102'],
    [{ color: 7 }, '800107'],
    [{ far: true }, 'a01f01'],
    [{ string: 'ä€😀' }, '7209c3a4e282acf09f9880'],
    [{ string: '', bool: false, int32: 0 }, '180068007200'],
    [{ string: undefined, inner: undefined }, ''],
    [{ words: [], numbers: [], labels: {} }, ''],
    [{ at: 1_500 }, 'ca01080801108 0cab5ee01'.replaceAll(' ', '')],
  ];
  for (const [value, expected] of cases) {
    assert.equal(
      hex(encode(All, value)),
      expected,
      JSON.stringify(value, (_, v) => String(v)),
    );
  }
});

test('decoding accepts what encoders may legally write', () => {
  const cases: [string, unknown][] = [
    ['', {}],
    ['9001 03 9001 8e02', { numbers: [3, 270] }],
    ['9201 02 0102 9001 03', { numbers: [1, 2, 3] }],
    ['8a01 02 0801 8a01 03 120161', { inner: { id: 1, text: 'a' } }],
    ['ba01 0161 c201 00', { right: {} }],
    ['c201 00 ba01 0161', { left: 'a' }],
    ['aa01 00', { labels: { '': '' } }],
    ['aa01 03 0a0161', { labels: { a: '' } }],
    ['b201 02 0807', { byNumber: { 7: {} } }],
    ['f83f 01 1801', { int32: 1 }],
    ['fb3f 08 01 f a3f 02 abcd fc3f 1801'.replaceAll(' ', ''), { int32: 1 }],
    ['800109', { color: 9 }],
    ['18ffffffff0f', { int32: -1 }],
    ['688080808080808080 8001'.replaceAll(' ', ''), { bool: true }],
  ];
  for (const [wire, expected] of cases) assert.deepEqual(decode(All, bytes(wire)), expected, wire);
});

test('64-bit integers are numbers while they are safe and bigints beyond', () => {
  for (const value of [0, 1, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1]) {
    assert.equal(decode(All, encode(All, { int64: value })).int64, value);
    assert.equal(decode(All, encode(All, { sint64: value })).sint64, value);
    assert.equal(decode(All, encode(All, { sfixed64: value })).sfixed64, value);
  }
  for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) {
    assert.equal(decode(All, encode(All, { int64: value })).int64, value);
    assert.equal(decode(All, encode(All, { sint64: value })).sint64, value);
  }
  assert.equal(decode(All, encode(All, { uint64: 2n ** 64n - 1n })).uint64, 2n ** 64n - 1n);
});

test('malformed bytes are refused, never read past or trusted', () => {
  const cases: [string, RegExp][] = [
    ['72 05 61', /middle of a field/],
    ['72 ffffffff0f 61', /middle of a field/],
    ['09 0000', /middle of a field/],
    ['18', /middle of a field/],
    ['18 ffffffffffffffffffff01', /longer than ten/],
    ['8a01 01 72', /middle of a field/],
    ['8a01 03 08 9601 96', /middle of a field/],
    ['7001', /wire type 0/],
    ['1e', /wire type 6/],
    ['0000', /number 0/],
    ['fb3f 08 01', /middle of a field/],
  ];
  for (const [wire, problem] of cases) {
    assert.throws(() => decode(All, bytes(wire)), { name: 'ProtobufError', message: problem }, wire);
  }
});

test('nesting is bounded', () => {
  interface Tree {
    child?: Tree;
  }
  const tree: Message<Tree> = message('Tree', [[1, 'child', () => tree]]);
  const nested = (depth: number): Tree => (depth === 0 ? {} : { child: nested(depth - 1) });
  assert.deepEqual(decode(tree, encode(tree, nested(100))), nested(100));
  assert.throws(() => decode(tree, encode(tree, nested(101))), ProtobufError);
  assert.throws(() => decode(All, new Uint8Array(100_000).fill(0xfb, 0, 1).fill(0x0b, 1)), ProtobufError);
});

test('map keys from strangers are plain members', () => {
  const labels = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>;
  const back = decode(All, encode(All, { labels }));
  assert.deepEqual(Object.entries(back.labels!), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  assert.equal(({} as Record<string, unknown>)['x'], undefined);
});

test('a value of the wrong type is an error that names the field', () => {
  const cases: [object, RegExp][] = [
    [{ string: 1 }, /field string cannot hold 1/],
    [{ int32: 1.5 }, /field int32 cannot hold 1.5/],
    [{ int64: '1' }, /field int64/],
    [{ bytes: 'abc' }, /field bytes/],
    [{ color: 'pink' }, /field color cannot hold pink/],
  ];
  for (const [value, problem] of cases) assert.throws(() => encode(All, value), problem);
});

test('what was encoded decodes to itself (200 random values)', () => {
  const random = seededRandom(7);
  const pick = <T>(...choices: T[]): T => choices[Math.floor(random.float() * choices.length)]!;
  const integer = () => Math.floor((random.float() - 0.5) * 2 ** pick(4, 8, 16, 31));
  const text = () =>
    pick('', 'a', 'ß', '€uro', 'x'.repeat(63), 'y'.repeat(64) + 'é', 'z'.repeat(5000), '😀'.repeat(20));
  const inner = () => ({ id: integer(), text: text() });
  const some = <T>(make: () => T): T[] => Array.from({ length: 1 + Math.floor(random.float() * 5) }, make);
  for (let i = 0; i < 200; i++) {
    const value = {
      double: random.float(),
      int32: integer(),
      int64: integer() * 2 ** 20,
      uint32: Math.abs(integer()),
      sint32: integer(),
      fixed32: Math.abs(integer()),
      bool: random.float() < 0.5,
      string: text(),
      bytes: random.bytes(Math.floor(random.float() * 300)),
      color: pick<'red' | 'green' | 12>('red', 'green', 12),
      inner: inner(),
      numbers: some(integer),
      words: some(text),
      inners: some(inner),
      labels: Object.fromEntries(some(() => [text(), text()])),
      byNumber: Object.fromEntries(some(() => [String(integer()), inner()])),
      at: Math.abs(integer()),
      doubles: some(() => random.float()),
      colors: some(() => pick<'red' | 'blue'>('red', 'blue')),
    };
    assert.deepEqual(decode(All, encode(All, value)), value);
  }
});

test('any cut or flipped byte is either a value or a ProtobufError', () => {
  const random = seededRandom(11);
  const whole = encode(All, {
    string: 'hello',
    inner: { id: 5, text: 'x' },
    numbers: [1, 2, 3],
    labels: { a: 'b' },
    at: 5,
  });
  for (let i = 0; i < 2000; i++) {
    const broken = whole.slice(0, 1 + Math.floor(random.float() * whole.length));
    broken[Math.floor(random.float() * broken.length)] = Math.floor(random.float() * 256);
    try {
      decode(All, broken);
    } catch (error) {
      assert.ok(error instanceof ProtobufError, String(error));
    }
  }
});

test('two fields with one number are refused when the table is built', () => {
  const build = () =>
    message('Twice', [
      [1, 'a', 'string'],
      [1, 'b', 'string'],
    ]);
  assert.throws(build, /two fields with number 1/);
});
