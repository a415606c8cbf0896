/**
 * An APIService for every group version of custom resources, as long as it is served (kube-aggregator `autoregister`, apiextensions
 * `crdregistration`). Those of built-in groups are written at the start, with everything else that a cluster has.
 */
import type { APIService } from '@orrery/kinds/types';
import type { Clock, Timer } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import type { BootstrapWriter } from '../authorization/ensure.ts';
import type { Resources } from '../registry/resources.ts';
import { customPriority } from './services.ts';
import type { ApiServices } from './services.ts';

const path = '/apis/apiregistration.k8s.io/v1/apiservices';
const managed = 'kube-aggregator.kubernetes.io/automanaged';
const retryMs = 5_000;

export interface RegisterParts {
  readonly services: ApiServices;
  readonly resources: Resources;
  readonly writer: BootstrapWriter;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

const desired = (group: string, version: string): KubeObject & { spec: APIService['spec'] } => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: `${version}.${group}`, labels: { [managed]: 'true' } },
  spec: { group, version, groupPriorityMinimum: customPriority.group, versionPriority: customPriority.version },
});

/** A spec says no more than what is desired, in any order. */
const isAsDesired = (spec: APIService['spec'], wanted: APIService['spec']): boolean =>
  spec.service === undefined &&
  spec.groupPriorityMinimum === wanted.groupPriorityMinimum &&
  spec.versionPriority === wanted.versionPriority;

/** Keeps them until the result is called. */
export function keepRegistered({ services, resources, writer, clock, log }: RegisterParts): () => void {
  let isClosed = false;
  let isRunning = false;
  let isDue = false;
  let timer: Timer | undefined;

  const wanted = (): Map<string, ReturnType<typeof desired>> => {
    const all = new Map<string, ReturnType<typeof desired>>();
    for (const { group, version, typedItems } of resources.all()) {
      const name = `${version}.${group}`;
      if (typedItems && !all.has(name)) all.set(name, desired(group, version));
    }
    return all;
  };
  const bring = async (): Promise<void> => {
    const all = wanted();
    for (const [name, object] of all) {
      const stored = services.stored.get(name);
      if (stored === undefined) await writer.create(path, object).catch(unless('AlreadyExists'));
      else if (stored.metadata.labels?.[managed] === 'true' && !isAsDesired(stored.spec, object.spec))
        await writer.update(`${path}/${name}`, { ...stored, ...object, metadata: stored.metadata } as KubeObject);
    }
    for (const [name, { metadata }] of services.stored)
      if (metadata.labels?.[managed] === 'true' && !all.has(name))
        await writer.delete(`${path}/${name}`).catch(unless('NotFound'));
  };
  const run = async (): Promise<void> => {
    if (isRunning || isClosed) {
      isDue = isRunning;
      return;
    }
    isRunning = true;
    timer?.cancel();
    try {
      do {
        isDue = false;
        // Definitions come in with several resources at once.
        await Promise.resolve();
        await bring();
      } while (isDue && !isClosed);
    } catch (error) {
      if (isClosed) return;
      if (!isReason(error, 'Conflict')) log.warn('APIServices of custom resources cannot be kept', { error });
      timer = clock.after(retryMs, () => void run()).unref();
    } finally {
      isRunning = false;
    }
  };
  const due = (): void => void run();
  resources.onChange(due);
  services.onChange(due);
  due();
  return () => {
    isClosed = true;
    timer?.cancel();
  };
}

const unless =
  (reason: 'AlreadyExists' | 'NotFound') =>
  (error: unknown): void => {
    if (!isReason(error, reason)) throw error;
  };
