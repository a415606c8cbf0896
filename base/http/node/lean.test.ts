/**
 * The lean front and the full parser side by side: whatever is sent, in whatever pieces, both hand the same requests to the handler
 * and refuse the same ones. Where the lean front does not know better, the full parser stands behind it.
 */
import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom, type Random } from '@orrery/machinery/random';
import { textAnswer } from '../answers.ts';
import type { Handler } from '../types.ts';
import { createExchanges } from './exchanges.ts';
import { createHttp1, type Front } from './http1.ts';
import { createLean } from './lean.ts';
import { defaultLimits } from './limits.ts';

interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

interface Side {
  readonly port: number;
  readonly seen: Seen[];
  close(): Promise<void>;
}

const limits = { ...defaultLimits, headerBytes: 64 * 1024 };

async function side(make: (handler: Handler) => { front: Front; end(): Promise<void> }): Promise<Side> {
  const seen: Seen[] = [];
  const { front, end } = make(async ({ method, target, headers, body }) => {
    seen.push({ method, target, headers: { ...headers }, body: Buffer.from(body).toString('latin1') });
    return textAnswer(200, `${method} ${target} ${body.length}`);
  });
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    socket.on('error', () => {});
    front.accept(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    const closed = new Promise(resolve => server.close(resolve));
    await end();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, seen, close };
}

const leanSide = () =>
  side(handler => {
    const exchanges = createExchanges(handler, limits, systemClock, silentLog);
    return { front: createLean(exchanges, createHttp1(exchanges), systemClock), end: () => exchanges.close(0) };
  });

const fullSide = () =>
  side(handler => {
    const exchanges = createExchanges(handler, limits, systemClock, silentLog);
    const full = createHttp1(exchanges);
    const accept = (socket: Socket) => {
      const cut = () => void socket.destroy();
      const about = { remoteAddress: '', protocol: 'http/1.1' as const };
      const line = exchanges.connected({ about, cut, end: () => socket.destroySoon() });
      socket.once('close', line.closed);
      full.take(socket, () => line.begin(cut));
    };
    return { front: { accept }, end: () => exchanges.close(0) };
  });

let lean: Side;
let full: Side;
before(async () => {
  [lean, full] = await Promise.all([leanSide(), fullSide()]);
});
after(async () => {
  await Promise.all([lean.close(), full.close()]);
});

interface Outcome {
  readonly requests: readonly Seen[];
  readonly statuses: readonly number[];
}

/** Sends the pieces one by one, then ends after some turns of the event loop, and reads until the server has ended too. */
async function talk({ port, seen }: Side, pieces: readonly string[], turns = 1): Promise<Outcome> {
  seen.length = 0;
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  socket.on('error', () => {});
  let received = '';
  socket.on('data', piece => (received += piece.toString('latin1')));
  const closed = new Promise(resolve => socket.once('close', resolve));
  socket.once('end', () => socket.end());
  for (const piece of pieces) {
    await new Promise(resolve => socket.write(piece, 'latin1', resolve));
    if (pieces.length > 1) await new Promise(setImmediate);
  }
  for (; turns > 0; turns--) await new Promise(setImmediate);
  socket.end();
  await closed;
  const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(match => Number(match[1]));
  return { requests: [...seen], statuses };
}

const refused = ({ statuses }: Outcome) => statuses.filter(status => status >= 400);

const summary = (outcome: Outcome) => ({
  requests: outcome.requests.map(seen => JSON.stringify(seen)).toSorted(),
  refused: refused(outcome).length > 0,
});

/**
 * Both sides take the same requests, and refuse or not. The full parser works on requests sent ahead at once, so that their order may
 * change, and one may be lost when what follows in the same packet is refused or the end: then it is asked again, byte by byte.
 */
async function agree(ours: Outcome, sent: string, what: string): Promise<void> {
  const theirs = await talk(full, [sent]);
  if (isDeepStrictEqual(summary(ours), summary(theirs))) return;
  assert.deepEqual(summary(ours), summary(await talk(full, [...sent], 20)), what);
}

