/** Addresses and networks as numbers and texts (Go's `netip`). */

/** Four or sixteen bytes. */
export type Address = readonly number[];

/** The bytes, or what is wrong in Go's words. */
export function parseAddress(text: string): Address | string {
  const head = `ParseAddr(${JSON.stringify(text)}): `;
  for (const letter of text) {
    if (letter === '.') return parseFour(text) ?? `${head}${problemOfFour(text)}`;
    if (letter === ':') return parseSix(text) ?? `${head}unable to parse IP`;
    if (letter === '%') return `${head}missing IPv6 address`;
  }
  return `${head}unable to parse IP`;
}

function parseFour(text: string): Address | undefined {
  const parts = text.split('.');
  const good = parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return good ? parts.map(Number) : undefined;
}

function problemOfFour(text: string): string {
  const parts = text.split('.');
  if (parts.some(part => /\D/.test(part)))
    return 'unexpected character (at '.concat(JSON.stringify(text.slice(text.search(/[^\d.]/))), ')');
  if (parts.some(part => part === '')) return 'IPv4 field must have at least one digit';
  if (parts.some(part => /^0\d/.test(part))) return 'IPv4 field has octet with leading zero';
  if (parts.some(part => Number(part) > 255)) return 'IPv4 field has value >255';
  return parts.length < 4 ? 'IPv4 address too short' : 'IPv4 address too long';
}

function parseSix(text: string): Address | undefined {
  let rest = text;
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail) {
    const four = parseFour(tail[2]!);
    if (!four) return undefined;
    rest = `${tail[1]}${((four[0]! << 8) | four[1]!).toString(16)}:${((four[2]! << 8) | four[3]!).toString(16)}`;
  }
  const halves = rest.split('::');
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map(half => (half === '' ? [] : half.split(':')));
  const count = left!.length + (right?.length ?? 0);
  if (right ? count > 7 : count !== 8) return undefined;
  const groups = [...left!, ...Array<string>(8 - count).fill('0'), ...(right ?? [])];
  if (!groups.every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.flatMap(group => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
}

/** Whether it is an IPv4 address within IPv6. */
export const isMapped = (address: Address): boolean =>
  address.length === 16 && address.slice(0, 10).every(byte => byte === 0) && address[10] === 255 && address[11] === 255;

/** In its one canonical form (RFC 5952). */
export function formatAddress(address: Address): string {
  if (address.length === 4) return address.join('.');
  const groups = Array.from({ length: 8 }, (_none, at) => (address[at * 2]! << 8) | address[at * 2 + 1]!);
  let [start, length] = [-1, 1];
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > length) [start, length] = [at, end - at];
  }
  const hex = (part: number[]): string => part.map(group => group.toString(16)).join(':');
  if (start < 0) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/** `10.0.0.0/8`; host bits may be set. */
export function parseNetwork(text: string): Network | string {
  const head = `netip.ParsePrefix(${JSON.stringify(text)}): `;
  const slash = text.lastIndexOf('/');
  if (slash < 0) return `${head}no '/'`;
  const address = parseAddress(text.slice(0, slash));
  if (typeof address === 'string') return `${head}${address}`;
  const length = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(length)) return `${head}bad bits after slash: ${JSON.stringify(length)}`;
  const bits = Number(length);
  return bits > address.length * 8 ? `${head}prefix length out of range` : { address, bits };
}

export const masked = ({ address, bits }: Network): Network => ({
  bits,
  address: address.map((byte, at) => byte & (0xff << Math.max(0, Math.min(8, 8 - (bits - at * 8)))) & 0xff),
});

export function holdsAddress(network: Network, address: Address): boolean {
  if (network.address.length !== address.length) return false;
  const base = masked(network).address;
  return masked({ address, bits: network.bits }).address.every((byte, at) => byte === base[at]);
}
