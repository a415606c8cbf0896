/** Rules that many kinds share. Each pushes what it finds onto `errors`. */
import { child, index, invalid, notSupported, required, forbidden } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import {
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validatePercent,
  validatePortName,
  validatePortNumber,
  validateQualifiedName,
} from '@orrery/machinery/names';
import { compareQuantities, formatQuantity, parseQuantity, zeroQuantity } from '@orrery/machinery/quantity';
import { each } from './fill.ts';
import { validateLabels } from './meta.ts';
import type { LabelSelector } from './types.data.ts';

export type Errors = FieldError[];

/** A map as Go writes it: keys in order. */
export const sortedMap = <T>(map: Readonly<Record<string, T>> | undefined): Record<string, T> | null =>
  map ? Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))) : null;

/** A selector as Go writes it. */
export const shownSelector = (selector: LabelSelector | undefined): object | null =>
  selector ? { ...selector, ...(selector.matchLabels && { matchLabels: sortedMap(selector.matchLabels) }) } : null;

/** One error per problem that a rule of names found. */
export function tell(errors: Errors, path: FieldPath, value: unknown, problems: readonly string[]): void {
  for (const problem of problems) errors.push(invalid(path, value, problem));
}

export const subdomain = (errors: Errors, value: string, path: FieldPath): void =>
  tell(errors, path, value, validateDns1123Subdomain(value));
export const label = (errors: Errors, value: string, path: FieldPath): void =>
  tell(errors, path, value, validateDns1123Label(value));
export const qualified = (errors: Errors, value: string, path: FieldPath): void =>
  tell(errors, path, value, validateQualifiedName(value));

export const nonNegativeMessage = 'must be greater than or equal to 0';

export function nonNegative(errors: Errors, value: number | undefined, path: FieldPath): void {
  if (value !== undefined && value < 0) errors.push(invalid(path, value, nonNegativeMessage));
}

export function positive(errors: Errors, value: number | undefined, path: FieldPath): void {
  if (value !== undefined && value <= 0) errors.push(invalid(path, value, 'must be greater than 0'));
}

/** `required` when empty, `notSupported` when not one of the words. The words are shown in the order given. */
export function oneOf(errors: Errors, value: string | undefined, words: readonly string[], path: FieldPath): void {
  if (!value) errors.push(required(path));
  else if (!words.includes(value)) errors.push(notSupported(path, value, words));
}

/** As {@link oneOf}, but an absent value is fine. */
export function oneOfIfSet(
  errors: Errors,
  value: string | undefined | null,
  words: readonly string[],
  path: FieldPath,
): void {
  if (value !== undefined && value !== null && !words.includes(value)) errors.push(notSupported(path, value, words));
}

export const portNumber = (errors: Errors, value: number, path: FieldPath): void =>
  tell(errors, path, value, validatePortNumber(value));

export function portNumberOrName(errors: Errors, value: number | string | undefined, path: FieldPath): void {
  if (typeof value === 'string') tell(errors, path, value, validatePortName(value));
  else portNumber(errors, value ?? 0, path);
}

