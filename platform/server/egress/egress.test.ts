import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { StatusError } from '@orrery/machinery/status';
import { systemClock, type Clock } from '@orrery/machinery/clock';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { silentLog } from '@orrery/machinery/log';
import { parseAddress, parseNetwork } from './address.ts';
import { networksIn } from './cluster.ts';
import { EgressError, createEgress, type Egress, type EgressRequest } from './egress.ts';
import { egressPolicy, parseEntry, refusal, type EgressSettings } from './policy.ts';

/** What a request brought to the server that it reached. */
interface Seen {
  readonly server: string;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const seen: Seen[] = [];
const servers: Server[] = [];
/** The server that the platform may reach, and one beside it that it may not. */
let open = 0;
let shut = 0;

async function listen(name: string): Promise<number> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const url = new URL(request.url!, 'http://x');
      seen.push({ server: name, method: request.method!, path: url.pathname, headers: request.headers, body });
      const to = url.searchParams.get('to');
      if (to) return response.writeHead(Number(url.searchParams.get('status') ?? 302), { location: to }).end('moved');
      if (url.pathname === '/large') return response.end(Buffer.alloc(2048, 'x'));
      if (url.pathname === '/silent') return undefined;
      return response.writeHead(url.pathname === '/missing' ? 404 : 200).end('the secret of the server');
    });
  });
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

before(async () => {
  [open, shut] = await Promise.all([listen('open'), listen('shut')]);
});
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

const cluster = ['10.244.0.0/16', '10.96.0.0/16', '203.0.114.7', 'node-1'];
const names: Record<string, readonly string[]> = {
  'app.example.com': ['127.0.0.1'],
  'other.example.com': ['127.0.0.1'],
  'half.example.com': ['93.184.215.14', '10.96.0.1'],
  'private.example.com': ['192.168.7.7'],
  'localhost.': ['127.0.0.1'],
  'kubernetes.default.svc': ['10.96.0.1'],
  'nothing.example.com': [],
};

/** The wait before an error has a test of its own. */
const hurried: Clock = { ...systemClock, sleep: async () => {} };

const egressWith = (settings: Partial<EgressSettings> = {}, resolve = (host: string) => names[host] ?? []): Egress =>
  createEgress({
    clock: hurried,
    log: silentLog,
    policy: async () =>
      egressPolicy({ allow: [`127.0.0.1:${open}`], onlyListed: false, ...settings }, cluster, ['198.51.0.9']),
    resolve: async host => resolve(host),
  });

const refused = async (egress: Egress, request: EgressRequest): Promise<string> => {
  const before = seen.length;
  const error = await egress.fetch(request).then(
    () => assert.fail(`${request.url} was asked`),
    (error: unknown) => error,
  );
  assert.ok(error instanceof StatusError, String(error));
  assert.equal(error.code, 400);
  assert.equal(seen.length, before, `${request.url} was connected to`);
  return error instanceof EgressError ? error.why : error.message;
};

const inside: readonly string[] = [
  'http://169.254.169.254/latest/meta-data/',
  'http://100.100.100.200/',
  'http://168.63.129.16/',
  'http://[fd00:ec2::254]/',
  'http://127.0.0.1/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f.0.0.1/',
  'http://0177.0.0.1/',
  'http://0.0.0.0/',
  'http://0/',
  'http://[::]/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:a00:1]/',
  'http://[::127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[fe80::1]/',
  'http://localhost./',
  'http://10.96.0.1/',
  'https://kubernetes.default.svc/',
  'https://10.244.1.7:8080/',
  'https://203.0.114.7:10250/pods',
  'http://198.51.0.9/',
  'http://192.168.1.1/',
  'http://172.31.0.1/',
  'http://①②⑦.0.0.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
];
for (const url of inside)
  test(`R1: nothing is asked of ${url}`, async () => {
    assert.match(await refused(egressWith(), { url }), /^\S+: the address is /);
  });

const noUrls: readonly string[] = [
  'file:///etc/passwd',
  'ssh://git@example.com/x',
  'ext::sh -c id',
  'gopher://example.com/',
  'git://example.com/x',
  'http://example.com/\r\nx: y',
  'http://exam\tple.com/',
  'http://example.com\\@evil.test/',
  'http://user:secret@example.com/',
  'http://example.com:0/',
  'example.com',
  '//example.com/',
  '',
];
for (const url of noUrls)
  test(`R1: ${JSON.stringify(url)} is no address to ask`, async () => {
    assert.match(await refused(egressWith(), { url }), /^the address /);
  });

