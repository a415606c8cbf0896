import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { deepEqual, equal, ok } from 'node:assert/strict';
import dnsPacket, { type DecodedPacket, type Packet } from 'dns-packet';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { startDnsServer, type DnsServer } from './server.ts';
import type { ClusterView } from './records.ts';

const many = Array.from({ length: 60 }, (_, at) => `10.42.0.${at + 1}`);
const view: ClusterView = {
  service: (namespace, name) =>
    namespace === 'default' && name === 'big'
      ? { metadata: { name, namespace }, spec: { clusterIP: 'None' } }
      : undefined,
  slices: () => [
    { metadata: { name: 's' }, addressType: 'IPv4', endpoints: many.map(address => ({ addresses: [address] })) },
  ],
  namespaceExists: () => true,
  serviceByAddress: () => undefined,
  slicesByAddress: () => [],
};

let upstream: DnsServer;
let server: DnsServer;

before(async () => {
  const common = { address: '127.0.0.1', port: 0, clock: systemClock, log: silentLog, view };
  upstream = await startDnsServer({ ...common, domain: 'example.org', upstreams: [] });
  server = await startDnsServer({
    ...common,
    domain: 'cluster.local',
    upstreams: [{ address: '127.0.0.1', port: upstream.port }],
  });
});
after(() => {
  server.close();
  upstream.close();
});

const encode = (name: string, extra: Partial<Packet> = {}) =>
  dnsPacket.encode({
    type: 'query',
    id: 7,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type: 'A', name }],
    ...extra,
  });

const sendUdp = (message: Buffer): Promise<DecodedPacket> =>
  new Promise(resolve => {
    const socket = createSocket('udp4');
    socket.on('message', reply => {
      socket.close();
      resolve(dnsPacket.decode(reply));
    });
    socket.send(message, server.port, '127.0.0.1');
  });

const sendTcp = (messages: Buffer): Promise<DecodedPacket[]> =>
  new Promise(resolve => {
    const replies: DecodedPacket[] = [];
    let pending = Buffer.alloc(0);
    const socket = connect(server.port, '127.0.0.1', () => socket.write(messages));
    socket.on('data', chunk => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        replies.push(dnsPacket.decode(pending.subarray(2, 2 + pending.readUInt16BE(0))));
        pending = pending.subarray(2 + pending.readUInt16BE(0));
      }
      if (replies.length === 2) socket.destroy();
    });
    socket.on('close', () => resolve(replies));
  });

test('an answer too large for the client is cut, and whole over TCP', async () => {
  const name = 'big.default.svc.cluster.local';
  const cut = await sendUdp(encode(name));
  ok(cut.flag_tc);
  equal(cut.answers?.length, 0);
  const whole = await sendTcp(
    Buffer.concat([
      dnsPacket.streamEncode({ type: 'query', id: 1, questions: [{ type: 'A', name }] }),
      dnsPacket.streamEncode({ type: 'query', id: 2, questions: [{ type: 'A', name }] }),
    ]),
  );
  deepEqual(
    whole.map(reply => [reply.id, reply.answers?.length]),
    [
      [1, 60],
      [2, 60],
    ],
  );
});

test('a name that is not there is denied with how long that may be kept', async () => {
  const reply = await sendUdp(encode('none.default.svc.cluster.local'));
  equal((reply.flags ?? 0) & 15, 3, 'NXDOMAIN');
  equal(reply.authorities?.[0]?.type, 'SOA');
  ok(reply.flag_aa);
});

test('other names go to the name servers of the host, whose answer passes unchanged', async () => {
  const reply = await sendUdp(
    encode('dns-version.example.org', { questions: [{ type: 'TXT', name: 'dns-version.example.org' }] }),
  );
  deepEqual((reply.answers![0] as { data: Buffer[] }).data.map(String), ['1.1.0']);
});

test('what is no query gets no answer, and the server goes on', async () => {
  const socket = createSocket('udp4');
  for (const bytes of ['', 'x', 'not dns at all', Buffer.alloc(600, 255)]) socket.send(bytes, server.port, '127.0.0.1');
  const reply = await sendUdp(encode('big.default.svc.cluster.local'));
  socket.close();
  equal(reply.id, 7);
});
