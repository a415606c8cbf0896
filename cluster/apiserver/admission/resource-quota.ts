/**
 * ResourceQuota: what a write uses is charged to the quotas of its namespace before it is stored. Writes that wait at the same
 * time are charged together, one update per quota (upstream `resourcequota.quotaEvaluator`). What a failed write was charged
 * is given back by the controller.
 */
import type { ResourceQuota } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import { StatusError } from '@orrery/machinery/status';
import type { BootstrapWriter } from '../authorization/ensure.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../types.ts';
import { charge, isCharged } from './quota-check.ts';

export interface ResourceQuotaOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Writes as the server itself. */
  readonly writer: Pick<BootstrapWriter, 'update'>;
}

interface Waiter {
  readonly attributes: AdmissionAttributes;
  resolve(): void;
  reject(error: unknown): void;
}

const attempts = 4;

export function resourceQuota({ clock, writer }: ResourceQuotaOptions): AdmissionPlugin {
  const waiting = new Map<string, Waiter[]>();

  const drain = async (namespace: string): Promise<void> => {
    for (;;) {
      const waiters = waiting.get(namespace)!;
      if (waiters.length === 0) break;
      waiting.set(namespace, []);
      await chargeAll(waiters, undefined, 1).catch((error: unknown) => waiters.forEach(({ reject }) => reject(error)));
    }
    waiting.delete(namespace);
  };

  /** `only` are the quotas that are left to charge after a conflict: the others have been. */
  const chargeAll = async (
    waiters: readonly Waiter[],
    only: ReadonlySet<string> | undefined,
    attempt: number,
  ): Promise<void> => {
    const stored = await quotasOf(waiters[0]!.attributes);
    const quotas = new Map(
      stored
        .filter(({ metadata }) => !only || only.has(metadata.name!))
        .map((quota): [string, ResourceQuota] => [quota.metadata.name!, quota]),
    );
    const charged = new Map<Waiter, readonly string[]>();
    const changed = new Set<string>();
    for (const waiter of waiters) {
      try {
        const names = chargeOne(quotas, waiter.attributes, clock.now());
        if (names.length === 0) waiter.resolve();
        else charged.set(waiter, names);
        for (const name of names) changed.add(name);
      } catch (error) {
        waiter.reject(error);
      }
    }
    const failures = new Map<string, unknown>();
    for (const name of changed) {
      await write(writer, quotas.get(name)!).catch((error: unknown) => failures.set(name, error));
    }
    const again: Waiter[] = [];
    for (const [waiter, names] of charged) {
      const failed = names.find(name => failures.has(name));
      if (failed === undefined) waiter.resolve();
      else if (attempt >= attempts) waiter.reject(failures.get(failed));
      else again.push(waiter);
    }
    if (again.length > 0) await chargeAll(again, new Set(failures.keys()), attempt + 1);
  };

  return {
    name: 'ResourceQuota',
    handles: (operation, { group, resource }, subresource) =>
      isCharged({ operation, resource: { group, version: '', resource }, subresource }),
    async validate(attributes) {
      const { namespace, resource } = attributes;
      // A namespace counts against nothing in itself.
      if (namespace === '' || (resource.group === '' && resource.resource === 'namespaces')) return;
      const queue = waiting.get(namespace);
      // Most namespaces have no quota: nobody waits there.
      if (!queue && (await quotasOf(attributes)).length === 0) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter = { attributes, resolve, reject };
      const busy = waiting.get(namespace);
      if (busy) busy.push(waiter);
      else {
        waiting.set(namespace, [waiter]);
        void drain(namespace);
      }
      await promise;
    },
  };
}

const quotasOf = ({ reads, namespace }: AdmissionAttributes): Promise<ResourceQuota[]> =>
  reads.list({ group: '', resource: 'resourcequotas' }, namespace) as Promise<ResourceQuota[]>;

/** The names of the quotas that are charged; `quotas` has their new states, unless the write is a trial. */
function chargeOne(quotas: Map<string, ResourceQuota>, attributes: AdmissionAttributes, now: number): string[] {
  const charged = charge([...quotas.values()], attributes, now);
  if (attributes.dryRun) return [];
  for (const [name, used] of charged) {
    const quota = quotas.get(name)!;
    quotas.set(name, { ...quota, status: { ...quota.status, used: { ...used } } });
  }
  return [...charged.keys()];
}

async function write(writer: ResourceQuotaOptions['writer'], quota: ResourceQuota): Promise<void> {
  const { name, namespace } = quota.metadata;
  try {
    await writer.update(`/api/v1/namespaces/${namespace}/resourcequotas/${name}/status`, {
      ...quota,
      apiVersion: 'v1',
      kind: 'ResourceQuota',
    });
  } catch (error) {
    // A quota that has gone limits nothing.
    if (!(error instanceof StatusError && error.code === 404)) throw error;
  }
}