test('R1: a line break in a header is refused before anything is sent', async () => {
  const [before, url] = [seen.length, `http://127.0.0.1:${open}/`];
  const lines: Record<string, string>[] = [
    { 'x-a': 'b\r\nhost: evil' },
    { 'x-a\r\nb': 'c' },
    { host: 'evil.test' },
    { 'content-length': '1' },
  ];
  for (const headers of lines) {
    await assert.rejects(egressWith().fetch({ url, headers }), TypeError);
    await assert.rejects(egressWith().fetch({ url, credentials: headers }), TypeError);
  }
  assert.equal(seen.length, before);
});

test('R1: a name that also stands for an address inside is closed whole', async () => {
  const egress = egressWith();
  assert.match(await refused(egress, { url: 'http://half.example.com/' }), /^10\.96\.0\.1: the address is cluster/);
});

test('R1: a name is looked up once, and the address that was judged is the one that is asked', async () => {
  let turn = 0;
  const rebinding = (): string[] => (turn++ === 0 ? ['127.0.0.1'] : ['169.254.169.254']);
  const egress = egressWith({}, rebinding);
  assert.equal((await egress.fetch({ url: `http://app.example.com:${open}/` })).status, 200);
  assert.equal(turn, 1);
  assert.equal(seen.at(-1)!.headers.host, `app.example.com:${open}`);
  assert.match(await refused(egress, { url: `http://app.example.com:${open}/` }), /^169\.254\.169\.254: /);
});

test('R1: a redirection is judged like a first request', async () => {
  const egress = egressWith();
  const targets = [
    'http://169.254.169.254/',
    `http://127.0.0.1:${shut}/`,
    'http://10.96.0.1/',
    'file:///etc/passwd',
    '//[::1]/',
    'http://u:p@127.0.0.1/',
  ];
  for (const to of targets) {
    const url = `http://127.0.0.1:${open}/?to=${encodeURIComponent(to)}`;
    await assert.rejects(egress.fetch({ url, redirects: 3 }), EgressError);
  }
  assert.ok(!seen.some(({ server }) => server === 'shut'));
  const plain = await egress.fetch({ url: `http://127.0.0.1:${open}/?to=http://169.254.169.254/` });
  assert.equal(plain.status, 302, 'not followed unless asked for');
  const loop = `http://127.0.0.1:${open}/?to=${encodeURIComponent('?to=/%3fto=/')}`;
  await assert.rejects(egress.fetch({ url: loop, redirects: 1 }), EgressError);
});

test('R2: what the server says, and why it did not, stands in no error', async () => {
  const egress = egressWith();
  const failing: EgressRequest[] = [
    { url: 'http://169.254.169.254/' },
    { url: 'http://nothing.example.com/' },
    { url: `http://127.0.0.1:${open}/large`, bytesMax: 1024 },
    { url: `http://127.0.0.1:${open}/silent`, timeoutMs: 50 },
    { url: `https://127.0.0.1:${open}/` },
    { url: `http://127.0.0.1:${open}/?to=file:///x`, redirects: 1 },
  ];
  const errors = await Promise.all(failing.map(request => egress.fetch(request).catch((error: unknown) => error)));
  const texts = errors.map(error => JSON.stringify((error as StatusError).toStatus()));
  assert.equal(new Set(texts).size, 1, texts.join('\n'));
  assert.ok(!/secret|127|169|ECONN|example/.test(texts[0]!));
});

test('R2: a closed door answers at the same times as an absent one', async () => {
  const tookMs = async (host: string, lookupMs: number): Promise<number> => {
    const clock = createManualClock();
    const egress = createEgress({
      clock,
      log: silentLog,
      policy: async () => egressPolicy({ allow: [], onlyListed: false }, cluster),
      resolve: async name => {
        await clock.sleep(lookupMs);
        return names[name] ?? [];
      },
    });
    const began = clock.monotonic();
    let over = false;
    const asking = egress.fetch({ url: `http://${host}/` }).catch(() => (over = true));
    while (!over) await clock.advance(10);
    await asking;
    return clock.monotonic() - began;
  };
  const times = [
    await tookMs('kubernetes.default.svc', 3),
    await tookMs('nothing.example.com', 180),
    await tookMs('10.96.0.1', 0),
  ];
  assert.deepEqual(times, [250, 250, 250]);
});

