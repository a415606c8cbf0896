/** Addresses, networks and URLs (Kubernetes' `ip`, `cidr` and `url` libraries). */
import { overload } from '../environment.ts';
import type { Library } from '../environment.ts';
import { ArrayList, CelError, EntryMap, fail, Opaque } from '../values.ts';
import type { Value } from '../values.ts';
import * as addresses from './addresses.ts';
import type { Address, Network } from './addresses.ts';
import { isGoUrl, parseGoUrl } from './urls.ts';
import type { GoUrl } from './urls.ts';
import { quote } from '../../fieldpath.ts';

class Ip extends Opaque {
  readonly typeName = 'net.IP';
  readonly address: Address;
  constructor(address: Address) {
    super();
    this.address = address;
  }
  same(other: Opaque): boolean {
    return other instanceof Ip && other.toString() === this.toString();
  }
  override toString(): string {
    return addresses.formatAddress(this.address);
  }
}

class Cidr extends Opaque {
  readonly typeName = 'net.CIDR';
  readonly network: Network;
  constructor(network: Network) {
    super();
    this.network = network;
  }
  same(other: Opaque): boolean {
    return other instanceof Cidr && other.toString() === this.toString();
  }
  override toString(): string {
    return `${addresses.formatAddress(this.network.address)}/${this.network.bits}`;
  }
}

class Url extends Opaque {
  readonly typeName = 'kubernetes.URL';
  readonly url: GoUrl;
  readonly text: string;
  constructor(url: GoUrl, text: string) {
    super();
    this.url = url;
    this.text = text;
  }
  same(other: Opaque): boolean {
    return other instanceof Url && other.text === this.text;
  }
  override toString(): string {
    return this.text;
  }
}

function toIp(text: Value): Ip | CelError {
  const raw = text as string;
  if (raw.includes(':') && raw.includes('%')) return fail(`IP address ${quote(raw)} with zone value is not allowed`);
  const address = addresses.parseAddress(raw);
  if (typeof address === 'string')
    return fail(`IP Address ${quote(raw)} parse error during conversion from string: ${address}`);
  return addresses.isMapped(address) ? fail(`IPv4-mapped IPv6 address ${quote(raw)} is not allowed`) : new Ip(address);
}

function toCidr(text: Value): Cidr | CelError {
  const head = 'network address parse error during conversion from string: ';
  const network = addresses.parseNetwork(text as string);
  if (typeof network === 'string') return fail(`${head}${head}${network}`);
  return addresses.isMapped(network.address)
    ? fail(`${head}IPv4-mapped IPv6 address ${quote(text as string)} is not allowed`)
    : new Cidr(network);
}

const bytesOf = (ip: Value): Address => (ip as Ip).address;
const isFour = (address: Address): boolean => address.length === 4;
const isUnspecified = (address: Address): boolean => address.every(byte => byte === 0);
const isLoopback = (address: Address): boolean =>
  isFour(address) ? address[0] === 127 : address.at(-1) === 1 && address.slice(0, 15).every(byte => byte === 0);
const isLinkLocalMulticast = (address: Address): boolean =>
  isFour(address)
    ? address[0] === 224 && address[1] === 0 && address[2] === 0
    : address[0] === 0xff && (address[1]! & 0x0f) === 2;
const isLinkLocalUnicast = (address: Address): boolean =>
  isFour(address) ? address[0] === 169 && address[1] === 254 : address[0] === 0xfe && (address[1]! & 0xc0) === 0x80;
const isMulticast = (address: Address): boolean =>
  isFour(address) ? (address[0]! & 0xf0) === 224 : address[0] === 0xff;
const isGlobalUnicast = (address: Address): boolean =>
  !isUnspecified(address) &&
  !isLoopback(address) &&
  !isMulticast(address) &&
  !isLinkLocalUnicast(address) &&
  !(isFour(address) && address.every(byte => byte === 255));

const tests: Readonly<Record<string, (address: Address) => boolean>> = {
  isUnspecified,
  isLoopback,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isGlobalUnicast,
};

