/** The Service allocator as the registry sees it: hooks round each write, fed by the stored Services themselves. */
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { keyOf } from '@orrery/machinery/meta';
import type { Random } from '@orrery/machinery/random';
import type { Finish, Reader, WriteHooks } from '../types.ts';
import { addressAt } from './address.ts';
import { allocate } from './allocate.ts';
import { Ledger } from './ledger.ts';
import type { PortRange } from './ranges.ts';
import { addressPool, defaultNodePorts, portPool } from './ranges.ts';
import type { Problem } from './repair.ts';
import { problemsOf } from './repair.ts';
import type { Service } from './service.ts';

export interface ServiceAllocatorOptions {
  /** One CIDR per family, the default family first. */
  readonly serviceCidrs: readonly string[];
  readonly nodePorts?: PortRange;
  /** Ports that something on the nodes listens on already. */
  readonly reservedPorts?: readonly number[];
  readonly random: Random;
}

export interface ServiceAllocator {
  /** For `/services`. */
  readonly hooks: WriteHooks;
  readonly ledger: Ledger;
  /** Learns the stored Services and follows them. No Service is written before this has resolved. */
  start(reads: Reader): Promise<void>;
  /** Compares the books with all stored Services, corrects them, and says what is wrong with the Services themselves. */
  repair(reads: Reader): Promise<Problem[]>;
  /** Repairs every `periodMs` (3 minutes, as upstream) until the result is called; problems are logged. */
  repairEvery(clock: Clock, reads: Reader, log: Log, periodMs?: number): () => void;
  close(): void;
}

const services = { group: '', resource: 'services' };

/** The address of `default/kubernetes`: the first usable one of the default range. */
export const firstServiceAddress = (cidr: string, random: Random): string =>
  addressAt(addressPool(cidr, random).range, 1);

export function createServiceAllocator(options: ServiceAllocatorOptions): ServiceAllocator {
  const { serviceCidrs, nodePorts = defaultNodePorts, reservedPorts = [], random } = options;
  const ledger = new Ledger({
    addresses: serviceCidrs.map(cidr => addressPool(cidr, random)),
    ports: portPool(nodePorts, reservedPorts, random),
  });
  let stop: (() => void) | undefined;
  const begin = (service: Service, old: Service | undefined): Finish => {
    const holding = allocate(ledger.ranges, service, old);
    return stored => ledger.finish(keyOf(service), holding, stored);
  };
  const repair = async (reads: Reader): Promise<Problem[]> => {
    for (let attempt = 0; attempt < 5; attempt++) {
      const before = ledger.changes;
      const stored = await reads.list(services);
      // A list that is older than what was observed meanwhile would put back what is no longer so.
      if (ledger.changes !== before) continue;
      ledger.rebuild(stored);
      return problemsOf(stored, ledger.ranges);
    }
    return [];
  };
  return {
    ledger,
    hooks: {
      beforeRules: true,
      beginCreate: async object => begin(object as Service, undefined),
      beginUpdate: async (object, old) => begin(object as Service, old as Service),
    },
    async start(reads) {
      stop = await reads.subscribe(services, change => {
        const key = `${change.namespace}/${change.name}`;
        ledger.observe(key, change.type === 'put' ? change.object() : undefined);
      });
    },
    repair,
    repairEvery(clock, reads, log, periodMs = 180_000) {
      const timer = clock
        .every(periodMs, () => {
          repair(reads).then(
            problems =>
              problems.forEach(problem => log.warn(problem.message, { service: problem.key, reason: problem.reason })),
            error => log.error('service address repair failed', { error }),
          );
        })
        .unref();
      return () => timer.cancel();
    },
    close: () => stop?.(),
  };
}