test('R3: credentials go to the host and port they were given for, and nowhere else', async () => {
  const egress = egressWith({ allow: [`127.0.0.1:${open}`, `127.0.0.1:${shut}`] });
  const credentials = { authorization: 'Basic c2VjcmV0', cookie: 'a=b', 'private-token': 'x' };
  const targets: [string, boolean][] = [
    [`http://app.example.com:${open}/there`, true],
    ['/there', true],
    [`http://app.example.com:${shut}/there`, false],
    [`http://other.example.com:${open}/there`, false],
  ];
  for (const [to, along] of targets) {
    const url = `http://app.example.com:${open}/?to=${encodeURIComponent(to)}`;
    const answer = await egress.fetch({ url, credentials, headers: { 'x-plain': 'y' }, redirects: 1 });
    assert.equal(answer.status, 200);
    const { headers, path } = seen.at(-1)!;
    assert.deepEqual([path, headers['x-plain']], ['/there', 'y']);
    for (const name of Object.keys(credentials)) assert.equal(name in headers, along, `${name} to ${to}`);
  }
});

test('R3: credentials that were dropped on the way do not come back with the way back', async () => {
  const egress = egressWith({ allow: [`127.0.0.1:${open}`, `127.0.0.1:${shut}`] });
  const back = `http://app.example.com:${open}/there`;
  const over = `http://app.example.com:${shut}/?to=${encodeURIComponent(back)}`;
  const url = `http://app.example.com:${open}/?to=${encodeURIComponent(over)}`;
  await egress.fetch({ url, credentials: { authorization: 'x' }, redirects: 2 });
  assert.deepEqual([seen.at(-1)!.path, seen.at(-1)!.headers.authorization], ['/there', undefined]);
});

test('R3: a body is not handed on to another host, a form that was taken in is not sent twice', async () => {
  const egress = egressWith({ allow: [`127.0.0.1:${open}`, `127.0.0.1:${shut}`] });
  const body = new TextEncoder().encode('client_secret=x');
  const to = encodeURIComponent(`http://127.0.0.1:${shut}/`);
  const send = (query: string) =>
    egress.fetch({ url: `http://127.0.0.1:${open}/?${query}`, method: 'POST', body, redirects: 1 });
  await assert.rejects(send(`to=${to}&status=307`), EgressError);
  await send(`to=${to}&status=303`);
  assert.deepEqual([seen.at(-1)!.method, seen.at(-1)!.server, seen.at(-1)!.body], ['GET', 'shut', '']);
  await send('to=/again&status=307');
  assert.deepEqual([seen.at(-1)!.method, seen.at(-1)!.body], ['POST', 'client_secret=x']);
});

const decisions: [string, string[], string, string, number, boolean][] = [
  ['the internet is open', [], 'example.com', '93.184.215.14', 443, true],
  ['a network of the list is open', ['192.168.0.0/16'], '192.168.7.7', '192.168.7.7', 443, true],
  ['another is not', ['192.168.1.0/24'], '192.168.7.7', '192.168.7.7', 443, false],
  ['a name of the list may be private', ['private.example.com'], 'private.example.com', '192.168.7.7', 443, true],
  ['whatever its letters and its dot', ['Private.Example.com'], 'private.example.COM.', '192.168.7.7', 443, true],
  ['names below one of the list', ['*.example.com'], 'private.example.com', '192.168.7.7', 443, true],
  ['but not itself', ['*.example.com'], 'example.com', '192.168.7.7', 443, false],
  ['nor one that ends alike', ['*.example.com'], 'evilexample.com', '192.168.7.7', 443, false],
  ['a port of the list is that port', ['private.example.com:5000'], 'private.example.com', '192.168.7.7', 443, false],
  ['and no other', ['private.example.com:5000'], 'private.example.com', '192.168.7.7', 5000, true],
  [
    'a name of the list cannot become the cluster',
    ['private.example.com'],
    'private.example.com',
    '10.96.0.1',
    443,
    false,
  ],
  ['nor this machine', ['private.example.com'], 'private.example.com', '127.0.0.1', 443, false],
  ['nor a metadata service', ['private.example.com'], 'private.example.com', '169.254.169.254', 80, false],
  ['a wide network of the list leaves the cluster closed', ['10.0.0.0/8'], '10.244.1.1', '10.244.1.1', 443, false],
  ['and its nodes', ['203.0.114.0/24'], '203.0.114.7', '203.0.114.7', 10250, false],
  ['only an entry as narrow opens it', ['10.244.1.0/24'], '10.244.1.1', '10.244.1.1', 443, true],
  ['everything opens nothing', ['0.0.0.0/0', '::/0'], '127.0.0.1', '127.0.0.1', 80, false],
  [
    'an address of version 4 in the clothes of version 6',
    ['127.0.0.1:81'],
    '::ffff:127.0.0.1',
    '::ffff:127.0.0.1',
    80,
    false,
  ],
];
for (const [what, allow, host, address, port, allowed] of decisions)
  test(`R4: ${what}`, () => {
    const policy = egressPolicy({ allow, onlyListed: false }, cluster);
    assert.equal(refusal(policy, host, port, parseAddress(address)!) === undefined, allowed);
  });

