/** Building blocks of strategies: generations, statuses with a subresource of their own, selectable fields. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy, SubresourceStrategy } from '../types.ts';

/** Any object whose spec and status are looked at as plain data. */
export interface Loose extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

/** The object without its envelope and status: what a generation counts. */
function contentOf(object: KubeObject): unknown {
  const { kind: _kind, apiVersion: _version, metadata: _metadata, status: _status, ...content } = object as Loose;
  return content;
}

/** Increases the generation when anything but metadata and status changed. */
export function countChanges(object: KubeObject, old: KubeObject): void {
  if (isDeepStrictEqual(contentOf(object), contentOf(old))) return;
  object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** An update of the object keeps the stored status. */
export function keepStatus(object: KubeObject, old: KubeObject): void {
  const { status } = old as Loose;
  if (status === undefined) delete (object as Loose).status;
  else (object as Loose).status = status;
}

/** An update of the status keeps everything else but the free part of the metadata. */
export const statusOnly: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const { kind: _kind, apiVersion: _version, ...kept } = old as Loose;
    return { ...kept, metadata: object.metadata, status: (object as Loose).status } as KubeObject;
  },
};

/** An update of the status keeps the metadata too. */
export const statusAlone: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const { resourceVersion, managedFields } = object.metadata;
    const metadata = { ...old.metadata, resourceVersion, ...(managedFields && { managedFields }) };
    const { status: _, ...others } = old as Loose;
    const { status } = object as Loose;
    return { ...others, metadata, ...(status !== undefined && { status }) } as KubeObject;
  },
};

/** Kinds whose content has a generation. */
export const counted: Strategy = {
  prepareForCreate(object) {
    object.metadata.generation = 1;
  },
  prepareForUpdate: countChanges,
};

/** Kinds with a status of their own. */
export const withStatus: Strategy = {
  resetsStatus: true,
  prepareForUpdate: keepStatus,
  subresources: { status: statusOnly },
};

/** Most kinds that controllers work on: a spec with a generation, and a status. */
export const countedWithStatus: Strategy = {
  ...withStatus,
  prepareForCreate(object) {
    object.metadata.generation = 1;
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    countChanges(object, old);
  },
};

/** The value at a path of fields, as the text a field selector compares. */
export function textAt(object: KubeObject, ...path: string[]): string {
  let value: unknown = object;
  for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name];
  return value === undefined || value === null ? '' : String(value);
}
