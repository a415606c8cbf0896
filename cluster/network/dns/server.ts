/** The rim of cluster DNS: UDP and TCP sockets, and the way to the servers of the host for all other names. */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import dnsPacket, { type DecodedPacket, type Packet } from 'dns-packet';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { forward, type Upstream } from './forward.ts';
import { answer, type ClusterView, type Reply } from './records.ts';

export interface DnsServerOptions {
  readonly address: string;
  /** 0 takes any free port (the same for UDP and TCP). */
  readonly port: number;
  readonly domain: string;
  readonly view: ClusterView;
  readonly upstreams: readonly Upstream[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface DnsServer {
  readonly port: number;
  close(): void;
}

/** An answer of this size always fits; clients that take more say so (EDNS). */
const udpBytesMin = 512;
const tcpIdleMs = 10_000;
const tcpConnectionsMax = 256;

/** Free ports of UDP that are tried until one is free for TCP as well. */
const portsTried = 10;

/** @throws the socket's error when the address is taken. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  for (let left = options.port === 0 ? portsTried : 1; ; left--)
    try {
      return await openSockets(options);
    } catch (error) {
      if (left === 1 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
}

async function openSockets(options: DnsServerOptions): Promise<DnsServer> {
  const udp = createSocket('udp4');
  const tcp = createServer(socket => serveTcp(socket, options));
  tcp.maxConnections = tcpConnectionsMax;
  const port = await bindUdp(udp, options);
  await listenTcp(tcp, options.address, port).catch(error => {
    udp.close();
    throw error;
  });
  udp.on('message', (message, peer) => void serveUdp(udp, message, peer, options));
  udp.on('error', error => options.log.error('DNS socket failed', { error }));
  return {
    port,
    close: () => {
      udp.close();
      tcp.close();
    },
  };
}

function bindUdp(socket: UdpSocket, { address, port }: DnsServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.off('error', reject);
      resolve(socket.address().port);
    });
  });
}

function listenTcp(server: Server, address: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

async function serveUdp(
  socket: UdpSocket,
  message: Buffer,
  peer: RemoteInfo,
  options: DnsServerOptions,
): Promise<void> {
  const reply = await replyTo(message, options, 'udp');
  if (!reply) return;
  const limit = Math.max(udpBytesMin, reply.udpBytesMax);
  const bytes = reply.bytes.length <= limit ? reply.bytes : truncated(reply.bytes);
  socket.send(bytes, peer.port, peer.address, () => {});
}

/** The header and question with the bit that says: ask again over TCP. */
function truncated(bytes: Buffer): Buffer {
  const packet = dnsPacket.decode(bytes);
  return dnsPacket.encode({
    type: 'response',
    id: packet.id,
    flags: (packet.flags ?? 0) | dnsPacket.TRUNCATED_RESPONSE,
    questions: packet.questions,
  });
}

function serveTcp(socket: Socket, options: DnsServerOptions): void {
  let pending = Buffer.alloc(0);
  let idle = options.clock.after(tcpIdleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('close', () => idle.cancel());
  socket.on('data', chunk => {
    idle.cancel();
    idle = options.clock.after(tcpIdleMs, () => socket.destroy());
    pending = Buffer.concat([pending, chunk as Buffer]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const message = pending.subarray(2, 2 + pending.readUInt16BE(0));
      pending = pending.subarray(2 + message.length);
      void replyTo(message, options, 'tcp').then(reply => {
        if (!reply || socket.destroyed) return;
        const head = Buffer.alloc(2);
        head.writeUInt16BE(reply.bytes.length);
        socket.write(Buffer.concat([head, reply.bytes]));
      });
    }
  });
}

interface WireReply {
  readonly bytes: Buffer;
  /** What the client can take over UDP. */
  readonly udpBytesMax: number;
}

/** Undefined for what is not a query: nothing is sent back to it. */
async function replyTo(
  message: Buffer,
  options: DnsServerOptions,
  over: 'udp' | 'tcp',
): Promise<WireReply | undefined> {
  const query = decode(message);
  if (!query || query.type !== 'query') return undefined;
  const edns = query.additionals?.find(each => each.type === 'OPT') as { udpPayloadSize?: number } | undefined;
  const udpBytesMax = edns?.udpPayloadSize ?? 0;
  const [question] = query.questions ?? [];
  if (!question || query.questions!.length !== 1) return { bytes: refusal(query, 'FORMERR'), udpBytesMax };
  const reply = answer(question, options.domain, options.view);
  if (reply !== 'forward') return { bytes: dnsPacket.encode(packetOf(query, reply, options.domain)), udpBytesMax };
  const forwarded = await forward(message, options.upstreams, over, options.clock);
  return { bytes: forwarded ?? refusal(query, options.upstreams.length > 0 ? 'SERVFAIL' : 'REFUSED'), udpBytesMax };
}

function decode(message: Buffer): DecodedPacket | undefined {
  try {
    return dnsPacket.decode(message);
  } catch {
    return undefined;
  }
}

const responseCodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

const flagsOf = (query: DecodedPacket, code: keyof typeof responseCodes): number =>
  ((query.flags ?? 0) & dnsPacket.RECURSION_DESIRED) | dnsPacket.RECURSION_AVAILABLE | responseCodes[code];

const refusal = (query: DecodedPacket, code: keyof typeof responseCodes): Buffer =>
  dnsPacket.encode({ type: 'response', id: query.id, flags: flagsOf(query, code), questions: query.questions });

function packetOf(query: DecodedPacket, reply: Exclude<Reply, 'forward'>, domain: string): Packet {
  const answers = reply.found ? reply.answers : [];
  return {
    type: 'response',
    id: query.id,
    flags: flagsOf(query, reply.found ? 'NOERROR' : 'NXDOMAIN') | dnsPacket.AUTHORITATIVE_ANSWER,
    questions: query.questions,
    answers: answers as Packet['answers'],
    additionals: (reply.found ? reply.additionals : []) as Packet['additionals'],
    // How long a negative answer may be kept.
    authorities: answers.length > 0 ? [] : [startOfAuthority(domain)],
  };
}

const startOfAuthority = (domain: string): NonNullable<Packet['authorities']>[number] => ({
  type: 'SOA',
  name: domain,
  ttl: 5,
  data: {
    mname: `ns.dns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: 5,
  },
});