test('R4: where only the list counts, the internet is closed too', () => {
  const policy = egressPolicy({ allow: ['github.com:443', '93.184.216.0/24'], onlyListed: true }, cluster);
  const rows: [string, string, boolean][] = [
    ['github.com', '140.82.121.4', true],
    ['example.com', '93.184.216.34', true],
    ['example.org', '140.82.121.4', false],
  ];
  for (const [host, address, allowed] of rows)
    assert.equal(refusal(policy, host, 443, parseAddress(address)!) === undefined, allowed, host);
});

test('R4: what the cluster is made of is read from its nodes, its service ranges, or its services', () => {
  const nodes = [
    {
      metadata: { name: 'a' },
      spec: { podCIDRs: ['10.244.0.0/24', 'fd01::/64'] },
      status: { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] },
    },
    { metadata: { name: 'b' }, spec: { podCIDR: '10.244.1.0/24' } },
  ];
  const range = { metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/12'] } };
  const service = { metadata: { name: 'dns' }, spec: { clusterIPs: ['10.96.0.10'] } };
  assert.deepEqual(networksIn(nodes, [range], []), [
    '10.244.0.0/24',
    'fd01::/64',
    '192.0.2.1',
    '10.244.1.0/24',
    '10.96.0.0/12',
  ]);
  assert.deepEqual(networksIn([], [], [service]), ['10.96.0.10']);
});

test('R4: a platform that does not know its cluster connects to nothing', async () => {
  const policy = () => Promise.reject(new Error('the cluster does not answer'));
  const egress = createEgress({ clock: hurried, log: silentLog, policy, resolve: async () => ['93.184.215.14'] });
  await assert.rejects(egress.fetch({ url: 'http://example.com/' }), EgressError);
  await assert.rejects(egress.place('example.com', 389), EgressError);
});

const listEntries: [string, object | undefined][] = [
  ['example.com', { name: 'example.com' }],
  ['*.example.com:5000', { name: '.example.com', port: 5000 }],
  ['10.0.0.0/8', { network: parseNetwork('10.0.0.0/8') }],
  ['10.0.0.1:389', { network: parseNetwork('10.0.0.1'), port: 389 }],
  ['fd00::/8', { network: parseNetwork('fd00::/8') }],
  ['[fd00::1]:443', { network: parseNetwork('fd00::1'), port: 443 }],
  ['fd00::1:443', { network: parseNetwork('fd00::1:443') }],
  ['10.0.0.0/8:443', { network: parseNetwork('10.0.0.0/8'), port: 443 }],
  ['10.0.0.0/33', undefined],
  ['http://example.com', undefined],
  ['*', undefined],
  ['1.2.3', undefined],
  ['', undefined],
];
for (const [text, entry] of listEntries)
  test(`an entry of the list: ${JSON.stringify(text)}`, () => {
    if (entry) assert.deepEqual(parseEntry(text), entry);
    else assert.throws(() => parseEntry(text), TypeError);
  });

test('an answer is an answer, whatever its status; other protocols get an address that was judged', async () => {
  const egress = egressWith();
  const answer = await egress.fetch({ url: `http://app.example.com:${open}/missing` });
  assert.deepEqual([answer.status, new TextDecoder().decode(answer.body)], [404, 'the secret of the server']);
  assert.deepEqual(await egress.place('app.example.com', open), {
    host: 'app.example.com',
    address: '127.0.0.1',
    port: open,
  });
  await assert.rejects(egress.place('app.example.com', shut), EgressError);
});
