/** Semantic versions 2.0.0, as strictly as the library `blang/semver` takes them. */
import { quote } from '../../fieldpath.ts';

export interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly string[];
}

const maxNumber = (1n << 64n) - 1n;

/** The version, or what is wrong. */
export function parseVersion(text: string): Version | string {
  if (text === '') return 'Version string empty';
  const parts = text.split('.');
  if (parts.length < 3) return 'No Major.Minor.Patch elements found';
  const rest = parts.slice(2).join('.');
  const cut = /^([^+-]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(rest)!;
  const [, patch = '', prerelease, build] = cut;
  const names = ['major', 'minor', 'patch'] as const;
  const numbers: bigint[] = [];
  for (const [at, number] of [parts[0]!, parts[1]!, patch].entries()) {
    const shown = `${names[at]![0]!.toUpperCase()}${names[at]!.slice(1)}`;
    if (!/^\d+$/.test(number)) return `Invalid character(s) found in ${names[at]} number ${quote(number)}`;
    if (/^0\d/.test(number)) return `${shown} number must not contain leading zeroes ${quote(number)}`;
    if (number.length > 20 || BigInt(number) > maxNumber)
      return `strconv.ParseUint: parsing ${quote(number)}: value out of range`;
    numbers.push(BigInt(number));
  }
  const identifiers = prerelease === undefined ? [] : prerelease.split('.');
  for (const identifier of identifiers) {
    if (identifier === '') return 'Prerelease is empty';
    if (!/^[0-9A-Za-z-]+$/.test(identifier)) return `Invalid character(s) found in prerelease ${quote(identifier)}`;
    if (/^0\d+$/.test(identifier))
      return `Numeric PreRelease version must not contain leading zeroes ${quote(identifier)}`;
  }
  for (const data of build?.split('.') ?? []) {
    if (data === '') return 'Build meta data is empty';
    if (!/^[0-9A-Za-z-]+$/.test(data)) return `Invalid character(s) found in build meta data ${quote(data)}`;
  }
  return { numbers: numbers as unknown as Version['numbers'], prerelease: identifiers };
}

/** `v1.02` becomes `1.2.0`. */
export function normalizeVersion(text: string): { text: string } | { problem: string } {
  const [major = '', minor, ...patch] = text.replace(/^v/, '').split('.');
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(patch.length === 0 ? [] : [patch.join('.')])];
  const trimmed = parts.map(part => {
    if (part.length <= 1) return part;
    const rest = part.replace(/^0+/, '');
    return /^\d/.test(rest) ? rest : `0${rest}`;
  });
  if (trimmed.length < 3 && /[+-]/.test(trimmed.at(-1)!))
    return { problem: 'short version cannot contain PreRelease/Build meta data' };
  while (trimmed.length < 3) trimmed.push('0');
  return { text: trimmed.join('.') };
}

const order = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return order(BigInt(a), BigInt(b));
  return left === right ? order(a, b) : left ? -1 : 1;
}

/** -1, 0 or 1; build data does not count. */
export function compareVersions(a: Version, b: Version): number {
  for (const at of [0, 1, 2] as const) if (a.numbers[at] !== b.numbers[at]) return order(a.numbers[at], b.numbers[at]);
  const [left, right] = [a.prerelease, b.prerelease];
  if (left.length === 0 || right.length === 0) return order(right.length, left.length) && (left.length === 0 ? 1 : -1);
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const result = compareIdentifiers(left[at]!, right[at]!);
    if (result !== 0) return result;
  }
  return order(left.length, right.length);
}
