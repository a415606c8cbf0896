/** Names of proxied objects, and what comes back from them. Pure. */
import { BlockList, isIP } from 'node:net';
import type { Response } from '@orrery/http';
import { badRequest } from '@orrery/machinery/status';

export interface ProxyName {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** A number, a port's name, or empty. */
  readonly port: string;
}

/** Takes `name`, `name:port` or `scheme:name:port` apart. @throws StatusError 400. */
export function parseProxyName(text: string): ProxyName {
  const parts = text.split(':');
  if (parts.length === 1) return { scheme: 'http', name: text, port: '' };
  if (parts.length === 2) return { scheme: 'http', name: parts[0]!, port: parts[1]! };
  const [scheme, name, port] = parts;
  if (parts.length !== 3 || (scheme !== 'http' && scheme !== 'https' && scheme !== '')) {
    throw badRequest(`invalid service request ${JSON.stringify(text)}`);
  }
  return { scheme: scheme === 'https' ? 'https' : 'http', name: name!, port: port! };
}

/** A redirect inside the proxied server stays inside the proxy. */
export function redirectedLocation(response: Response, prefix: string): Response {
  const { location } = response.headers;
  if (typeof location !== 'string' || !location.startsWith('/') || location.startsWith('//')) return response;
  return { ...response, headers: { ...response.headers, location: prefix + location } };
}

const forbidden = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv6');
}

/** Whether the server may connect there on somebody's behalf: never to itself, to link-local services or to groups. */
export function isProxyable(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !forbidden.check(address, 'ipv4');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return isProxyable(mapped[1]!);
  return family === 6 && !forbidden.check(address, 'ipv6');
}
