/** Decimal numbers of any length (`shopspring/decimal`): what `addf` and its kin reckon in. Pure. */
import { ValueError } from '../template/values.ts';

/** Digits behind the point of a quotient. */
const divisionPrecision = 16;
/** Exponents of products are bounded, so that no chain of them grows without end. */
const digitsMax = 4000;

export class Decimal {
  readonly digits: bigint;
  /** How many of the digits stand behind the point. */
  readonly scale: number;

  constructor(digits: bigint, scale: number) {
    if (scale > digitsMax) throw new ValueError(`a number with more than ${digitsMax} digits`);
    this.digits = digits;
    this.scale = scale;
  }

  private at(scale: number): bigint {
    return this.digits * 10n ** BigInt(scale - this.scale);
  }

  plus(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(this.at(scale) + other.at(scale), scale);
  }

  minus(other: Decimal): Decimal {
    return this.plus(new Decimal(-other.digits, other.scale));
  }

  times(other: Decimal): Decimal {
    return new Decimal(this.digits * other.digits, this.scale + other.scale);
  }

  text(): string {
    return `${this.digits}e-${this.scale}`;
  }
}

/** The shortest decimal that tells a number from its neighbours. */
export function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) throw new ValueError(`Cannot create a Decimal from ${String(value)}`);
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '0', part = ''] = mantissa.split('.');
  const scale = part.length - Number(exponent);
  const digits = BigInt(whole + part);
  return scale >= 0 ? new Decimal(digits, scale) : new Decimal(digits * 10n ** BigInt(-scale), 0);
}

/** Rounded half away from zero, behind sixteen digits. */
export function divide(a: Decimal, b: Decimal): Decimal {
  if (b.digits === 0n) throw new ValueError('decimal division by 0');
  const shift = divisionPrecision + 1 + b.scale - a.scale;
  const scaled = shift >= 0 ? a.digits * 10n ** BigInt(shift) : a.digits / 10n ** BigInt(-shift);
  const quotient = scaled / b.digits;
  const half = quotient < 0n ? -5n : 5n;
  return new Decimal((quotient + half) / 10n, divisionPrecision);
}