const next = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n';
const request = (head: string, body = '') => `${head}\r\n\r\n${body}`;

/** What is sent, and the targets that may reach the handler. */
const cases: Record<string, [string, string[]]> = {
  'a plain request': [request('GET /a HTTP/1.1\r\nHost: a'), ['/a', '/next']],
  'a body': [request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5', 'hello'), ['/a', '/next']],
  'a body that looks like a request': [
    request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 31', next.slice(0, 31)),
    ['/a', '/next'],
  ],
  'space around a value': [request('GET /a HTTP/1.1\r\nHost: \t a \t\r\nX-A:\t b c  '), ['/a', '/next']],
  'an empty value': [request('GET /a HTTP/1.1\r\nHost: a\r\nX-A:\r\nX-B: '), ['/a', '/next']],
  'repeated headers': [request('GET /a HTTP/1.1\r\nHost: a\r\nAccept: x\r\nACCEPT: y'), ['/a', '/next']],
  'repeated groups': [
    request('GET /a HTTP/1.1\r\nHost: a\r\nImpersonate-Group: x, y\r\nImpersonate-Group: z'),
    ['/a', '/next'],
  ],
  'a body of no bytes': [request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0'), ['/a', '/next']],
  'a length with zeros in front': [
    request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 005', 'hello'),
    ['/a', '/next'],
  ],
  'a target of odd characters': [request('GET /a"<>\\^`{|} HTTP/1.1\r\nHost: a'), ['/a"<>\\^`{|}', '/next']],
  'a target with dots and escapes': [
    request('GET /a/..%2f/%00?x=[] HTTP/1.1\r\nHost: a'),
    ['/a/..%2f/%00?x=[]', '/next'],
  ],
  'the absolute form': [request('GET http://b/a HTTP/1.1\r\nHost: a'), ['/a', '/next']],
  'the authority form': [request('CONNECT b:80 HTTP/1.1\r\nHost: a'), []],
  'the asterisk form': [request('OPTIONS * HTTP/1.1\r\nHost: a'), ['*', '/next']],
  'an unknown method': [request('BREW /a HTTP/1.1\r\nHost: a'), []],
  'a method in lower case': [request('get /a HTTP/1.1\r\nHost: a'), []],
  'an odd character in the method': [request('G(T /a HTTP/1.1\r\nHost: a'), []],
  'two spaces before the target': [request('GET  /a HTTP/1.1\r\nHost: a'), ['/a', '/next']],
  'a tab for a space': [request('GET\t/a HTTP/1.1\r\nHost: a'), []],
  'a space after the version': [request('GET /a HTTP/1.1 \r\nHost: a'), []],
  'no version': [request('GET /a\r\nHost: a'), []],
  'HTTP/1.0': [request('GET /a HTTP/1.0\r\nHost: a'), ['/a']],
  'HTTP/2.0': [request('GET /a HTTP/2.0\r\nHost: a'), []],
  'the preface of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', []],
  'an empty line first': [`\r\n${request('GET /a HTTP/1.1\r\nHost: a')}`, ['/a', '/next']],
  'no headers': ['GET /a HTTP/1.1\r\n\r\n', []],
  'no host': [request('GET /a HTTP/1.1\r\nAccept: x'), []],
  'two hosts': [request('GET /a HTTP/1.1\r\nHost: a\r\nHost: b'), []],
  'a space before the colon': [request('GET /a HTTP/1.1\r\nHost: a\r\nX-A : b'), []],
  "a space before a length's colon": [request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length : 5', 'hello'), []],
  'a space before the first name': [request('GET /a HTTP/1.1\r\n Host: a'), []],
  'a folded line': [request('GET /a HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c'), []],
  'a line without a colon': [request('GET /a HTTP/1.1\r\nHost: a\r\nX-A'), []],
  'an empty name': [request('GET /a HTTP/1.1\r\nHost: a\r\n: b'), []],
  'a bare line feed after a header': [request('GET /a HTTP/1.1\r\nHost: a\nX-A: b'), []],
  'bare line feeds only': ['GET /a HTTP/1.1\nHost: a\n\n', []],
  'a bare line feed that hides a request': [
    request('GET /a HTTP/1.1\r\nHost: a\r\nX-A: b\n\nGET /x HTTP/1.1\r\nHost: a'),
    [],
  ],
  'a bare carriage return in a value': [request('GET /a HTTP/1.1\r\nHost: a\r\nX-A: b\rc'), []],
  'a bare carriage return before a line end': [request('GET /a HTTP/1.1\r\nHost: a\r\r\nX-A: b'), []],
  'a null byte in a value': [request('GET /a HTTP/1.1\r\nHost: a\r\nX-A: b\0c'), []],
  'a null byte in a name': [request('GET /a HTTP/1.1\r\nHost: a\r\nX\0A: b'), []],
  'a null byte in the target': [request('GET /a\0b HTTP/1.1\r\nHost: a'), []],
  'a control character in a value': [request('GET /a HTTP/1.1\r\nHost: a\r\nX-A: b\x01c'), []],
  'a byte beyond ASCII in a value': [request('GET /a HTTP/1.1\r\nHost: a\r\nX-A: b\xffc'), ['/a', '/next']],
  'a byte beyond ASCII in a name': [request('GET /a HTTP/1.1\r\nHost: a\r\nX\xff: b'), []],
  'two equal lengths': [request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5', 'hello'), []],
  'two different lengths': [
    request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6', 'hello'),
    [],
  ],
  'a list of lengths': [request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5', 'hello'), []],
  'a negative length': [request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: -5', 'hello'), []],
  'a signed length': [request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: +5', 'hello'), []],
  'a hexadecimal length': [request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5', 'hello'), []],
  'a length with a space in it': [request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5 5', 'hello'), []],
  'an empty length': [request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length:', 'hello'), []],
  'a length beyond all numbers': [request(`POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${'9'.repeat(30)}`), []],
  'a length that is not reached': [request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 900', 'hello'), []],
  'length and chunks': [
    request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
    [],
  ],
  'chunks and length': [
    request('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'),
    [],
  ],
  chunks: [
    request('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'),
    ['/a', '/next'],
  ],
  'chunks with a bare line feed': [
    request('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked', '5\nhello\r\n0\r\n\r\n'),
    [],
  ],
  'an unknown coding': [request('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked', '0\r\n\r\n'), []],
  'a coding with a tab': [
    request('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \tchunked', '0\r\n\r\n'),
    ['/a', '/next'],
  ],
  'chunked not last': [request('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip', '0\r\n\r\n'), []],
  'chunked twice': [
    request('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
    [],
  ],
  'an underscore for a hyphen': [
    request('POST /a HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\nTransfer_Encoding: chunked'),
    ['/a', '/next'],
  ],
  'an end of the connection': [request('GET /a HTTP/1.1\r\nHost: a\r\nConnection: close'), ['/a']],
  'a connection kept alive': [request('GET /a HTTP/1.1\r\nHost: a\r\nConnection: Keep-Alive'), ['/a', '/next']],
  'a header named by Connection': [
    request('GET /a HTTP/1.1\r\nHost: a\r\nConnection: authorization\r\nAuthorization: b'),
    ['/a', '/next'],
  ],
  'a head of 20 kB': [request(`GET /a HTTP/1.1\r\nHost: a\r\nX-A: ${'x'.repeat(20_000)}`), ['/a', '/next']],
  'a head of 100 kB': [request(`GET /a HTTP/1.1\r\nHost: a\r\nX-A: ${'x'.repeat(100_000)}`), []],
  'a target of 100 kB': [request(`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: a`), []],
  'three thousand headers': [request(`GET /a HTTP/1.1\r\nHost: a${'\r\nX-A: b'.repeat(3000)}`), ['/a', '/next']],
  'ten thousand headers': [request(`GET /a HTTP/1.1\r\nHost: a${'\r\nX-A: bcdefgh'.repeat(10_000)}`), []],
  'garbage after a plain request': [`${request('GET /a HTTP/1.1\r\nHost: a')}hello\r\n\r\n`, ['/a']],
  'a malformed request after a body': [
    `${request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5', 'hello')}GET /x\r\n\r\n`,
    ['/a'],
  ],
  'a body that is one byte longer than announced': [
    request('POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5', 'hello!'),
    ['/a'],
  ],
  'a head that never ends': ['GET /a HTTP/1.1\r\nHost: a\r\nX-A: ', []],
};

for (const [what, [sent, expected]] of Object.entries(cases))
  test(`lean and full parser agree: ${what}`, async () => {
    const unfinished = /never ends|not reached/.test(what);
    const bytes = unfinished ? sent : sent + next;
    const ours = await talk(lean, [bytes]);
    await agree(ours, bytes, what);
    assert.deepEqual(ours.requests.map(seen => seen.target).toSorted(), expected.toSorted());
    const rejected = !expected.includes('/next') && !/close|1\.0/i.test(sent);
    assert.deepEqual(refused(ours).length > 0, rejected, 'refused with 4xx');
    assert.ok(refused(ours).every(status => status === 400 || status === 431));
    // Each request that was taken was answered.
    assert.equal(ours.statuses.length, ours.requests.length + refused(ours).length);
  });

test('where a request is cut into two packets changes nothing', async () => {
  const short = Object.entries(cases).filter(([, [sent]]) => sent.length < 110);
  for (const [what, [sent]] of short) {
    const whole = await talk(lean, [sent + next]);
    for (let at = 1; at < sent.length; at++) {
      const ours = await talk(lean, [sent.slice(0, at), sent.slice(at) + next]);
      assert.deepEqual(ours, whole, `${what}, cut at ${at}`);
    }
  }
});

test('lean and full parser agree byte by byte', async () => {
  for (const [what, [sent]] of Object.entries(cases)) {
    if (sent.length > 150) continue;
    await agree(await talk(lean, [...(sent + next)]), sent + next, what);
  }
});

const parts = [
  'GET',
  'POST',
  ' ',
  '/',
  'HTTP/1.1',
  '\r\n',
  '\n',
  '\r',
  ':',
  'Host: a',
  'Content-Length: 5',
  'Content-Length: 0',
  'Transfer-Encoding: chunked',
  '\r\n\r\n',
  '0\r\n\r\n',
  '\t',
  '\0',
  'Connection: close',
  'Expect: 100-continue',
  '\xff',
  next,
];

/** Valid requests with some bytes changed, doubled, left out, or replaced by what matters to parsers. */
function mutated(random: Random): string {
  const below = (limit: number) => Math.floor(random.float() * limit);
  const valid = Object.values(cases).filter(([sent, targets]) => sent.length < 300 && targets.includes('/next'));
  let text = '';
  for (let count = 1 + below(3); count > 0; count--) text += valid[below(valid.length)]![0];
  for (let count = below(4); count > 0; count--) {
    const at = below(text.length);
    const rest = at + below(4);
    const middle = [parts[below(parts.length)]!, '', String.fromCharCode(below(256)), text.slice(at, at + below(40))][
      below(4)
    ]!;
    text = text.slice(0, at) + middle + text.slice(rest);
  }
  return text + next;
}

for (const seed of Array.from({ length: 12 }, (_, index) => index + 1))
  test(`lean and full parser agree on mutated requests, seed ${seed}`, async () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 60; round++) {
      const sent = mutated(random);
      const cut = Math.floor(random.float() * sent.length);
      const pieces = random.float() < 0.5 ? [sent] : [sent.slice(0, cut), sent.slice(cut)];
      await agree(await talk(lean, pieces), sent, JSON.stringify(pieces));
    }
  });
