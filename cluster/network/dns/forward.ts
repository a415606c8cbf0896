/** Asking the host's own name servers about names that are not the cluster's. The messages pass through unchanged. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Clock } from '@orrery/machinery/clock';

export interface Upstream {
  readonly address: string;
  readonly port: number;
}

const timeoutMs = 2_000;
const serversMax = 3;

/** The name servers of a resolv.conf; those in `exclude` (our own addresses) would make a loop. */
export function upstreamsOf(resolvConf: string, exclude: readonly string[] = []): Upstream[] {
  const addresses = [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(match => match[1]!);
  return addresses
    .filter(address => /^\d+\.\d+\.\d+\.\d+$/.test(address) && !exclude.includes(address))
    .slice(0, serversMax)
    .map(address => ({ address, port: 53 }));
}

export function hostUpstreams(exclude: readonly string[]): Upstream[] {
  // Behind systemd-resolved this file has the real servers, not the local stub.
  for (const file of ['/run/systemd/resolve/resolv.conf', '/etc/resolv.conf']) {
    try {
      return upstreamsOf(readFileSync(file, 'utf8'), exclude);
    } catch {
      continue;
    }
  }
  return [];
}

/** The first answer of the servers, tried one after the other; undefined when none answers. */
export async function forward(
  message: Buffer,
  upstreams: readonly Upstream[],
  over: 'udp' | 'tcp',
  clock: Clock,
): Promise<Buffer | undefined> {
  for (const upstream of upstreams) {
    const reply = await (over === 'udp' ? askUdp(message, upstream, clock) : askTcp(message, upstream, clock));
    if (reply) return reply;
  }
  return undefined;
}

function askUdp(message: Buffer, { address, port }: Upstream, clock: Clock): Promise<Buffer | undefined> {
  return new Promise(resolve => {
    const socket = createSocket('udp4');
    const finish = (reply: Buffer | undefined) => {
      timer.cancel();
      socket.close();
      resolve(reply);
    };
    const timer = clock.after(timeoutMs, () => finish(undefined));
    socket.once('error', () => finish(undefined));
    // A connected socket takes packets of that server only; the number must be the question's.
    socket.on(
      'message',
      reply => reply.length > 2 && reply.readUInt16BE(0) === message.readUInt16BE(0) && finish(reply),
    );
    socket.connect(port, address, () => socket.send(message));
  });
}

function askTcp(message: Buffer, { address, port }: Upstream, clock: Clock): Promise<Buffer | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host: address, port });
    let received = Buffer.alloc(0);
    const finish = (reply: Buffer | undefined) => {
      timer.cancel();
      socket.destroy();
      resolve(reply);
    };
    const timer = clock.after(timeoutMs, () => finish(undefined));
    socket.once('error', () => finish(undefined));
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0))
        finish(received.subarray(2, 2 + received.readUInt16BE(0)));
    });
    const head = Buffer.alloc(2);
    head.writeUInt16BE(message.length);
    socket.end(Buffer.concat([head, message]));
  });
}
