/** The two kinds of ranges that Services draw from: addresses of a family, and node ports. */
import type { Random } from '@orrery/machinery/random';
import type { AddressRange, IpFamily } from './address.ts';
import { addressAt, parseAddress, parseCidr } from './address.ts';
import { Pool, addressBand, portBand, staticBand } from './pool.ts';

/** Why a number was refused; `message` is upstream's sentence. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError';
}

/** More addresses than this are never handed out of one range: what upstream's bitmap holds. */
const largestPool = 1n << 20n;

/** What both ranges look like to the book-keeping. */
export interface Range<Value> {
  readonly pool: Pool;
  /** Position in the pool; undefined outside the range. */
  indexOf(value: Value): number | undefined;
  /** @throws AllocationError when it is taken or outside. */
  take(value: Value): void;
  /** @throws AllocationError when the range is full. */
  takeAny(): Value;
}

export interface AddressPool extends Range<string> {
  readonly family: IpFamily;
  readonly range: AddressRange;
}

/** The addresses of a service CIDR: neither the network address nor (IPv4) the broadcast address is given. */
export function addressPool(cidr: string, random: Random): AddressPool {
  const range = parseCidr(cidr);
  const usable = range.size - (range.family === 'IPv4' ? 2n : 1n);
  if (usable < 1n) throw new Error(`the service range ${cidr} has no usable address; take a shorter prefix, e.g. /16`);
  const size = Number(usable < largestPool ? usable : largestPool);
  const spanned = Number(range.size < largestPool ? range.size : largestPool);
  const pool = new Pool(size, staticBand(spanned, addressBand), random);
  const indexOf = (address: string): number | undefined => {
    const value = parseAddress(range.family, address);
    const index = value === undefined ? -1n : value - range.base - 1n;
    return index >= 0n && index < BigInt(size) ? Number(index) : undefined;
  };
  return {
    family: range.family,
    range,
    pool,
    indexOf,
    take(address) {
      const value = parseAddress(range.family, address);
      if (value === undefined || value < range.base || value >= range.base + range.size)
        throw new AllocationError('the provided network does not match the current range');
      const index = indexOf(address);
      if (index === undefined)
        throw new AllocationError(
          `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range.cidr}`,
        );
      if (pool.has(index)) throw new AllocationError('provided IP is already allocated');
      pool.retain(index);
    },
    takeAny() {
      const index = pool.takeAny();
      if (index === undefined) throw new AllocationError('range is full');
      return addressAt(range, index + 1);
    },
  };
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export const defaultNodePorts: PortRange = { first: 30000, last: 32767 };

/** Node ports. `reserved` ones are never given: something on the nodes listens there. */
export function portPool(ports: PortRange, reserved: Iterable<number>, random: Random): Range<number> {
  const size = ports.last - ports.first + 1;
  const pool = new Pool(size, staticBand(size, portBand), random);
  const indexOf = (port: number) => (port >= ports.first && port <= ports.last ? port - ports.first : undefined);
  for (const port of new Set(reserved)) pool.retain(indexOf(port) ?? -1);
  return {
    pool,
    indexOf,
    take(port) {
      const index = indexOf(port);
      if (index === undefined)
        throw new AllocationError(
          `provided port is not in the valid range. The range of valid ports is ${ports.first}-${ports.last}`,
        );
      if (pool.has(index)) throw new AllocationError('provided port is already allocated');
      pool.retain(index);
    },
    takeAny() {
      const index = pool.takeAny();
      if (index === undefined) throw new AllocationError('range is full');
      return ports.first + index;
    },
  };
}
