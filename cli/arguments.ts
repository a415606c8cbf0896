/** What the values of options must look like. Each throws commander's error, which becomes exit code 2. */
import { isIPv4 } from 'node:net';
import { InvalidArgumentError } from 'commander';

export function integer(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** In seconds. */
export function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd]?)$/.exec(text) ?? [];
  const seconds = Number(count) * (unitSeconds[unit] ?? 0);
  if (count === '' || (unit === '' && Number(count) !== 0))
    throw new InvalidArgumentError('It must be a time like 30m, 24h or 7d, or 0.');
  return seconds;
}

export function port(text: string): number {
  const value = integer(text);
  if (value > 65535) throw new InvalidArgumentError('It must be a port between 0 and 65535 (0 takes a free one).');
  return value;
}

export function address(text: string): string {
  if (!isIPv4(text)) throw new InvalidArgumentError('It must be an IPv4 address.');
  return text;
}

/** A range whose size leaves room: a node takes 256 addresses, services have reserved ones. */
export function range(text: string): string {
  const [base = '', bits = '', more] = text.split('/');
  if (!isIPv4(base) || !/^\d{1,2}$/.test(bits) || Number(bits) < 8 || Number(bits) > 24 || more !== undefined)
    throw new InvalidArgumentError('It must be a range of IPv4 addresses like 10.42.0.0/16, between /8 and /24.');
  return text;
}

/** Tokens name it as their issuer, letter by letter. */
export function url(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text) || new URL(text).origin !== text)
    throw new InvalidArgumentError('It must be an address like https://console.example.com, without a path.');
  return text;
}

export interface ServicePlace {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** A Service of a cluster: `namespace/name`, with a port unless it is 443. */
export function service(text: string): ServicePlace {
  const [, namespace = '', serviceName = '', digits = '443'] = /^([^/:]+)\/([^/:]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (!dnsName.test(namespace) || !dnsName.test(serviceName) || Number(digits) < 1 || Number(digits) > 65535)
    throw new InvalidArgumentError('It must be a Service like kubesphere-system/orrery-platform:443.');
  return { namespace, name: serviceName, port: Number(digits) };
}

const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const dnsName = new RegExp(`^${label}(\\.${label})*$`);

export function name(text: string): string {
  if (!dnsName.test(text) || text.length > 253) throw new InvalidArgumentError('It must be a lower-case DNS name.');
  return text;
}

/** For options that may be given several times, or once with commas. */
export const collect = (text: string, before: string[] = []): string[] => [...before, ...text.split(',')];
