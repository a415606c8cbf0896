/** Objects as the rows of a Table: what `kubectl get` prints. */
import type { KubeObject } from '@orrery/machinery/meta';
import { badRequest } from '@orrery/machinery/status';
import type { ResourceInfo } from '../registry/resource.ts';
import { partialMetadata } from './partial.ts';

/** What a row carries of its object. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** Reads `includeObject`. @throws StatusError 400 for an unknown word. */
export function includeObjectOf(text: string | undefined): IncludeObject {
  if (text === undefined || text === '' || text === 'Metadata') return 'Metadata';
  if (text === 'None' || text === 'Object') return text;
  const problem = `includeObject: Invalid value: ${JSON.stringify(text)}: must be 'Metadata', 'Object', 'None', or empty`;
  throw badRequest(`Unable to convert to Table as requested: ${problem}`);
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
    rows: objects.map(object => rowOf(info, object, version, include, nowMs)),
  };
}

/** One object as a row. */
export const rowOf = (
  info: ResourceInfo,
  object: KubeObject,
  version: string,
  include: IncludeObject,
  nowMs: number,
): Record<string, unknown> => ({
  cells: info.table.cells(object, nowMs),
  ...conditionsOf(info, object),
  object: included(object, version, include),
});

const endings: Readonly<Record<string, string>> = {
  Succeeded: 'The pod has completed successfully.',
  Failed: 'The pod failed.',
};

/** Rows of pods that have ended say so: clients may leave them out. */
function conditionsOf(info: ResourceInfo, object: KubeObject): { conditions?: object[] } {
  if (info.resource !== 'pods' || info.group !== '') return {};
  const reason = (object as { status?: { phase?: string } }).status?.phase ?? '';
  const message = endings[reason];
  return message === undefined ? {} : { conditions: [{ type: 'Completed', status: 'True', reason, message }] };
}

function included(object: KubeObject, version: string, include: IncludeObject): unknown {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialMetadata(object, version);
}
