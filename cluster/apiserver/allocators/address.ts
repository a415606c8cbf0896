/** IP addresses as numbers: ranges, membership and the canonical text form, for both families. */

export type IpFamily = 'IPv4' | 'IPv6';

export interface AddressRange {
  readonly family: IpFamily;
  /** Canonical text, e.g. `10.96.0.0/16`. */
  readonly cidr: string;
  /** The network address. */
  readonly base: bigint;
  readonly prefixLength: number;
  /** How many addresses the prefix spans, network and broadcast address included. */
  readonly size: bigint;
}

const bitsOf = (family: IpFamily): number => (family === 'IPv4' ? 32 : 128);

/** The number of a dotted-quad address; undefined when it is none. Leading zeros are refused: their meaning is ambiguous. */
export function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

/** The number of an IPv6 address in any legal spelling without a zone; undefined when it is none. */
export function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groupsOf = (half: string): number[] | undefined => {
    if (half === '') return [];
    const groups: number[] = [];
    const parts = half.split(':');
    for (const [index, part] of parts.entries()) {
      if (part.includes('.') && index === parts.length - 1) {
        const embedded = parseIpv4(part);
        if (embedded === undefined) return undefined;
        groups.push(Number(embedded >> 16n), Number(embedded & 0xffffn));
      } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
      else return undefined;
    }
    return groups;
  };
  const head = groupsOf(halves[0]!);
  const tail = halves.length === 2 ? groupsOf(halves[1]!) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** Which family an address belongs to; undefined when it is no address. */
export const familyOf = (text: string): IpFamily | undefined =>
  parseIpv4(text) !== undefined ? 'IPv4' : parseIpv6(text) !== undefined ? 'IPv6' : undefined;

/** The number of an address of this family; undefined when it is none. */
export const parseAddress = (family: IpFamily, text: string): bigint | undefined =>
  family === 'IPv4' ? parseIpv4(text) : parseIpv6(text);

/** Canonical text (RFC 5952 for IPv6). */
export function formatAddress(family: IpFamily, value: bigint): string {
  if (family === 'IPv4') return [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - index * 16)) & 0xffffn));
  let start = -1;
  let length = 1;
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (to < 8 && groups[to] === 0) to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const hex = groups.map(group => group.toString(16));
  return start < 0 ? hex.join(':') : `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** Reads a CIDR; host bits are cleared. @throws Error saying what is wrong with it. */
export function parseCidr(text: string): AddressRange {
  const [address = '', length = '', more] = text.split('/');
  const family = familyOf(address);
  const prefixLength = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (!family || more !== undefined || !(prefixLength <= bitsOf(family)))
    throw new Error(`"${text}" is not a CIDR, e.g. 10.96.0.0/16 or fd00::/112`);
  const hostBits = BigInt(bitsOf(family) - prefixLength);
  const base = (parseAddress(family, address)! >> hostBits) << hostBits;
  return { family, cidr: `${formatAddress(family, base)}/${prefixLength}`, base, prefixLength, size: 1n << hostBits };
}

/** The address at `index` of a range, 0 being the network address. */
export const addressAt = (range: AddressRange, index: number): string =>
  formatAddress(range.family, range.base + BigInt(index));

export const contains = (range: AddressRange, text: string): boolean => {
  const value = parseAddress(range.family, text);
  return value !== undefined && value >= range.base && value < range.base + range.size;
};
