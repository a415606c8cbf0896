/** YAML as people write it for clusters: reading, printing, and where a complaint belongs (pure). */
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  stringify,
  type Document,
  type Node,
} from 'yaml';

/** As kubectl reads it: YAML 1.1. */
const reading = { version: '1.1', merge: true, prettyErrors: false } as const;

/** Something that is wrong, at a line (from 1). */
export interface Mark {
  readonly line: number;
  readonly message: string;
}

export interface Written {
  readonly objects: readonly KubeObject[];
  readonly marks: readonly Mark[];
  /** The line of a field (`spec.containers[0].image`) of the object with that index; the nearest that is there. */
  lineOf(index: number, field: string): number;
}

export function readDocuments(text: string): Written {
  const lines = new LineCounter();
  const documents = (parseAllDocuments(text, { ...reading, lineCounter: lines }) as Document[]).filter(
    ({ contents, errors }) =>
      errors.length > 0 || (contents !== null && !(isScalar(contents) && contents.value === null)),
  );
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const marks = documents.flatMap(({ errors }) =>
    errors.map(({ pos, message }) => ({ line: lineAt(pos[0]), message })),
  );
  const objects: KubeObject[] = [];
  for (const document of marks.length > 0 ? [] : documents) {
    const value = document.toJS() as Partial<KubeObject> | undefined;
    const missing = (['apiVersion', 'kind', 'metadata'] as const).filter(name => !value?.[name]);
    if (missing.length > 0)
      marks.push({ line: lineAt(startOf(document.contents)), message: `${missing.join(', ')}: required` });
    else objects.push(value as KubeObject);
  }
  return {
    objects: marks.length > 0 ? [] : objects,
    marks,
    lineOf: (index, field) => lineAt(nearest(documents[index]?.contents ?? null, segmentsOf(field))),
  };
}

const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);

/** `spec.ports[0].port` and `data[a.b]` as steps. */
export const segmentsOf = (field: string): readonly string[] =>
  [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, inner, plain]) => inner ?? plain ?? '');

/** Where the key of the field stands, or of the deepest part of its way that is there. */
function nearest(contents: Node | null, segments: readonly string[]): number {
  let node: unknown = contents;
  let offset = startOf(contents);
  for (const segment of segments) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === segment);
      if (!pair) break;
      offset = startOf(pair.key);
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(segment)];
      if (!isNode(node)) break;
      offset = startOf(node);
    } else break;
  }
  return offset;
}

export interface Complaint {
  readonly field: string;
  readonly message: string;
}

/** The fields that a server's answer names: causes, fields that it does not know, and one of the wrong type. */
export function complaintsOf(error: unknown): readonly Complaint[] {
  if (!(error instanceof StatusError)) return [];
  const causes = (error.details?.causes ?? []).flatMap(({ field, message = '' }) =>
    field ? [{ field, message }] : [],
  );
  if (causes.length > 0) return causes;
  const unread = /(cannot unmarshal \S+) into Go struct field \w+\.([\w.]+) of type (\S+)/.exec(error.message);
  if (unread) return [{ field: unread[2]!, message: `${unread[1]} into ${unread[3]}` }];
  return [...error.message.matchAll(/(unknown|duplicate) field "([^"]+)"/g)].map(([message, , field]) => ({
    field: field!,
    message,
  }));
}

/** `managedFields` say who wrote what; they are longer than all the rest. */
export function printYaml(object: KubeObject, withManagedFields = false): string {
  const { apiVersion, kind, metadata: whole, ...rest } = object;
  const { managedFields: _long, ...metadata } = whole;
  const shown = { apiVersion, kind, metadata: withManagedFields ? whole : metadata, ...rest };
  return printValue(shown);
}

/** Any value at all: a patch, a list, a part of an object. */
export const printValue = (value: unknown): string =>
  stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
