/** IP addresses and networks as numbers of 128 bits; version 4 stands where RFC 4291 maps it, so that both forms are one. */
import { isIPv4, isIPv6 } from 'node:net';

const mapped = 0xffffn << 32n;
/** NAT64's well-known prefix (RFC 6052): behind it is an address of version 4. */
const nat64 = 0x64ff9bn << 96n;
const low32 = 0xffffffffn;

export interface Network {
  readonly first: bigint;
  /** Of 128 bits, also for networks of version 4. */
  readonly prefix: number;
}

const fromV4 = (text: string): bigint => text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);

function fromV6(text: string): bigint {
  // The last 32 bits may be written as version 4 is.
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const low = dotted ? fromV4(dotted[2]!) : 0n;
  const plain = dotted ? `${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}` : text;
  const [head = '', tail] = plain.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const filled = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return filled.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** Undefined for what is no address. Zones are none of an address that is reached from here. */
export function parseAddress(text: string): bigint | undefined {
  if (isIPv4(text)) return mapped | fromV4(text);
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const address = fromV6(text);
  return address >> 32n === nat64 >> 32n ? mapped | (address & low32) : address;
}

/** An address, or a network such as `10.0.0.0/8`. Undefined for what is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const first = parseAddress(address);
  if (first === undefined || rest.length > 0) return undefined;
  const bits = isIPv4(address) ? 32 : 128;
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined;
  const given = length === undefined ? bits : Number(length);
  if (given > bits) return undefined;
  const prefix = given + (128 - bits);
  const shift = BigInt(128 - prefix);
  return { first: (first >> shift) << shift, prefix };
}

export const contains = ({ first, prefix }: Network, address: bigint): boolean => {
  const shift = BigInt(128 - prefix);
  return first >> shift === address >> shift;
};
