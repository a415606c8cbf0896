/** What can be wrong with stored Services that no book-keeping can mend: two with one address, or numbers outside the ranges. */
import type { KubeObject } from '@orrery/machinery/meta';
import { keyOf } from '@orrery/machinery/meta';
import { familyOf } from './address.ts';
import type { Ranges } from './ledger.ts';
import { holdingOf } from './ledger.ts';

/** Reasons and sentences are those of upstream's repair events. */
export interface Problem {
  /** `namespace/name` of the Service. */
  readonly key: string;
  readonly reason: 'ClusterIPAlreadyAllocated' | 'ClusterIPOutOfRange' | 'PortAlreadyAllocated' | 'PortOutOfRange';
  readonly message: string;
}

/** The older Service of a conflict is taken to be in the right. */
const byAge = (a: KubeObject, b: KubeObject): number =>
  (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') ||
  keyOf(a).localeCompare(keyOf(b));

export function problemsOf(services: readonly KubeObject[], ranges: Ranges): Problem[] {
  const problems: Problem[] = [];
  const addresses = new Set<string>();
  const ports = new Set<number>();
  for (const service of services.toSorted(byAge)) {
    const key = keyOf(service);
    const held = holdingOf(service);
    for (const address of held.addresses) {
      const range = ranges.addresses.find(candidate => candidate.family === familyOf(address));
      if (range?.indexOf(address) === undefined) {
        const message = `Cluster IP [${familyOf(address)}]:${address} is not within the configured Service CIDR; please recreate service`;
        problems.push({ key, reason: 'ClusterIPOutOfRange', message });
      } else if (addresses.has(address)) {
        const message = `Cluster IP [${range.family}]:${address} was assigned to multiple services; please recreate service`;
        problems.push({ key, reason: 'ClusterIPAlreadyAllocated', message });
      }
      addresses.add(address);
    }
    for (const port of held.ports) {
      if (ranges.ports.indexOf(port) === undefined) {
        const message = `Port ${port} is not within the configured port range; please recreate service`;
        problems.push({ key, reason: 'PortOutOfRange', message });
      } else if (ports.has(port)) {
        const message = `Port ${port} was assigned to multiple services; please recreate service`;
        problems.push({ key, reason: 'PortAlreadyAllocated', message });
      }
      ports.add(port);
    }
  }
  return problems;
}
