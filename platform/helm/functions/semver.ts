/** Versions and ranges of them, as Masterminds' semver reads them: also `v1.2`, `>=1.2 <2`, `^1`, `~1.2.x`, `1 - 2`. Pure. */

export interface Version {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: string;
  readonly metadata: string;
  readonly original: string;
}

const versionShape =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

/** Undefined for what is no version. */
export function parseVersion(text: string): Version | undefined {
  const found = text.length > 256 ? null : versionShape.exec(text);
  if (!found) return undefined;
  const [, major, minor = '0', patch = '0', prerelease = '', metadata = ''] = found;
  return { major: BigInt(major!), minor: BigInt(minor), patch: BigInt(patch), prerelease, metadata, original: text };
}

export const versionText = ({ major, minor, patch, prerelease, metadata }: Omit<Version, 'original'>): string =>
  `${major}.${minor}.${patch}${prerelease === '' ? '' : `-${prerelease}`}${metadata === '' ? '' : `+${metadata}`}`;

const sign = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const [isNumber, isOther] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOther) return sign(BigInt(a), BigInt(b));
  if (isNumber !== isOther) return isNumber ? -1 : 1;
  return a < b ? -1 : 1;
}

function comparePrerelease(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? 1 : -1;
  const [left, right] = [a.split('.'), b.split('.')];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = comparePart(left[at], right[at]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Negative when `a` is earlier; metadata does not count. */
export const compareVersions = (a: Version, b: Version): number =>
  sign(a.major, b.major) ||
  sign(a.minor, b.minor) ||
  sign(a.patch, b.patch) ||
  comparePrerelease(a.prerelease, b.prerelease);

interface Rule {
  readonly operator: string;
  readonly version: Version;
  /** How many numbers were given: 0 is `*`. */
  readonly given: number;
}

const ruleShape =
  /^\s*(=|==|!=|>|<|>=|=>|<=|=<|~|~>|\^|)\s*(v?(?:\d+|[xX*])(?:\.(?:\d+|[xX*]))?(?:\.(?:\d+|[xX*]))?(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z.-]+)?)\s*$/;

function ruleOf(text: string): Rule | undefined {
  const found = ruleShape.exec(text);
  if (!found) return undefined;
  const [, operator = '', written = ''] = found;
  const [, numbers = '', rest = ''] = /^v?([^-+]*)(.*)$/.exec(written)!;
  const parts = numbers.split('.');
  const wild = parts.findIndex(part => /^[xX*]$/.test(part));
  const given = wild >= 0 ? wild : parts.length;
  const full = [0, 1, 2].map(at => (at < given ? parts[at]! : '0')).join('.');
  const version = parseVersion(full + (wild >= 0 ? '' : rest));
  return version && { operator, version, given: wild === 0 ? 0 : given };
}

/** Whether a version is in the range that a rule with missing numbers means. */
function isWithin(version: Version, { version: from, given }: Rule): boolean {
  if (given >= 1 && version.major !== from.major) return false;
  if (given >= 2 && version.minor !== from.minor) return false;
  return given < 3 || compareVersions(version, from) === 0;
}

function isCaret(version: Version, { version: from, given }: Rule): boolean {
  if (compareVersions(version, from) < 0) return false;
  if (from.major > 0n || given < 2) return version.major === from.major;
  if (version.major > 0n) return false;
  if (from.minor > 0n || given < 3) return version.minor === from.minor;
  return version.minor === 0n && version.patch === from.patch;
}

function isTilde(version: Version, { version: from, given }: Rule): boolean {
  if (given === 0) return true;
  if (compareVersions(version, from) < 0 || version.major !== from.major) return false;
  return given < 2 || version.minor === from.minor;
}

function holds(version: Version, rule: Rule): boolean {
  // A version that is not out yet is only meant where one is named.
  if (version.prerelease !== '' && rule.version.prerelease === '' && rule.operator !== '!=') return false;
  const order = compareVersions(version, rule.version);
  const isPartial = rule.given < 3;
  switch (rule.operator) {
    case '':
    case '=':
    case '==':
      return isPartial ? isTilde(version, rule) : order === 0;
    case '!=':
      return version.prerelease !== '' && rule.version.prerelease === '' ? false : !isWithin(version, rule);
    case '>':
      return isPartial && rule.given > 0 ? order > 0 && !isWithin(version, rule) : rule.given > 0 && order > 0;
    case '>=':
    case '=>':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
    case '=<':
      return order <= 0 || (isPartial && isWithin(version, rule));
    case '^':
      return rule.given === 0 || isCaret(version, rule);
    default:
      return isTilde(version, rule);
  }
}

export type Constraint = (version: Version) => boolean;

const hyphen = /\s*(v?[0-9xX*][0-9A-Za-z.*+-]*)\s+-\s+(v?[0-9xX*][0-9A-Za-z.*+-]*)\s*/g;

/** Undefined for what is no constraint. */
export function parseConstraint(text: string): Constraint | undefined {
  if (text.length > 1000) return undefined;
  const choices = text.replace(hyphen, '>=$1 <=$2').split('||');
  const parsed = choices.map(choice => {
    const pieces = choice.match(/(?:[=!<>~^]+\s*)?[^\s,=!<>~^]+/g) ?? [];
    const isClean = choice.replace(/(?:[=!<>~^]+\s*)?[^\s,=!<>~^]+/g, '').replace(/[\s,]/g, '') === '';
    const rules = pieces.map(ruleOf);
    return isClean && pieces.length > 0 && rules.every(rule => rule !== undefined) ? (rules as Rule[]) : undefined;
  });
  if (parsed.some(rules => rules === undefined)) return undefined;
  return version => parsed.some(rules => rules!.every(rule => holds(version, rule)));
}

/** Whether a version is in a range; false when one of them cannot be read. */
export function isInRange(range: string, version: string): boolean {
  const parsed = parseVersion(version);
  return parsed !== undefined && (parseConstraint(range)?.(parsed) ?? false);
}