const ips: Library = [
  overload('string_to_ip', 'ip(string): IP', ([text]) => toIp(text!)),
  overload('ip_family', 'IP.family(): int', ([ip]) => (isFour(bytesOf(ip!)) ? 4n : 6n)),
  overload('ip_is_canonical', 'ip.isCanonical(string): bool', ([text]) => {
    const ip = toIp(text!);
    return ip instanceof CelError ? ip : ip.toString() === text;
  }),
  ...Object.entries(tests).map(([name, test]) =>
    overload(`ip_${name}`, `IP.${name}(): bool`, ([ip]) => test(bytesOf(ip!))),
  ),
  overload('is_ip', 'isIP(string): bool', ([text]) => toIp(text!) instanceof Ip),
  overload('ip_to_string', 'string(IP): string', ([ip]) => String(ip)),
];

const within = (cidr: Value, ip: Ip | CelError): Value =>
  ip instanceof CelError ? ip : addresses.holdsAddress((cidr as Cidr).network, ip.address);

function covers(cidr: Value, inner: Cidr | CelError): Value {
  if (inner instanceof CelError) return inner;
  const { network } = cidr as Cidr;
  return network.bits <= inner.network.bits && addresses.holdsAddress(network, inner.network.address);
}

const cidrs: Library = [
  overload('string_to_cidr', 'cidr(string): CIDR', ([text]) => toCidr(text!)),
  overload('cidr_contains_ip_string', 'CIDR.containsIP(string): bool', ([cidr, text]) => within(cidr!, toIp(text!))),
  overload('cidr_contains_ip_ip', 'CIDR.containsIP(IP): bool', ([cidr, ip]) => within(cidr!, ip as Ip)),
  overload('cidr_contains_cidr_string', 'CIDR.containsCIDR(string): bool', ([cidr, text]) =>
    covers(cidr!, toCidr(text!)),
  ),
  overload('cidr_contains_cidr', 'CIDR.containsCIDR(CIDR): bool', ([cidr, inner]) => covers(cidr!, inner as Cidr)),
  overload('cidr_ip', 'CIDR.ip(): IP', ([cidr]) => new Ip((cidr as Cidr).network.address)),
  overload('cidr_prefix_length', 'CIDR.prefixLength(): int', ([cidr]) => BigInt((cidr as Cidr).network.bits)),
  overload('cidr_masked', 'CIDR.masked(): CIDR', ([cidr]) => new Cidr(addresses.masked((cidr as Cidr).network))),
  overload('is_cidr', 'isCIDR(string): bool', ([text]) => toCidr(text!) instanceof Cidr),
  overload('cidr_to_string', 'string(CIDR): string', ([cidr]) => String(cidr)),
];

function toUrl([text]: readonly Value[]): Value {
  const url = parseGoUrl(text as string);
  return typeof url === 'string'
    ? fail(`URL parse error during conversion from string: ${url}`)
    : new Url(url, text as string);
}

function query([url]: readonly Value[]): Value {
  const entries = new Map<string, readonly [Value, Value]>();
  for (const [name, value] of (url as Url).url.query) {
    const known = entries.get(`s${name}`);
    if (known) (known[1] as ArrayList).items.push(value);
    else entries.set(`s${name}`, [name, new ArrayList([value])]);
  }
  return new EntryMap(entries);
}

const urlPart = (name: string, part: Exclude<keyof GoUrl, 'query'>): Library => [
  overload(`url_${name}`, `URL.${name}(): string`, ([url]) => (url as Url).url[part]),
];

const urls: Library = [
  overload('string_to_url', 'url(string): URL', toUrl),
  ...urlPart('getScheme', 'scheme'),
  ...urlPart('getHost', 'host'),
  ...urlPart('getHostname', 'hostname'),
  ...urlPart('getPort', 'port'),
  ...urlPart('getEscapedPath', 'path'),
  overload('url_get_query', 'URL.getQuery(): map(string, list(string))', query),
  overload('is_url_string', 'isURL(string): bool', ([text]) => isGoUrl(text as string)),
];

export const network: Library = [...ips, ...cidrs, ...urls];
