/** Building blocks of strategies: objects with a spec that has a generation and a status that has a subresource of its own. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy, SubresourceStrategy } from '../types.ts';

/** Any object whose spec and status are looked at as plain data. */
export interface Loose extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

/** Starts at generation 1, and with no status. */
export function beginGeneration(object: KubeObject): void {
  object.metadata.generation = 1;
}

export const sameSpec = (a: KubeObject, b: KubeObject): boolean =>
  isDeepStrictEqual((a as Loose).spec, (b as Loose).spec);

/** Increases the generation when the spec changed. */
export function countSpecChanges(object: KubeObject, old: KubeObject): void {
  if (!sameSpec(object, old)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** An update of the object keeps the stored status. */
export function keepStatus(object: KubeObject, old: KubeObject): void {
  const { status } = old as Loose;
  if (status === undefined) delete (object as Loose).status;
  else (object as Loose).status = status;
}

/** An update of the status keeps the stored spec, and the metadata but for its free part. */
export const statusOnly: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const { kind: _kind, apiVersion: _apiVersion, ...kept } = old as Loose;
    const metadata = { ...object.metadata };
    metadata.finalizers = object.metadata.finalizers;
    if (old.metadata.ownerReferences) metadata.ownerReferences = old.metadata.ownerReferences;
    else delete metadata.ownerReferences;
    return { ...kept, metadata, status: (object as Loose).status } as KubeObject;
  },
};

/** The rules of most kinds with a spec, a status and a generation. */
export const withStatus: Strategy = {
  prepareForCreate(object) {
    delete (object as Loose).status;
    beginGeneration(object);
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    countSpecChanges(object, old);
  },
  subresources: { status: statusOnly },
};

/** The value at a path of fields, as the text a field selector compares. */
export function textAt(object: KubeObject, ...path: string[]): string {
  let value: unknown = object;
  for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name];
  return value === undefined || value === null ? '' : String(value);
}
