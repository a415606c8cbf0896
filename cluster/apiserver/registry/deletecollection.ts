/** Deletecollection: every listed object through the single delete, a few at a time. */
import { isReason } from '@orrery/machinery/status';
import { remove } from './delete.ts';
import type { DeleteOptions } from './delete.ts';
import type { Selection } from './filter.ts';
import { list } from './list.ts';
import type { ListOptions, Page } from './list.ts';
import type { Machine, WriteRequest } from './machine.ts';
import { nameOfKey, storagePrefix } from './resource.ts';
import type { ResourceInfo } from './resource.ts';

/** How many deletes run at once. */
const workers = 8;

/** Deletes what the selection lists; answers what was listed. Objects that went meanwhile are no error. */
export async function removeCollection(
  machine: Machine,
  info: ResourceInfo,
  namespace: string,
  selection: Selection,
  listOptions: ListOptions,
  options: DeleteOptions,
  request: WriteRequest,
): Promise<Page> {
  const page = await list(machine, info, namespace, selection, listOptions);
  const prefixLength = storagePrefix(info.storage).length;
  const waiting = [...page.entries];
  const work = async (): Promise<void> => {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
      const place = nameOfKey(entry.key, prefixLength, info.namespaced);
      try {
        await remove(machine, info, place.namespace, place.name, { ...options }, request);
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, waiting.length) }, work));
  return page;
}
