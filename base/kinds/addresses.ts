/**
 * Addresses and ranges as fields take them: the lenient forms that older fields accept (zeros before octets, IPv4 within IPv6), the strict
 * ones that newer fields ask for, and the warnings about the difference (apimachinery `util/validation` ip.go).
 */
import { invalid, quote } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { cidrMessage, ipMessage, parseCidr, parseIp } from './rules.ts';
import type { Cidr, Errors } from './rules.ts';

/** Octets without the zeros before them, which old fields take. */
const withoutZeros = (octets: string): string => octets.replace(/(^|\.)0+(?=\d)/g, '$1');

const dotted = /\d+\.\d+\.\d+\.\d+$/;

/** The bytes of an address in any form that old fields take. */
export function parseSloppyIp(text: string): number[] | undefined {
  const tail = dotted.exec(text);
  return parseIp(tail ? text.slice(0, tail.index) + withoutZeros(tail[0]) : text);
}

/** A range in any form that old fields take: zeros before the length too. */
export function parseSloppyCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const bytes = parseSloppyIp(text.slice(0, slash));
  return bytes && parseCidr(`${wide(bytes)}/${text.slice(slash + 1).replace(/^0+(?=\d)/, '')}`);
}

const isMapped = (bytes: readonly number[]): boolean =>
  bytes.length === 16 &&
  bytes.slice(0, 10).every(byte => byte === 0) &&
  bytes.slice(10, 12).every(byte => byte === 255);

/** IPv4 written as IPv6 is IPv4. */
export const familyOf = (bytes: readonly number[]): 'IPv4' | 'IPv6' =>
  bytes.length === 4 || isMapped(bytes) ? 'IPv4' : 'IPv6';

/** All bytes, whatever they stand for. */
const wide = (bytes: readonly number[]): string => (bytes.length === 4 ? bytes.join('.') : shortened(bytes));

/** RFC 5952: the longest run of zeros is left out. */
function shortened(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, at) => (bytes[at * 2]! << 8) | bytes[at * 2 + 1]!);
  let [from, length] = [-1, 1];
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > length) [from, length] = [at, end - at];
  }
  const text = (part: readonly number[]): string => part.map(group => group.toString(16)).join(':');
  return from < 0 ? text(groups) : `${text(groups.slice(0, from))}::${text(groups.slice(from + length))}`;
}

/** An address as upstream writes it: IPv4 within IPv6 as IPv4. */
export const formatIp = (bytes: readonly number[]): string => wide(isMapped(bytes) ? bytes.slice(12) : bytes);

/** The network's own address. */
export const masked = ({ bytes, prefix }: Cidr): number[] =>
  bytes.map((byte, at) => byte & (0xff << (8 - Math.min(8, Math.max(0, prefix - at * 8)))) & 0xff);

/** A range as upstream writes it. */
export const formatCidr = (range: Cidr): string => {
  const bytes = masked(range);
  return isMapped(bytes) && range.prefix >= 96
    ? `${formatIp(bytes)}/${range.prefix - 96}`
    : `${wide(bytes)}/${range.prefix}`;
};

/** An address of an old field. */
export function sloppyIp(errors: Errors, value: string, path: FieldPath, kept: readonly string[] = []): void {
  if (!kept.includes(value) && !parseSloppyIp(value)) errors.push(invalid(path, value, ipMessage));
}

/** A range of an old field. */
export function sloppyCidr(errors: Errors, value: string, path: FieldPath, kept: readonly string[] = []): void {
  if (!kept.includes(value) && !parseSloppyCidr(value)) errors.push(invalid(path, value, cidrMessage));
}

/** What is wrong with an address of a new field: it must be the one way to write it. */
export function strictIpProblems(value: string): string[] {
  const bytes = parseSloppyIp(value);
  if (!bytes) return [ipMessage];
  const problems = [
    ...(parseIp(value) ? [] : ['must not have leading 0s']),
    ...(isMapped(bytes) ? ['must not be an IPv4-mapped IPv6 address'] : []),
  ];
  if (problems.length > 0 || formatIp(bytes) === value) return problems;
  return [`must be in canonical form (${quote(formatIp(bytes))})`];
}

/** As {@link strictIpProblems} for a range, which has no bits beyond its length. */
export function strictCidrProblems(value: string): string[] {
  const range = parseSloppyCidr(value);
  if (!range) return [cidrMessage];
  if (!parseCidr(value)) return ['must not have leading 0s in IP or prefix length'];
  if (isMapped(range.bytes)) return ['must not have an IPv4-mapped IPv6 address'];
  if (masked(range).some((byte, at) => byte !== range.bytes[at]))
    return ['must not have bits set beyond the prefix length'];
  return formatCidr(range) === value ? [] : [`must be in canonical form (${quote(formatCidr(range))})`];
}

/** Warnings about an accepted address of an old field. */
export function ipWarnings(path: FieldPath, value: string): string[] {
  const bytes = parseSloppyIp(value);
  if (!bytes) return [];
  if (!parseIp(value) || isMapped(bytes))
    return [
      `${path}: non-standard IP address ${quote(value)} will be considered invalid in a future Kubernetes release: use ${quote(formatIp(bytes))}`,
    ];
  if (bytes.length === 4 || formatIp(bytes) === value) return [];
  return [`${path}: IPv6 address ${quote(value)} should be in RFC 5952 canonical format (${quote(formatIp(bytes))})`];
}

/** Warnings about an accepted range of an old field. */
export function cidrWarnings(path: FieldPath, value: string): string[] {
  const range = parseSloppyCidr(value);
  if (!range) return [];
  const found: string[] = [];
  const network = formatCidr(range);
  if (masked(range).some((byte, at) => byte !== range.bytes[at])) {
    const single = `${formatIp(range.bytes)}/${range.bytes.length * 8}`;
    found.push(
      `${path}: CIDR value ${quote(value)} is ambiguous in this context (should be ${quote(network)} or ${quote(single)}?)`,
    );
  }
  if (!parseCidr(value) || isMapped(range.bytes))
    found.push(
      `${path}: non-standard CIDR value ${quote(value)} will be considered invalid in a future Kubernetes release: use ${quote(network)}`,
    );
  if (found.length === 0 && range.bytes.length === 16 && network !== value)
    found.push(`${path}: IPv6 CIDR value ${quote(value)} should be in RFC 5952 canonical format (${quote(network)})`);
  return found;
}