export const protocols = ['SCTP', 'TCP', 'UDP'] as const;

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const ipv4WithZeros = /^(?:0*(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** The bytes of an address, 4 or 16; undefined when it is none. */
export function parseIp(text: string): number[] | undefined {
  if (ipv4.test(text)) return text.split('.').map(Number);
  if (!text.includes(':') || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const parts = halves.map(half => (half === '' ? [] : half.split(':')).flatMap(groupBytes));
  if (parts.some(bytes => bytes.includes(-1))) return undefined;
  const [head = [], tail] = parts;
  if (tail === undefined) return head.length === 16 ? head : undefined;
  const missing = 16 - head.length - tail.length;
  return missing >= 2 ? [...head, ...Array.from({ length: missing }, () => 0), ...tail] : undefined;
}

function groupBytes(group: string): number[] {
  if (ipv4.test(group)) return group.split('.').map(Number);
  if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return [-1];
  const value = parseInt(group, 16);
  return [value >> 8, value & 255];
}

/** As older fields read addresses: octets may begin with zeros, and an IPv4 address inside IPv6 is the IPv4 address. */
export function parseIpSloppy(text: string): number[] | undefined {
  const bytes = ipv4WithZeros.test(text) ? text.split('.').map(Number) : parseIp(text);
  return bytes?.length === 16 && isMapped(bytes) ? bytes.slice(12) : bytes;
}

/** True for `::ffff:a.b.c.d`. */
export const isMapped = (bytes: readonly number[]): boolean =>
  bytes[10] === 255 && bytes[11] === 255 && bytes.slice(0, 10).every(byte => byte === 0);

export const ipMessage = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
export const cidrMessage = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

export function ip(errors: Errors, value: string, path: FieldPath): boolean {
  if (parseIpSloppy(value)) return true;
  errors.push(invalid(path, value, ipMessage));
  return false;
}

export interface Cidr {
  readonly bytes: readonly number[];
  readonly prefix: number;
}

export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length, ...more] = text.split('/');
  const bytes = parseIp(address);
  if (!bytes || length === undefined || more.length > 0 || !/^(0|[1-9]\d*)$/.test(length)) return undefined;
  const prefix = Number(length);
  return prefix <= bytes.length * 8 ? { bytes, prefix } : undefined;
}

/** True when all bits of `inner` beyond the prefix of `outer` are free. */
export const contains = (outer: Cidr, inner: Cidr): boolean =>
  outer.bytes.length === inner.bytes.length &&
  outer.prefix <= inner.prefix &&
  outer.bytes.every((byte, at) => {
    const bits = Math.min(8, Math.max(0, outer.prefix - at * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === (inner.bytes[at]! & mask);
  });

/** As older fields read ranges: see {@link parseIpSloppy}; the length may begin with zeros. */
export function parseCidrSloppy(text: string): Cidr | undefined {
  const [address = '', length, ...more] = text.split('/');
  const bytes = ipv4WithZeros.test(address) ? parseIpSloppy(address) : parseIp(address);
  if (!bytes || length === undefined || more.length > 0 || !/^\d{1,7}$/.test(length)) return undefined;
  const prefix = Number(length);
  return prefix <= bytes.length * 8 ? { bytes, prefix } : undefined;
}

export function cidr(errors: Errors, value: string, path: FieldPath): Cidr | undefined {
  const parsed = parseCidrSloppy(value);
  if (!parsed) errors.push(invalid(path, value, cidrMessage));
  return parsed;
}

/** What an endpoint's or an external address may not be. */
export function nonSpecialIp(errors: Errors, value: string, path: FieldPath): void {
  const bytes = parseIpSloppy(value);
  if (!bytes) return void errors.push(invalid(path, value, 'must be a valid IP address'));
  const v4 = bytes.length === 4;
  const allZero = (upTo: number): boolean => bytes.slice(0, upTo).every(byte => byte === 0);
  if (allZero(bytes.length)) errors.push(invalid(path, value, `may not be unspecified (${value})`));
  if (v4 ? bytes[0] === 127 : allZero(15) && bytes[15] === 1) {
    errors.push(invalid(path, value, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  }
  if (v4 ? bytes[0] === 169 && bytes[1] === 254 : bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80) {
    errors.push(invalid(path, value, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  }
  if (v4 ? bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0 : bytes[0] === 0xff && (bytes[1]! & 0xf) === 2) {
    errors.push(invalid(path, value, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'));
  }
}

export function labelSelector(errors: Errors, selector: LabelSelector | undefined, path: FieldPath): void {
  if (!selector) return;
  errors.push(...validateLabels(selector.matchLabels, child(path, 'matchLabels')));
  each(selector.matchExpressions).forEach(({ key, operator, values }, at) => {
    const here = index(child(path, 'matchExpressions'), at);
    if (operator === 'In' || operator === 'NotIn') {
      if (each(values).length === 0) {
        errors.push(required(child(here, 'values'), "must be specified when `operator` is 'In' or 'NotIn'"));
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (each(values).length > 0) {
        errors.push(
          forbidden(child(here, 'values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      }
    } else errors.push(invalid(child(here, 'operator'), operator, 'not a valid selector operator'));
    qualified(errors, key, child(here, 'key'));
    each(values).forEach((value, place) =>
      tell(errors, index(child(here, 'values'), place), value, validateLabelValue(value)),
    );
  });
}

/** A selector that selects everything. */
export const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && each(selector?.matchExpressions).length === 0;

/** A count or a percentage, neither below zero. */
export function countOrPercent(errors: Errors, value: number | string | undefined, path: FieldPath): void {
  if (typeof value === 'string') tell(errors, path, value, validatePercent(value));
  else nonNegative(errors, value, path);
}

const percentOf = (value: number | string | undefined): number | undefined =>
  typeof value === 'string' && validatePercent(value).length === 0 ? parseInt(value, 10) : undefined;

export function atMostAll(errors: Errors, value: number | string | undefined, path: FieldPath): void {
  if ((percentOf(value) ?? 0) > 100) errors.push(invalid(path, value, 'must not be greater than 100%'));
}

/** The number itself, a percentage as its number; an unreadable text is 0. */
export const asNumber = (value: number | string | undefined): number =>
  typeof value === 'number' ? value : (percentOf(value) ?? 0);

export function nonNegativeQuantity(errors: Errors, value: string, path: FieldPath): void {
  if (!value.startsWith('-')) return; // decoded quantities are canonical: no arithmetic for the usual case
  const amount = parseQuantity(value);
  if (compareQuantities(amount, zeroQuantity) < 0)
    errors.push(invalid(path, formatQuantity(amount), nonNegativeMessage));
}

/** `acme.io/foo`: the form of controllers' names. */
export function domainPath(errors: Errors, value: string, path: FieldPath): void {
  const slash = value.indexOf('/');
  const host = value.slice(0, slash < 0 ? undefined : slash);
  const rest = slash < 0 ? '' : value.slice(slash + 1);
  if (slash < 0 || host === '' || rest === '') {
    errors.push(invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")'));
    return;
  }
  tell(errors, path, host, validateDns1123Subdomain(host));
  if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(rest)) {
    errors.push(
      invalid(
        path,
        rest,
        "Invalid path (e.g. 'example.com/path', regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
      ),
    );
  }
}

/** The effects of taints, as tolerations and nodes name them. */
export function notSupportedEffect(errors: Errors, effect: string, path: FieldPath): void {
  oneOf(errors, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'], path);
}
