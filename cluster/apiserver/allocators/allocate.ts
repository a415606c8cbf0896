/** Gives a Service that is being written its addresses and node ports (upstream `registry/core/service/storage/alloc.go`). */
import { invalid, invalidObject } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { StatusError } from '@orrery/machinery/status';
import { internalError } from '@orrery/machinery/status';
import type { IpFamily } from './address.ts';
import { assignFamilies, keepsPreferredFamilies } from './families.ts';
import type { Holding, Ranges } from './ledger.ts';
import { AllocationError } from './ranges.ts';
import type { Service, ServiceSpec } from './service.ts';
import {
  headless,
  keepAllocatedValues,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
  nodePortsOf,
  normalizeClusterIps,
} from './service.ts';

/** What a write has taken so far; `undo` gives all of it back. */
class Taken {
  readonly addresses: string[] = [];
  readonly ports: number[] = [];
  readonly ranges: Ranges;
  constructor(ranges: Ranges) {
    this.ranges = ranges;
  }

  address(family: IpFamily, wanted: string | undefined, spec: ServiceSpec): string {
    const range = this.ranges.addresses.find(candidate => candidate.family === family)!;
    try {
      if (wanted) range.take(wanted);
    } catch (error) {
      throw refusal('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${wanted}: ${reasonOf(error)}`);
    }
    try {
      const address = wanted || range.takeAny();
      this.addresses.push(address);
      return address;
    } catch (error) {
      throw internalError(`failed to allocate a serviceIP: ${reasonOf(error)}`);
    }
  }

  port(wanted: number | undefined, field: string): number {
    try {
      if (wanted) this.ranges.ports.take(wanted);
    } catch (error) {
      throw refusal(field, wanted, reasonOf(error));
    }
    return this.#keep(() => wanted || this.ranges.ports.takeAny(), 'failed to allocate a nodePort');
  }

  healthCheckPort(wanted: number | undefined): number {
    const prefix = `failed to allocate ${wanted ? 'requested ' : 'a '}HealthCheck NodePort ${wanted ?? 0}`;
    return this.#keep(() => {
      if (!wanted) return this.ranges.ports.takeAny();
      this.ranges.ports.take(wanted);
      return wanted;
    }, prefix);
  }

  #keep(take: () => number, prefix: string): number {
    try {
      const port = take();
      this.ports.push(port);
      return port;
    } catch (error) {
      throw internalError(`${prefix}: ${reasonOf(error)}`);
    }
  }
}

class FieldRefusal extends Error {
  readonly refused: FieldError;
  constructor(refused: FieldError) {
    super(refused.message);
    this.refused = refused;
  }
}

const refusal = (field: string, value: unknown, why: string): FieldRefusal =>
  new FieldRefusal(invalid(field, value, why));

function reasonOf(error: unknown): string {
  if (error instanceof AllocationError) return error.message;
  throw error;
}

/** A 422 answer about a Service. */
const invalidService = (name: string, errors: readonly FieldError[]): StatusError =>
  invalidObject({ group: '', kind: 'Service', name }, errors);

/**
 * Completes `service` in place and returns what it newly took; the caller hands that back to the ledger when the write is over.
 * @throws StatusError 422 for a request that cannot be met, 500 when a range is full. Nothing is held then.
 */
export function allocate(ranges: Ranges, service: Service, old: Service | undefined): Holding {
  const { spec } = service;
  const name = service.metadata.name ?? '';
  normalizeClusterIps(spec, old?.spec);
  if (old) keepAllocatedValues(spec, old.spec);
  const keeps = keepsPreferredFamilies(spec, old?.spec);
  const families = ranges.addresses.map(range => range.family);
  const causes = assignFamilies(spec, old?.spec, families);
  if (causes.length > 0) throw invalidService(name, causes);
  const taken = new Taken(ranges);
  try {
    if (!keeps) takeAddresses(taken, spec, old?.spec);
    takePorts(taken, spec, old?.spec);
  } catch (error) {
    for (const address of taken.addresses) {
      const range = ranges.addresses.find(candidate => candidate.indexOf(address) !== undefined);
      range?.pool.release(range.indexOf(address)!);
    }
    for (const port of taken.ports) ranges.ports.pool.release(ranges.ports.indexOf(port)!);
    if (error instanceof FieldRefusal) throw invalidService(name, [error.refused]);
    throw error;
  }
  return { addresses: taken.addresses, ports: taken.ports };
}

function takeAddresses(taken: Taken, spec: ServiceSpec, old: ServiceSpec | undefined): void {
  if (!needsClusterIp(spec) || headless(spec) || (old && headless(old))) return;
  // A Service that had addresses keeps them; only a second family may come to it.
  const held = old && needsClusterIp(old) ? new Set(old.clusterIPs) : new Set<string>();
  const addresses = [...(spec.clusterIPs ?? [])];
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    if (addresses[index] && held.has(addresses[index])) continue;
    addresses[index] = taken.address(family, addresses[index], spec);
  }
  spec.clusterIPs = addresses;
  if (addresses[0]) spec.clusterIP = addresses[0];
}

function takePorts(taken: Taken, spec: ServiceSpec, old: ServiceSpec | undefined): void {
  const held = new Set(old ? nodePortsOf(old) : []);
  if (needsNodePorts(spec)) {
    const automatic = spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts !== false;
    if (old) updatePorts(taken, spec, held, automatic);
    else createPorts(taken, spec, automatic);
  }
  if (!needsHealthCheckPort(spec)) return;
  if (old && needsHealthCheckPort(old)) return;
  spec.healthCheckNodePort = taken.healthCheckPort(spec.healthCheckNodePort);
}

/** On create, entries with the same port (one per protocol) share a node port. */
function createPorts(taken: Taken, spec: ServiceSpec, automatic: boolean): void {
  const shared = new Map<number, number>();
  const ports = spec.ports ?? [];
  for (const [index, entry] of ports.entries()) {
    if (!entry.nodePort && !automatic) continue;
    const field = `spec.ports[${index}].nodePort`;
    const known = shared.get(entry.port);
    if (known === undefined) {
      const asked = ports.find(other => other.port === entry.port && other.nodePort)?.nodePort;
      entry.nodePort = taken.port(asked, field);
      shared.set(entry.port, entry.nodePort);
    } else if (!entry.nodePort) entry.nodePort = known;
    else if (entry.nodePort !== known) taken.port(entry.nodePort, field);
  }
}

function updatePorts(taken: Taken, spec: ServiceSpec, held: ReadonlySet<number>, automatic: boolean): void {
  const seen = new Set<string>();
  for (const [index, entry] of (spec.ports ?? []).entries()) {
    if (!entry.nodePort && !automatic) continue;
    if (!entry.nodePort) entry.nodePort = taken.port(undefined, '');
    else if (!held.has(entry.nodePort) && !taken.ports.includes(entry.nodePort))
      taken.port(entry.nodePort, `spec.ports[${index}].nodePort`);
    const once = `${entry.protocol ?? 'TCP'} ${entry.nodePort}`;
    if (seen.has(once)) throw internalError(`duplicate nodePort: {${once}}`);
    seen.add(once);
  }
}
