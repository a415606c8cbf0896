/** Objects as the rows of a Table: what `kubectl get` prints. */
import type { KubeObject } from '@orrery/machinery/meta';
import { badRequest } from '@orrery/machinery/status';
import type { ResourceInfo } from '../registry/resource.ts';
import { partialMetadata } from './render.ts';

/** What a row carries of its object. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** Reads `includeObject`. @throws StatusError 400 for an unknown word. */
export function includeObjectOf(text: string | undefined): IncludeObject {
  if (text === undefined || text === '' || text === 'Metadata') return 'Metadata';
  if (text === 'None' || text === 'Object') return text;
  throw badRequest(`Invalid value: ${JSON.stringify(text)}: must be 'Metadata', 'Object', 'None', or empty`);
}

/** A Table; watches leave the columns out after the first event. */
export function tableOf(
  info: ResourceInfo,
  objects: readonly KubeObject[],
  metadata: Record<string, unknown>,
  version: string,
  include: IncludeObject,
  nowMs: number,
  withColumns: boolean,
): Record<string, unknown> {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: withColumns ? info.table.columns : null,
    rows: objects.map(object => ({
      cells: info.table.cells(object, nowMs),
      object: included(object, version, include),
    })),
  };
}

function included(object: KubeObject, version: string, include: IncludeObject): unknown {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialMetadata(object, version);
}
