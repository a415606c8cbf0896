/** Writes records anew whose heads do not tell the fields that can be selected by now. Their objects stay as they are served. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Machine } from '../registry/machine.ts';
import { parseJson } from '../registry/json.ts';
import { headOf, schemaStampOf, stampOf, valueOf } from '../registry/record.ts';
import { storagePrefix } from '../registry/resource.ts';
import type { ResourceInfo } from '../registry/resource.ts';

/** How many records are looked at in one go. */
const pageSize = 200;

/**
 * Goes through all records of a resource, given as the version that is stored.
 * A record that changes meanwhile is left to whoever changes it.
 */
export async function rewriteStale(machine: Machine, info: ResourceInfo, signal: AbortSignal): Promise<void> {
  const { refresh, strategy } = info;
  if (refresh === undefined) return;
  const prefix = storagePrefix(info.storage);
  let after: string | undefined;
  for (;;) {
    const page = await machine.store.range({ prefix, limit: pageSize, ...(after !== undefined && { after }) });
    for (const { key, head, value, revision } of page.entries) {
      if (signal.aborted) return;
      if (stampOf(head) === schemaStampOf(refresh.stamp)) continue;
      const written = info.converter?.writtenIn(head) ?? info.version;
      const parsed = parseJson<KubeObject>(value);
      const object = refresh.apply(written === info.version ? parsed : await info.converter!.from(parsed, written));
      const fresh = headOf(object, strategy.selectableFields?.(object) ?? {}, refresh.stamp);
      await machine.store.commit({
        compare: [{ key, revision }],
        operations: [{ type: 'put', key, head: fresh, value: valueOf(object) }],
      });
    }
    after = page.entries.at(-1)?.key;
    if (after === undefined || page.remaining === 0) return;
  }
}
