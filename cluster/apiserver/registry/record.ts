/**
 * How an object is stored: its JSON without kind, apiVersion and resourceVersion, always beginning with `{"metadata":{"`, so
 * that all three are spliced in at fixed places when it is served; and a head with the fields that are selected by.
 *
 * The head is text: `stamp 1 labels 1 fields 1 uid 1 deletion 1 owners`, where `1` is U+0001. Labels are `2 key 3 value 2 key 3 value 2`,
 * fields the same with 4 and 5: an equality is one substring search, and nothing is ever parsed to answer a selector.
 */
import type { KubeObject } from '@orrery/machinery/meta';
import { encodeJson } from './json.ts';

/** The version of this encoding, first in every head. */
export const encodingStamp = '1';

/** Bytes before the metadata's first field: `{"metadata":{`. */
export const spliceAt = 13;

// eslint-disable-next-line no-control-regex
const reserved = /[\u0001-\u0006]/g;
/** Values cannot contain the separators. */
export const clean = (text: string): string =>
  text.replace(reserved, found => `\u0006${String.fromCharCode(found.charCodeAt(0) + 64)}`);

const pairs = (values: Record<string, string> | undefined, open: string, between: string): string => {
  if (values === undefined) return open;
  let text = open;
  for (const key in values) text += `${clean(key)}${between}${clean(values[key]!)}${open}`;
  return text;
};

/** What a head begins with: the encoding, and the schema under which the record was written where that changes. */
export const stampOf = (head: string): string => schemaStampOf(head.slice(0, head.indexOf('\u0001')));

/** A stamp without the version behind its `@`. */
export const schemaStampOf = (stamp: string): string => {
  const at = stamp.indexOf('@');
  return at < 0 ? stamp : stamp.slice(0, at);
};

/** The version in which a record of a custom resource was written; undefined for records that do not say. */
export function versionOf(head: string): string | undefined {
  const stamp = head.slice(0, head.indexOf('\u0001'));
  const at = stamp.indexOf('@');
  return at < 0 ? undefined : stamp.slice(at + 1);
}

/** The head of an object. `fields` are the selectable fields beside name and namespace. */
export function headOf(object: KubeObject, fields: Record<string, string>, stamp: string = encodingStamp): string {
  const { metadata } = object;
  const owners = metadata.ownerReferences?.map(owner => owner.uid).join(',') ?? '';
  return [
    stamp,
    pairs(metadata.labels, '\u0002', '\u0003'),
    pairs(fields, '\u0004', '\u0005'),
    metadata.uid ?? '',
    metadata.deletionTimestamp ?? '',
    owners,
  ].join('\u0001');
}

/** The text that stands in a head for a label with this value. */
export const labelIs = (key: string, value: string): string => `\u0002${clean(key)}\u0003${clean(value)}\u0002`;
/** The text that stands in a head for a label with any value. */
export const labelExists = (key: string): string => `\u0002${clean(key)}\u0003`;
export const fieldIs = (key: string, value: string): string => `\u0004${clean(key)}\u0005${clean(value)}\u0004`;

/** The value of a label, for comparisons by number. */
export function labelValue(head: string, key: string): string | undefined {
  const start = labelExists(key);
  const at = head.indexOf(start);
  if (at < 0) return undefined;
  const from = at + start.length;
  return head.slice(from, head.indexOf('\u0002', from));
}

/** The value of a selectable field. */
export function fieldValue(head: string, field: string): string | undefined {
  const start = `\u0004${clean(field)}\u0005`;
  const at = head.indexOf(start);
  if (at < 0) return undefined;
  const from = at + start.length;
  return head.slice(from, head.indexOf('\u0004', from));
}

export interface Deletion {
  readonly uid: string;
  /** Empty when it is not being deleted. */
  readonly deletionTimestamp: string;
}

/** The parts of a head that are no selector. */
export function identityOf(head: string): Deletion {
  const parts = head.split('\u0001');
  return { uid: parts[3] ?? '', deletionTimestamp: parts[4] ?? '' };
}

/** The order of metadata's fields as upstream serves them; others follow. */
const metadataOrder = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const;

/** The stored bytes of an object: metadata first, without kind, apiVersion, resourceVersion and selfLink. */
export function valueOf(object: KubeObject): Uint8Array {
  const { kind: _kind, apiVersion: _apiVersion, metadata: full, ...rest } = object;
  const { resourceVersion: _version, selfLink: _link, ...given } = full;
  const metadata: Record<string, unknown> = {};
  for (const key of metadataOrder) if (given[key] !== undefined) metadata[key] = given[key];
  for (const key in given) if (!(key in metadata)) metadata[key] = given[key as keyof typeof given];
  return encodeJson({ metadata, ...rest });
}
