/** What the registry needs to know of a served resource, and where its objects lie in the store. */
import type { KubeObject } from '@orrery/machinery/meta';
import { apiVersionOf } from '@orrery/machinery/meta';
import { invalidObject } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { PatchSchema } from '@orrery/machinery/patch';
import type { Decoded, Schema } from '@orrery/machinery/schema';
import type { ResourceName, StatusError } from '@orrery/machinery/status';
import type { AdmissionKind, Strategy, WriteHooks } from '../types.ts';
import { encodeText } from './json.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** What the catalogue or a custom resource definition knows of one version of a kind. */
export interface KindRules {
  /** Takes a parsed body in: unknown fields and type errors are told, the rest is in stored form and ours to change. */
  decode(value: unknown): Decoded;
  /** Fills absent fields with their defaults, in place. */
  setDefaults(object: KubeObject): void;
  /** The status of an object that nobody has looked at; undefined when the kind shows none. */
  emptyStatus(): unknown;
  validateCreate(object: KubeObject): readonly FieldError[];
  validateUpdate(object: KubeObject, old: KubeObject): readonly FieldError[];
  /** Of a subresource that changes a part. */
  validateStatusUpdate(object: KubeObject, old: KubeObject): readonly FieldError[];
  /** Texts for `Warning` headers about an object that is accepted. */
  warnings?(object: KubeObject, old: KubeObject | undefined): readonly string[];
  /** How strategic merge patches merge; undefined when the kind has none (custom resources). */
  readonly patchSchema: PatchSchema | undefined;
  /** By which fields are owned; nobody owns fields of a kind without. */
  readonly schema?: Schema;
}

/** A column of a Table. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export interface TableRules {
  readonly columns: readonly ColumnDefinition[];
  /** The cells of one object, in the order of the columns. */
  cells(object: KubeObject, nowMs: number): readonly unknown[];
  /** The order of the rows of a list, where it is not that of the names. */
  readonly order?: (a: KubeObject, b: KubeObject) => number;
}

/** Translates between the stored version and a served one. Both may change their argument and return it. */
export interface Conversion {
  /** The stored names of selectable fields that are called otherwise in the served version. */
  readonly fieldNames?: Readonly<Record<string, string>>;
  fromStored(object: KubeObject): KubeObject;
  toStored(object: KubeObject): KubeObject;
}

/**
 * Makes objects of one version out of those of another by asking somebody: custom resources whose definition names a webhook. Their records
 * are told apart by the version they were written in; everything above the store works on the served version.
 */
export interface Converter {
  /** Objects of `version`, in this one; the same object when it is this one. @throws StatusError 500 in upstream's words */
  from(object: KubeObject, version: string): Promise<KubeObject>;
  /** All in one review, or a few. */
  fromMany(objects: readonly KubeObject[], version: string): Promise<KubeObject[]>;
  /** An object of this version, as it is stored now. */
  toStored(object: KubeObject): Promise<KubeObject>;
  /** In which version a record with this head was written. */
  writtenIn(head: string): string;
}

/** How records that were written under another schema are served: see `fresh.ts`. */
export interface Refresh {
  /** What the heads of new records begin with: the schema, and the version behind an `@`. */
  readonly stamp: string;
  /** Records of this schema are served as they are. */
  readonly served: string;
  /** Brings an object up to date; may change it. */
  apply(object: KubeObject): KubeObject;
}

/** Where a custom resource keeps what its scale subresource shows; names of fields. */
export interface ScalePaths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
  /** The field that holds the selector as text. */
  readonly selector?: readonly string[];
}

export interface SubresourceInfo {
  readonly name: string;
  readonly kind: AdmissionKind;
  readonly verbs: readonly string[];
}

/** One version of one resource, as served. */
export interface ResourceInfo {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly SubresourceInfo[];
  /** Objects of all versions of a resource lie in one place of the store. */
  readonly storage: { readonly group: string; readonly resource: string };
  /** Absent when the served form is the stored one. */
  readonly conversion?: Conversion;
  /** Only for custom resources with a conversion webhook. */
  readonly converter?: Converter;
  readonly rules: KindRules;
  readonly table: TableRules;
  readonly strategy: Strategy;
  readonly hooks?: WriteHooks;
  /** Tells clients whether the stored form changed; only for what is stored. */
  readonly storageVersionHash?: string;
  /** Items of lists carry kind and apiVersion: custom resources. */
  readonly typedItems?: boolean;
  /** Custom resources, whose schema changes at run time. */
  readonly refresh?: Refresh;
  readonly scale?: ScalePaths;
  /** Around each delete of one object: what must be written before it is, and must not be meanwhile. */
  readonly aroundDelete?: <T>(name: string, run: () => Promise<T>) => Promise<T>;
  /** Told to whoever uses this version at all. */
  readonly deprecation?: string;
}

/** Where the objects of a resource lie, with a slash at the end. */
export function storagePrefix(storage: { group: string; resource: string }, namespace = ''): string {
  const root =
    storage.group === '' ? `/registry/${storage.resource}/` : `/registry/${storage.group}/${storage.resource}/`;
  return namespace === '' ? root : `${root}${namespace}/`;
}

export const storageKey = (info: ResourceInfo, namespace: string, name: string): string =>
  storagePrefix(info.storage, info.namespaced ? namespace : '') + name;

/** The namespace and name in a key below `prefix` (of the whole resource). */
export function nameOfKey(key: string, prefixLength: number, namespaced: boolean): { namespace: string; name: string } {
  if (!namespaced) return { namespace: '', name: key.slice(prefixLength) };
  const slash = key.indexOf('/', prefixLength);
  return { namespace: key.slice(prefixLength, slash), name: key.slice(slash + 1) };
}

/** How errors about the resource name it. */
export const resourceName = (info: ResourceInfo, name?: string): ResourceName => ({
  group: info.group,
  resource: info.resource,
  ...(name !== undefined && { name }),
});

/** What a 422 calls the kind: by the group it is stored under. */
export const errorKind = ({ storage, kind }: ResourceInfo): { group: string; kind: string } => ({
  group: storage.group,
  kind,
});

/** The 422 answer for these problems. */
export const invalid = (
  kind: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError => invalidObject({ group: kind.group, kind: kind.kind, name }, errors);

/** Bytes that stand before the stored ones: kind, apiVersion and the resourceVersion go in at the same place each time. */
export interface Prefixes {
  /** Up to the value of resourceVersion, for an object that stands alone. */
  readonly single: string;
  /** The same for an item of a list. */
  readonly item: string;
}

const prefixes = new WeakMap<ResourceInfo, Prefixes>();

export function prefixesOf(info: ResourceInfo): Prefixes {
  let found = prefixes.get(info);
  if (found === undefined) {
    const single = `{"kind":${JSON.stringify(info.kind)},"apiVersion":"${apiVersionOf(info)}","metadata":{"resourceVersion":"`;
    found = { single, item: info.typedItems ? single : '{"metadata":{"resourceVersion":"' };
    prefixes.set(info, found);
  }
  return found;
}

/** `prefix + revision + '",'`: what precedes the bytes of a record behind {@link spliceAt}. */
export const splice = (prefix: string, revision: number): Uint8Array => encodeText(`${prefix}${revision}",`);
