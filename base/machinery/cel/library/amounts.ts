/** Quantities and semantic versions (Kubernetes' `quantity` and `semver` libraries). */
import { overload } from '../environment.ts';
import type { Library } from '../environment.ts';
import { CelError, fail, Opaque } from '../values.ts';
import type { Value } from '../values.ts';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityOf,
  subtractQuantities,
} from '../../quantity.ts';
import type { Quantity } from '../../quantity.ts';
import { compareVersions, normalizeVersion, parseVersion } from './versions.ts';
import type { Version } from './versions.ts';

class Amount extends Opaque {
  readonly typeName = 'kubernetes.Quantity';
  readonly quantity: Quantity;
  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
  }
  same(other: Opaque): boolean {
    return other instanceof Amount && other.quantity.nano === this.quantity.nano;
  }
  override toString(): string {
    return formatQuantity(this.quantity);
  }
}

const unit = 1_000_000_000n;
const maxInt = (1n << 63n) - 1n;
const quantityIn = (value: Value | undefined): Quantity => (value as Amount).quantity;

function toQuantity([text]: readonly Value[]): Value {
  try {
    return new Amount(parseQuantity(text as string));
  } catch (error) {
    return fail((error as Error).message);
  }
}

function asInteger([amount]: readonly Value[]): Value {
  const { nano } = quantityIn(amount);
  const whole = nano / unit;
  return nano % unit === 0n && whole <= maxInt && whole >= -maxInt ? whole : fail('cannot convert value to integer');
}

const order = ([a, b]: readonly Value[]): number => compareQuantities(quantityIn(a), quantityIn(b));

const quantities: Library = [
  overload('string_to_quantity', 'quantity(string): Quantity', toQuantity),
  overload('is_quantity_string', 'isQuantity(string): bool', args => toQuantity(args) instanceof Amount),
  overload('quantity_sign', 'sign(Quantity): int', ([amount]) => {
    const { nano } = quantityIn(amount);
    return nano > 0n ? 1n : nano < 0n ? -1n : 0n;
  }),
  overload('quantity_is_greater_than', 'Quantity.isGreaterThan(Quantity): bool', args => order(args) > 0),
  overload('quantity_is_less_than', 'Quantity.isLessThan(Quantity): bool', args => order(args) < 0),
  overload('quantity_compare_to', 'Quantity.compareTo(Quantity): int', args => BigInt(order(args))),
  overload(
    'quantity_get_float',
    'Quantity.asApproximateFloat(): double',
    ([amount]) => Number(quantityIn(amount).nano) / 1e9,
  ),
  overload('quantity_get_int', 'Quantity.asInteger(): int', asInteger),
  overload('quantity_is_integer', 'Quantity.isInteger(): bool', args => !(asInteger(args) instanceof CelError)),
  overload(
    'quantity_add',
    'Quantity.add(Quantity): Quantity',
    ([a, b]) => new Amount(addQuantities(quantityIn(a), quantityIn(b))),
  ),
  overload(
    'quantity_add_int',
    'Quantity.add(int): Quantity',
    ([a, b]) => new Amount(addQuantities(quantityIn(a), quantityOf(b as bigint))),
  ),
  overload(
    'quantity_sub',
    'Quantity.sub(Quantity): Quantity',
    ([a, b]) => new Amount(subtractQuantities(quantityIn(a), quantityIn(b))),
  ),
  overload(
    'quantity_sub_int',
    'Quantity.sub(int): Quantity',
    ([a, b]) => new Amount(subtractQuantities(quantityIn(a), quantityOf(b as bigint))),
  ),
];

class Semver extends Opaque {
  readonly typeName = 'kubernetes.Semver';
  readonly version: Version;
  constructor(version: Version) {
    super();
    this.version = version;
  }
  same(other: Opaque): boolean {
    return other instanceof Semver && compareVersions(this.version, other.version) === 0;
  }
}

/** @param normalize whether `v1.2` will do */
function toSemver([text, normalize]: readonly Value[]): Value {
  const normal = normalize === true ? normalizeVersion(text as string) : { text: text as string };
  if ('problem' in normal) return fail(normal.problem);
  const version = parseVersion(normal.text);
  return typeof version === 'string' ? fail(version) : new Semver(version);
}

const isSemver = (args: readonly Value[]): Value => toSemver(args) instanceof Semver;
const versionIn = (value: Value | undefined): Version => (value as Semver).version;
const versionOrder = ([a, b]: readonly Value[]): number => compareVersions(versionIn(a), versionIn(b));

const versions: Library = [
  overload('string_to_semver', 'semver(string): Semver', toSemver),
  overload('string_bool_to_semver', 'semver(string, bool): Semver', toSemver),
  overload('is_semver_string', 'isSemver(string): bool', isSemver),
  overload('is_semver_string_bool', 'isSemver(string, bool): bool', isSemver),
  overload('semver_is_greater_than', 'Semver.isGreaterThan(Semver): bool', args => versionOrder(args) > 0),
  overload('semver_is_less_than', 'Semver.isLessThan(Semver): bool', args => versionOrder(args) < 0),
  overload('semver_compare_to', 'Semver.compareTo(Semver): int', args => BigInt(versionOrder(args))),
  overload('semver_major', 'Semver.major(): int', ([version]) => versionIn(version).numbers[0]),
  overload('semver_minor', 'Semver.minor(): int', ([version]) => versionIn(version).numbers[1]),
  overload('semver_patch', 'Semver.patch(): int', ([version]) => versionIn(version).numbers[2]),
];

export const amounts: Library = [...quantities, ...versions];
