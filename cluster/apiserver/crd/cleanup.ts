/** Removes the instances of a definition that is being deleted, then lets the definition go (apiextensions `controller/finalizer`). */
import type { CustomResourceDefinition, CustomResourceDefinitionCondition as Condition } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { Query } from '../chain/query.ts';
import { removeCollection } from '../registry/deletecollection.ts';
import { selectionOf } from '../registry/filter.ts';
import { listOptionsOf } from '../registry/list.ts';
import type { Machine, WriteRequest } from '../registry/machine.ts';
import { storagePrefix } from '../registry/resource.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import { update } from '../registry/update.ts';
import { cleanupFinalizer, withCondition } from './names.ts';

/** How many instances are removed between two looks at the list. */
const pageSize = 500;

export const ownRequest: WriteRequest = {
  user: { name: 'system:apiserver', groups: ['system:masters'] },
  userAgent: 'kube-apiserver',
  dryRun: false,
  options: {},
  warn: () => {},
  annotate: () => {},
};

export interface Removal {
  readonly machine: Machine;
  /** The resource of definitions. */
  readonly definitions: ResourceInfo;
  /** The resource of the instances; undefined when none can exist. */
  readonly instances: ResourceInfo | undefined;
  readonly name: string;
  readonly signal: AbortSignal;
}

/** Resolves when no instance is left and the finalizer is gone, or when it was aborted. Instances with finalizers are waited for. */
export async function removeInstances(removal: Removal): Promise<void> {
  const { machine, instances, signal } = removal;
  await tell(removal, 'InstanceDeletionInProgress', 'CustomResource deletion is in progress');
  if (instances) {
    await removeAll(machine, instances, signal);
    await untilNone(machine, instances, signal);
  }
  if (!signal.aborted) await release(removal);
}

async function removeAll(machine: Machine, info: ResourceInfo, signal: AbortSignal): Promise<void> {
  const selection = selectionOf(undefined, undefined, name => name);
  let next = '';
  do {
    const options = listOptionsOf(new Query(`limit=${pageSize}&continue=${encodeURIComponent(next)}`), false);
    const page = await removeCollection(machine, info, '', selection, options, {}, ownRequest);
    next = page.continue;
  } while (next !== '' && !signal.aborted);
}

/** Resolves when nothing lies below the resource's prefix. */
function untilNone(machine: Machine, info: ResourceInfo, signal: AbortSignal): Promise<void> {
  const prefix = storagePrefix(info.storage);
  return new Promise((resolve, reject) => {
    const done = (): void => {
      watch.close();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const look = async (): Promise<void> => {
      const found = await machine.store.range({ prefix, limit: 1 });
      if (found.entries.length === 0) done();
    };
    const check = (): void => {
      look().catch((error: unknown) => {
        watch.close();
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    };
    const watch = machine.store.watch({ prefix, after: machine.store.revision() }, batch => {
      if (batch.events.some(event => event.type === 'delete')) check();
    });
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
    else check();
  });
}

/** Changes the definition, unless it is gone already. */
async function change(removal: Removal, apply: (definition: CustomResourceDefinition) => void): Promise<void> {
  const { machine, definitions, name } = removal;
  try {
    await update(
      machine,
      {
        info: definitions,
        namespace: '',
        name,
        subresource: 'status',
        part: { prepareForUpdate: object => object },
        internal: true,
        tracked: true,
        apply: current => {
          const object = structuredClone(current) as KubeObject as CustomResourceDefinition;
          apply(object);
          return object;
        },
      },
      ownRequest,
    );
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

const tell = (removal: Removal, reason: string, message: string): Promise<void> =>
  change(removal, definition => {
    const ending: Condition = { type: 'Terminating', status: 'True', reason, message };
    const conditions = withCondition(definition.status?.conditions ?? [], ending, removal.machine.clock.now());
    definition.status = { ...definition.status, conditions };
  });

const release = (removal: Removal): Promise<void> =>
  change(removal, definition => {
    const finalizers = definition.metadata.finalizers?.filter(finalizer => finalizer !== cleanupFinalizer) ?? [];
    if (finalizers.length > 0) definition.metadata.finalizers = finalizers;
    else delete definition.metadata.finalizers;
    const ending: Condition = {
      type: 'Terminating',
      status: 'False',
      reason: 'InstanceDeletionCompleted',
      message: 'removed all instances',
    };
    const conditions = withCondition(definition.status?.conditions ?? [], ending, removal.machine.clock.now());
    definition.status = { ...definition.status, conditions };
  });
