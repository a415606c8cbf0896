import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeflate, constants, deflateSync, type Deflate } from 'node:zlib';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { createDuplexPair } from '../pair.ts';
import type { Duplex } from '../types.ts';
import { createSpdySession, type SpdyOptions, type SpdyStream } from './spdy.ts';
import { headerDictionary } from './spdy/dictionary.data.ts';
import { createFrameReader, controlFrame, dataFrames } from './spdy/frames.ts';
import { createHeaderDecoder, createHeaderEncoder } from './spdy/headers.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

/** The checksum by which SPDY/3 peers name the dictionary. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) [a, b] = [(a + byte) % 65521, (a + byte + b) % 65521];
  return b * 65536 + a;
}

test('the dictionary is the one SPDY/3 peers know', () => {
  assert.equal(headerDictionary.length, 1423);
  assert.equal(adler32(headerDictionary), 0xe3c6a7c2);
});

const headerSets: Record<string, string>[] = [
  {},
  { streamtype: 'error' },
  { streamtype: 'stdin', port: '8080', requestid: '0' },
  { streamtype: 'data', port: '8080', requestid: '1', 'user-agent': 'kubectl', ünï: 'cödé 漢字' },
  { long: 'x'.repeat(20_000) },
];

test('headers survive the way through our encoder and decoder', () => {
  const [encode, decode] = [createHeaderEncoder(), createHeaderDecoder()];
  for (const headers of headerSets) assert.deepEqual({ ...decode(encode(headers)) }, headers);
});

test('names are lower case on the wire; repeated values become a list', () => {
  const [encode, decode] = [createHeaderEncoder(), createHeaderDecoder()];
  assert.deepEqual({ ...decode(encode({ StreamType: 'a\0b' })) }, { streamtype: 'a, b' });
});

function plain(headers: Record<string, string>): Buffer {
  const number = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
  const entries = Object.entries(headers)
    .flat()
    .map(entry => Buffer.from(entry));
  return Buffer.concat([number(entries.length / 2), ...entries.flatMap(entry => [number(entry.length), entry])]);
}

/** A peer that compresses as Go's does: one deflate stream with the dictionary, flushed after each block. */
async function compressed(deflate: Deflate, block: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  deflate.on('data', piece => pieces.push(piece));
  deflate.write(block);
  await new Promise<void>(resolve => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
  deflate.removeAllListeners('data');
  return Buffer.concat(pieces);
}

test('headers of a peer that compresses over many blocks, with and without the dictionary', async () => {
  for (const options of [{ dictionary: headerDictionary, level: 9 }, { level: 1 }]) {
    const deflate = createDeflate(options);
    const decode = createHeaderDecoder();
    for (let round = 0; round < 50; round++)
      for (const headers of headerSets) {
        const sent = { ...headers, round: String(round) };
        assert.deepEqual({ ...decode(await compressed(deflate, plain(sent))) }, sent);
      }
    deflate.destroy();
  }
});

test('header blocks that are no header blocks are refused, bombs included', async () => {
  const bomb = deflateSync(plain({ bomb: 'x'.repeat(10 << 20) }), { finishFlush: constants.Z_SYNC_FLUSH });
  const short = deflateSync(plain({ name: 'value' }).subarray(0, 9), { finishFlush: constants.Z_SYNC_FLUSH });
  for (const block of [Buffer.from('garbage'), Buffer.alloc(0), bomb, short]) {
    assert.throws(() => createHeaderDecoder()(block));
  }
});

test('frames are read whatever way they are cut into pieces', () => {
  const wire = Buffer.concat([
    controlFrame(6, 0, [1]),
    ...dataFrames(1, Buffer.from('hello'), false),
    ...dataFrames(3, Buffer.alloc(0), true),
    controlFrame(9, 0, [1, 500]),
    ...dataFrames(1, Buffer.from('world'), true),
  ]);
  for (let size = 1; size <= wire.length; size++) {
    const seen: string[] = [];
    const bodies: Record<number, string> = {};
    const read = createFrameReader({
      onControl: (type, flags, payload) => seen.push(`${type}/${flags}/${payload.toString('hex')}`),
      onData(stream, piece, fin) {
        bodies[stream] = (bodies[stream] ?? '') + text(piece);
        if (fin) seen.push(`fin ${stream}`);
      },
    });
    for (let at = 0; at < wire.length; at += size) read(wire.subarray(at, at + size));
    assert.deepEqual(seen, ['6/0/00000001', 'fin 3', '9/0/00000001000001f4', 'fin 1']);
    assert.deepEqual(bodies, { 1: 'helloworld', 3: '' });
  }
});

test('frames that cannot be are refused', () => {
  const read = () => createFrameReader({ onControl: () => {}, onData: () => {} });
  const wrongVersion = controlFrame(6, 0, [1]);
  wrongVersion[1] = 2;
  assert.throws(() => read()(wrongVersion), /version/);
  const huge = controlFrame(1, 0, []);
  huge[5] = 0xff;
  assert.throws(() => read()(huge), /too large/);
});

test('data beyond the largest frame is divided', () => {
  const frames = dataFrames(1, Buffer.alloc(0x1000005), true);
  assert.equal(frames.length, 3);
  assert.deepEqual([frames[0]![4], Buffer.from(frames[0]!).readUIntBE(5, 3)], [0, 0xffffff]);
  assert.deepEqual([frames[2]![4], frames[2]!.length], [1, 8 + 6]);
});

type Accept = (stream: SpdyStream) => boolean | void;

function sessions(onStream: Accept, onClientStream?: Accept) {
  const [left, right] = createDuplexPair();
  const clock = createManualClock();
  const options = (role: SpdyOptions['role'], onStream?: Accept): SpdyOptions => ({ role, clock, onStream });
  const server = createSpdySession(right, options('server', onStream));
  const client = createSpdySession(left, options('client', onClientStream));
  return { client, server, clock, wires: { left, right } };
}

function collect(stream: Duplex): Promise<string> {
  let received = '';
  stream.onData(bytes => (received += text(bytes)));
  return new Promise(resolve => {
    stream.onEnd(() => resolve(received));
    stream.onClose(() => resolve(`${received} (closed)`));
  });
}

const echo: Accept = stream => {
  stream.onData(bytes => void stream.write(Buffer.from(text(bytes).toUpperCase())));
  stream.onEnd(() => stream.end());
};

test('streams carry bytes both ways and end each way by itself', async () => {
  const { client } = sessions(echo);
  const streams = ['one', 'two', 'three'].map(name => {
    const stream = client.open({ name });
    const answer = collect(stream);
    stream.write(Buffer.from(`${name} `));
    stream.write(Buffer.from('end'));
    stream.end();
    return answer;
  });
  assert.deepEqual(await Promise.all(streams), ['ONE END', 'TWO END', 'THREE END']);
});

test('the server may open streams too, and headers arrive', async () => {
  const seen: string[] = [];
  const { server } = sessions(
    () => {},
    stream => void seen.push(`${stream.id} ${stream.headers['streamtype']}`),
  );
  server.open({ streamtype: 'a' });
  server.open({ streamtype: 'b' });
  await settle();
  assert.deepEqual(seen, ['2 a', '4 b']);
});

test('a refused stream closes, others live on', async () => {
  const { client } = sessions(stream => (stream.headers['name'] === 'bad' ? false : (echo(stream), true)));
  const bad = client.open({ name: 'bad' });
  let closed = false;
  bad.onClose(() => (closed = true));
  const good = client.open({ name: 'good' });
  const answer = collect(good);
  good.write(Buffer.from('still here'));
  good.end();
  assert.equal(await answer, 'STILL HERE');
  assert.ok(closed);
});

test('a reset stream closes on the other side, after what was sent before', async () => {
  let received: Promise<string> | undefined;
  const { client } = sessions(stream => void (received = collect(stream)));
  const stream = client.open({});
  stream.write(Buffer.from('last words'));
  stream.destroy();
  await settle();
  assert.equal(await received, 'last words (closed)');
});

test('pings are answered; those under way fail with the connection', async () => {
  const { client, server, wires } = sessions(() => {});
  await client.ping();
  await server.ping();
  wires.right.pause();
  const pending = client.ping();
  client.destroy();
  await assert.rejects(pending, /closed/);
});

test('a listener that comes late misses nothing', async () => {
  let stream: SpdyStream | undefined;
  const { client } = sessions(opened => void (stream = opened));
  const ours = client.open({});
  ours.write(Buffer.from('early'));
  ours.end();
  await settle();
  assert.equal(await collect(stream!), 'early');
});

test('a slow reader holds the whole connection back, and nothing is lost', async () => {
  let slow: SpdyStream | undefined;
  const { client } = sessions(stream => {
    slow = stream;
    stream.pause();
  });
  const stream = client.open({});
  const piece = Buffer.alloc(64 * 1024, 'x');
  let written = 0;
  let more = true;
  while (more && written < 500) {
    more = stream.write(piece);
    written++;
    if (written % 10 === 0) await settle();
  }
  assert.ok(!more, `the writer was never held back in ${written} pieces`);
  let size = 0;
  slow!.onData(bytes => (size += bytes.length));
  const drained = new Promise<void>(resolve => stream.onDrain(resolve));
  slow!.resume();
  await drained;
  await settle();
  assert.equal(size, written * piece.length);
});

test('peers with windows are granted more as data is taken', async () => {
  const [left, right] = createDuplexPair();
  const frames: string[] = [];
  const read = createFrameReader({
    onControl: (type, _flags, payload) => frames.push(`${type}:${payload.toString('hex')}`),
    onData: () => {},
  });
  left.onData(read);
  createSpdySession(right, { role: 'server', clock: createManualClock(), onStream: stream => stream.onData(() => {}) });
  const head = Buffer.concat([Buffer.alloc(2), createHeaderEncoder()({ a: 'b' })]);
  left.write(controlFrame(1, 0, [1, 0], head));
  for (const frame of dataFrames(1, Buffer.alloc(40_000), false)) left.write(frame);
  await settle();
  assert.ok(frames.includes('9:0000000100009c40'), frames.join());
});

test('good-bye: nothing new is opened, and the connection ends when both have said it', async () => {
  const { client, server } = sessions(echo);
  const stream = client.open({});
  const answer = collect(stream);
  stream.write(Buffer.from('x'));
  stream.end();
  assert.equal(await answer, 'X');
  server.close();
  await settle();
  assert.equal(client.open({}).closed, true);
  assert.equal(server.closed, false, 'the peer is given time');
  client.close();
  await settle();
  assert.deepEqual([client.closed, server.closed], [true, true]);
});

test('a peer that does not end the connection is not waited for longer than two seconds', async () => {
  const { server, clock } = sessions(() => {});
  server.close();
  await clock.advance(1_999);
  assert.equal(server.closed, false);
  await clock.advance(1);
  assert.equal(server.closed, true);
});

test('the end of the connection closes all streams', async () => {
  let theirs: Promise<string> | undefined;
  const { client, wires } = sessions(stream => void (theirs = collect(stream)));
  const ours = collect(client.open({}));
  await settle();
  wires.left.destroy();
  assert.equal(await theirs, ' (closed)');
  assert.equal(await ours, ' (closed)');
});

test('what is no SPDY ends the connection', async () => {
  const [left, right] = createDuplexPair();
  const session = createSpdySession(right, { role: 'server', clock: createManualClock(), onStream: () => true });
  left.write(Buffer.from('\x80\x02GET / HTTP/1.1\r\n\r\n'));
  await settle();
  assert.equal(session.closed, true);
});

test("stream numbers must grow and be the peer's", async () => {
  const [left, right] = createDuplexPair();
  const resets: string[] = [];
  left.onData(
    createFrameReader({
      onControl: (type, _flags, payload) => void (type === 3 && resets.push(payload.toString('hex'))),
      onData: () => {},
    }),
  );
  createSpdySession(right, { role: 'server', clock: createManualClock(), onStream: () => true });
  const encode = createHeaderEncoder();
  for (const id of [3, 1, 2, 3]) left.write(controlFrame(1, 0, [id, 0], Buffer.concat([Buffer.alloc(2), encode({})])));
  await settle();
  assert.deepEqual(resets, ['0000000100000001', '0000000200000001', '0000000300000001']);
});
