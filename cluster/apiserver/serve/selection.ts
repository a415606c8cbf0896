/** What a request selects, in terms of what is kept of each record. */
import { badRequest } from '@orrery/machinery/status';
import type { RequestContext } from '../chain/context.ts';
import { selectionOf } from '../registry/filter.ts';
import type { Selection } from '../registry/filter.ts';
import type { ResourceInfo } from '../registry/resource.ts';

/** @throws StatusError 400 for a malformed selector, and for fields that cannot be selected by */
export function selectionFor(
  info: ResourceInfo,
  context: RequestContext,
  fieldSelector = context.info.fieldSelector,
): Selection {
  return selectionOf(context.info.labelSelector, fieldSelector, name => storedNameOf(info, name));
}

const ownFields = new WeakMap<ResourceInfo, ReadonlySet<string>>();

/** Every object can be selected by name and namespace; kinds have more. @throws StatusError 400 in upstream's words. */
function storedNameOf(info: ResourceInfo, name: string): string {
  if (name === 'metadata.name' || name === 'metadata.namespace') return name;
  let own = ownFields.get(info);
  if (own === undefined) {
    own = new Set(Object.keys(info.strategy.selectableFields?.({ metadata: {} }) ?? {}));
    ownFields.set(info, own);
  }
  const stored = info.conversion?.fieldNames?.[name] ?? name;
  if (own.has(stored)) return stored;
  if (own.size > 0 || info.typedItems) throw badRequest(`field label not supported: ${name}`);
  throw badRequest(`${JSON.stringify(name)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
}
