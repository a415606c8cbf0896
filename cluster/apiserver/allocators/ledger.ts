/**
 * Who holds which addresses and ports: every stored Service what it names, every write in flight what it wants. Nothing is
 * released by hand; a number is free when neither a stored Service nor a running write holds it.
 */
import type { KubeObject } from '@orrery/machinery/meta';
import { keyOf } from '@orrery/machinery/meta';
import { familyOf } from './address.ts';
import type { AddressPool, Range } from './ranges.ts';
import type { Service } from './service.ts';
import { headless, needsClusterIp, nodePortsOf } from './service.ts';

export interface Ranges {
  /** The default family first. */
  readonly addresses: readonly AddressPool[];
  readonly ports: Range<number>;
}

/** What one Service (or one write) holds. */
export interface Holding {
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
}

const nothing: Holding = { addresses: [], ports: [] };

/** What a Service as stored holds. */
export function holdingOf(object: KubeObject): Holding {
  const { spec } = object as Service;
  if (!spec) return nothing;
  const addresses = needsClusterIp(spec) && !headless(spec) ? (spec.clusterIPs ?? []) : [];
  const ports = new Set(nodePortsOf(spec));
  if (spec.healthCheckNodePort) ports.add(spec.healthCheckNodePort);
  return { addresses: addresses.filter(address => familyOf(address)), ports: [...ports] };
}

const includes = (outer: Holding, inner: Holding): boolean =>
  inner.addresses.every(address => outer.addresses.includes(address)) &&
  inner.ports.every(port => outer.ports.includes(port));

export class Ledger {
  readonly ranges: Ranges;
  #stored = new Map<string, Holding>();
  /** Writes that were stored but whose change was not seen yet: they hold on until it is. */
  #unseen = new Map<string, Holding>();

  /** Counts what was observed. */
  #changes = 0;

  constructor(ranges: Ranges) {
    this.ranges = ranges;
  }

  get changes(): number {
    return this.#changes;
  }

  /** A Service is now stored like this; undefined means that it is gone. */
  observe(key: string, object: KubeObject | undefined): void {
    this.#changes++;
    const before = this.#stored.get(key);
    if (object) {
      const after = holdingOf(object);
      this.#retain(after);
      this.#stored.set(key, after);
    } else this.#stored.delete(key);
    if (before) this.release(before);
    const unseen = this.#unseen.get(key);
    if (unseen) this.release(unseen);
    this.#unseen.delete(key);
  }

  /** A write ended: what it held is given back, or passes to the stored Service. */
  finish(key: string, holding: Holding, stored: boolean): void {
    if (!stored || includes(this.#stored.get(key) ?? nothing, holding)) return this.release(holding);
    const earlier = this.#unseen.get(key);
    if (earlier) this.release(earlier);
    this.#unseen.set(key, holding);
  }

  release(holding: Holding): void {
    this.#each(holding, (range, index) => range.pool.release(index));
  }

  /** Starts again from all stored Services; returns what was wrong, as keys whose entry was missing, stale or left over. */
  rebuild(services: readonly KubeObject[]): string[] {
    const wanted = new Map(services.map(service => [keyOf(service), service]));
    const repaired: string[] = [];
    for (const key of this.#stored.keys()) {
      if (wanted.has(key)) continue;
      repaired.push(key);
      this.observe(key, undefined);
    }
    for (const [key, service] of wanted) {
      const known = this.#stored.get(key);
      const now = holdingOf(service);
      if (!known || !includes(known, now) || !includes(now, known)) repaired.push(key);
      this.observe(key, service);
    }
    return repaired;
  }

  #retain(holding: Holding): void {
    this.#each(holding, (range, index) => range.pool.retain(index));
  }

  #each(holding: Holding, visit: (range: Range<string> | Range<number>, index: number) => void): void {
    for (const address of holding.addresses) {
      const range = this.ranges.addresses.find(candidate => candidate.family === familyOf(address));
      const index = range?.indexOf(address);
      if (range && index !== undefined) visit(range, index);
    }
    for (const port of holding.ports) {
      const index = this.ranges.ports.indexOf(port);
      if (index !== undefined) visit(this.ranges.ports, index);
    }
  }
}
