/** The table of everything that is served: read from `catalogue.json` on first use, so that importing this costs nothing. */
import type { GroupVersionKind, GroupVersionResource } from '@orrery/machinery/meta';

/** `pods/status` and its like. `kind` is what the subresource reads and writes. */
export interface Subresource {
  readonly name: string;
  readonly kind: GroupVersionKind;
  readonly verbs: readonly string[];
}

/** One served resource in one version. */
export interface KindInfo {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  /** Sorted, in discovery's words. */
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
  /** The group and version the bytes are stored under, where they differ from this entry's own. */
  readonly storage?: { readonly group: string; readonly version: string };
  /** A delete answers with the object as it was, not with a Status. */
  readonly deleteReturnsObject?: boolean;
  /** Only for kinds that are stored. */
  readonly storageVersionHash?: string;
  /** The key of {@link CatalogueFile.types}, e.g. `core.v1.Pod`. */
  readonly type: string;
}

/** What is known of one field. */
export interface FieldFacts {
  /** `*` optional pointer, `[]` list, `map:` string-keyed map, then a scalar or the name of a type. */
  readonly type: string;
  /** Protobuf field number; `2.1` is field 1 of an embedded message with number 2. */
  readonly tag?: string;
  /** Whether an empty value is left out when written: `omit` for all but structs, `zero` for those too. */
  readonly empty?: 'omit' | 'zero';
  /** The field's name in Go, where it is not the JSON name with a capital. */
  readonly go?: string;
  readonly required?: true;
  readonly list?: 'atomic' | 'set' | 'map';
  readonly keys?: readonly string[];
  readonly map?: 'atomic' | 'granular';
  readonly mergeKey?: string;
  readonly strategy?: string;
}

export interface TypeFacts {
  /** The name of the OpenAPI definition, where there is one. */
  readonly definition?: string;
  readonly map?: 'atomic' | 'granular';
  readonly fields: Readonly<Record<string, FieldFacts>>;
}

export interface CatalogueFile {
  readonly version: string;
  readonly groups: readonly { readonly name: string; readonly versions: readonly string[] }[];
  readonly kinds: readonly KindInfo[];
  readonly types: Readonly<Record<string, TypeFacts>>;
  /** Named scalars, lists and maps: the underlying type, then the allowed words of an enumeration. */
  readonly named: Readonly<Record<string, readonly string[]>>;
}

interface Loaded {
  readonly file: CatalogueFile;
  readonly byResource: ReadonlyMap<string, KindInfo>;
  readonly byKind: ReadonlyMap<string, KindInfo>;
}

let source: (() => string) | undefined;
let loaded: Loaded | undefined;

/**
 * Says where the text of `catalogue.json` comes from. Only a browser needs this: under Node the file is found beside this
 * module, or under `data/` beside a bundle.
 */
export function setCatalogueSource(read: () => string): void {
  source = read;
  loaded = undefined;
}

const findDataFile = (name: string): URL | undefined => {
  const { existsSync } = process.getBuiltinModule('node:fs');
  return [new URL(`./data/${name}`, import.meta.url), new URL(`./${name}`, import.meta.url)].find(url =>
    existsSync(url),
  );
};

/** True when {@link readDataFile} would find the file. */
export const hasDataFile = (name: string): boolean => findDataFile(name) !== undefined;

/** Reads a file that lies beside this module (from source) or under `data/` (from a bundle). @throws when it is in neither place. */
export function readDataFile(name: string): Uint8Array<ArrayBuffer> {
  const place = findDataFile(name);
  if (!place) throw new Error(`the data file ${name} is missing; build again with ./orrery`);
  return new Uint8Array(process.getBuiltinModule('node:fs').readFileSync(place));
}

const readCatalogue = (): string => (source ? source() : new TextDecoder().decode(readDataFile('catalogue.json')));

function load(): Loaded {
  if (loaded) return loaded;
  const file = JSON.parse(readCatalogue()) as CatalogueFile;
  loaded = {
    file,
    byResource: new Map(file.kinds.map(kind => [`${kind.group}/${kind.version}/${kind.plural}`, kind])),
    byKind: new Map(file.kinds.map(kind => [`${kind.group}/${kind.version}/${kind.kind}`, kind])),
  };
  return loaded;
}

/** The served kinds and how to find them. */
export const catalogue = {
  /** All served resources, groups in upstream's order of preference, plurals sorted. */
  get kinds(): readonly KindInfo[] {
    return load().file.kinds;
  },
  /** The served groups in upstream's order of preference; versions best first. */
  get groups(): CatalogueFile['groups'] {
    return load().file.groups;
  },
  /** The raw table, for generators. */
  get file(): CatalogueFile {
    return load().file;
  },
  byResource: ({ group, version, resource }: GroupVersionResource): KindInfo | undefined =>
    load().byResource.get(`${group}/${version}/${resource}`),
  byKind: ({ group, version, kind }: GroupVersionKind): KindInfo | undefined =>
    load().byKind.get(`${group}/${version}/${kind}`),
};
