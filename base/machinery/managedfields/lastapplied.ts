/** What client-side apply left in an annotation (apimachinery `managedfields/internal/lastappliedmanager.go`). */
import type { KubeObject } from '../meta.ts';
import { problemOf } from './check.ts';
import { compare } from './compare.ts';
import { fieldsOf } from './extract.ts';
import { difference } from './set.ts';
import type { FieldSet } from './set.ts';
import { isMap, ShapeError } from './shape.ts';
import type { Kind } from './updater.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
/** All annotations together. */
const maxBytes = 262_144;

/** The fields that client-side apply set and that still are as it set them; undefined when there are none to be known. */
export function allowedByLastApplied(kind: Kind, live: KubeObject): FieldSet | undefined {
  const text = live.metadata?.annotations?.[annotation];
  if (!text) return undefined;
  try {
    const last: unknown = JSON.parse(text);
    if (!isMap(last) || last.apiVersion !== kind.apiVersion || problemOf(kind.schema, last) !== undefined)
      return undefined;
    const { added, modified, removed } = compare(kind.schema, last, live);
    return [modified, added, removed].reduce(difference, fieldsOf(kind.schema, last));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ShapeError) return undefined;
    throw error;
  }
}

const encoder = new TextEncoder();
const byteLength = (text: string): number => encoder.encode(text).length;

const sorted = (_key: string, value: unknown): unknown =>
  isMap(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;

/** Keeps the annotation of an object in step with what kubectl applied, in place. */
export function keepLastApplied(object: KubeObject, applied: Readonly<Record<string, unknown>>): void {
  const known = object.metadata.annotations;
  if (!known?.[annotation]) return;
  const meta = (applied.metadata ?? {}) as Record<string, unknown>;
  const { [annotation]: _own, ...others } = (meta.annotations ?? {}) as Record<string, string>;
  const config = {
    ...applied,
    metadata: { ...meta, ...(meta.annotations !== undefined && { annotations: others }) },
  };
  const { [annotation]: _last, ...annotations } = known;
  const text = `${JSON.stringify(config, sorted)}\n`;
  const size = Object.entries(annotations).reduce((sum, [name, value]) => sum + byteLength(name + value), 0);
  const fits = size + byteLength(annotation) + byteLength(text) <= maxBytes;
  object.metadata = { ...object.metadata, annotations: fits ? { ...annotations, [annotation]: text } : annotations };
}
