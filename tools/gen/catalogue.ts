/** Merges the OpenAPI document, the facts of upstream's declarations and the reviewed names into the committed catalogue. */
import { createHash } from 'node:crypto';
import type { Facts } from './facts.ts';
import { categories, groups, shortNames, storedAs } from './names.data.ts';
import { shortTypeName } from './swagger.ts';
import type { Swagger, SwaggerSchema } from './swagger.ts';
import type { CatalogueFile, FieldFacts, KindInfo, Subresource, TypeFacts } from '@orrery/kinds';

const verbOf: Record<string, string> = {
  post: 'create',
  put: 'update',
  get: 'get',
  list: 'list',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'deletecollection',
};
const connectVerb: Record<string, string> = {
  get: 'get',
  post: 'create',
  put: 'update',
  patch: 'patch',
  delete: 'delete',
};

const prefixOf = (group: string, version: string): string =>
  group === '' ? `/api/${version}/` : `/apis/${group}/${version}/`;

interface Draft {
  kind: string;
  namespaced: boolean;
  deleteReturnsObject: boolean;
  verbs: Set<string>;
  subresources: Map<string, { kind: Subresource['kind']; verbs: Set<string> }>;
}

function kindsOf(swagger: Swagger, group: string, version: string): KindInfo[] {
  const prefix = prefixOf(group, version);
  const drafts = new Map<string, Draft>();
  for (const [path, operations] of Object.entries(swagger.paths)) {
    if (!path.startsWith(prefix) || path.startsWith(`${prefix}watch/`)) continue;
    const match = /^(namespaces\/\{namespace\}\/)?(\w+)(?:\/\{name\}(?:\/(\w+))?(\/\{path\})?)?$/.exec(
      path.slice(prefix.length),
    );
    if (!match || match[4]) continue;
    const [, inNamespace, plural, subresource] = match;
    for (const [method, operation] of Object.entries(operations)) {
      const action = operation['x-kubernetes-action'];
      const gvk = operation['x-kubernetes-group-version-kind'];
      if (!action || !gvk) continue;
      const draft: Draft = drafts.get(plural!) ?? {
        kind: gvk.kind,
        namespaced: false,
        deleteReturnsObject: false,
        verbs: new Set(),
        subresources: new Map(),
      };
      drafts.set(plural!, draft);
      if (inNamespace) draft.namespaced = true;
      const verb = action === 'connect' ? connectVerb[method] : verbOf[action];
      if (!verb) continue;
      if (!subresource) {
        draft.kind = gvk.kind;
        draft.verbs.add(verb);
        if (verb === 'delete') draft.deleteReturnsObject = !JSON.stringify(operation).includes('meta.v1.Status');
        if (verb === 'list' && plural !== 'componentstatuses') draft.verbs.add('watch');
      } else {
        const entry = draft.subresources.get(subresource) ?? { kind: gvk, verbs: new Set<string>() };
        entry.verbs.add(verb);
        draft.subresources.set(subresource, entry);
      }
    }
  }
  return [...drafts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([plural, draft]) => finish(group, version, plural, draft));
}

function finish(group: string, version: string, plural: string, draft: Draft): KindInfo {
  const name = group === '' ? plural : `${plural}.${group}`;
  const storage = storedAs[`${name}/${version}`];
  const stored = storage ?? { group, version };
  const hash = createHash('sha256').update(`${stored.group}/${stored.version}/${draft.kind}`).digest();
  const persistent = draft.verbs.has('get') && draft.verbs.has('create');
  return {
    group,
    version,
    kind: draft.kind,
    plural,
    singular: draft.kind.toLowerCase(),
    ...(shortNames[name] && { shortNames: shortNames[name] }),
    ...(categories[name] && { categories: categories[name] }),
    namespaced: draft.namespaced,
    verbs: [...draft.verbs].sort(),
    subresources: [...draft.subresources]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([sub, { kind, verbs }]) => ({ name: sub, kind, verbs: [...verbs].sort() })),
    ...(storage && { storage }),
    ...(draft.deleteReturnsObject && { deleteReturnsObject: true }),
    ...(persistent && { storageVersionHash: hash.subarray(0, 8).toString('base64') }),
    type: '',
  };
}

/** Facts of one field: what the declaration says, completed by the document's list and patch extensions. */
function fieldOf(line: string, schema: SwaggerSchema | undefined, required: readonly string[]): [string, FieldFacts] {
  const [name, type, tag, ...marks] = line.split(' ') as [string, string, string, ...string[]];
  const empty = marks.find(mark => mark === 'omit' || mark === 'zero');
  const goName = marks.find(mark => mark.startsWith('='))?.slice(1);
  return [
    name,
    {
      type,
      ...(tag !== '-' && { tag }),
      ...(empty && { empty: empty as 'omit' | 'zero' }),
      ...(goName && { go: goName }),
      ...(required.includes(name) && { required: true }),
      ...(schema?.['x-kubernetes-list-type'] && { list: schema['x-kubernetes-list-type'] }),
      ...(schema?.['x-kubernetes-list-map-keys'] && { keys: schema['x-kubernetes-list-map-keys'] }),
      ...(schema?.['x-kubernetes-map-type'] && { map: schema['x-kubernetes-map-type'] }),
      ...(schema?.['x-kubernetes-patch-merge-key'] && { mergeKey: schema['x-kubernetes-patch-merge-key'] }),
      ...(schema?.['x-kubernetes-patch-strategy'] && { strategy: schema['x-kubernetes-patch-strategy'] }),
    },
  ];
}

const innerType = (type: string): string => type.replace(/^(\*|\[\]|map:)+/, '');

/** Builds the whole catalogue. Throws where the document and the declarations disagree about a field's existence. */
export function buildCatalogue(swagger: Swagger, facts: Facts): CatalogueFile {
  const definitions = new Map(
    Object.entries(swagger.definitions).map(([name, schema]) => [shortTypeName(name), { name, schema }]),
  );
  const types: Record<string, TypeFacts> = {};
  const named: Record<string, readonly string[]> = {};
  const visit = (name: string): void => {
    if (types[name] || named[name]) return;
    const lines = facts.structs[name];
    if (!lines) {
      const scalar = facts.named[name];
      if (!scalar) return;
      named[name] = scalar;
      return visit(innerType(scalar[0]!));
    }
    const definition = definitions.get(name);
    const properties = definition?.schema.properties ?? {};
    const fields = Object.fromEntries(
      lines.map(line => fieldOf(line, properties[line.split(' ')[0]!], definition?.schema.required ?? [])),
    );
    const missing = Object.keys(properties).filter(property => !fields[property]);
    if (missing.length > 0) throw new Error(`${name}: no declaration of ${missing.join(', ')}`);
    const map = definition?.schema['x-kubernetes-map-type'];
    types[name] = { ...(definition && { definition: definition.name }), ...(map && { map }), fields };
    for (const field of Object.values(fields)) visit(innerType(field.type));
  };
  const typeNames = new Map<string, string>();
  for (const [name, { schema }] of definitions) {
    for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? [])
      typeNames.set(`${group}/${version}/${kind}`, name);
  }
  const kinds = groups.flatMap(({ name, versions }) => versions.flatMap(version => kindsOf(swagger, name, version)));
  const typed = kinds.map(kind => ({ ...kind, type: typeNames.get(`${kind.group}/${kind.version}/${kind.kind}`)! }));
  for (const { type, subresources } of typed) {
    visit(type);
    visit(`${type}List`);
    for (const { kind } of subresources)
      visit(typeNames.get(`${kind.group}/${kind.version}/${kind.kind}`) ?? `core.v1.${kind.kind}`);
  }
  for (const name of definitions.keys()) if (/^(meta|core)\.v1\./.test(name)) visit(name);
  return { version: 'v1.34', groups, kinds: typed, types, named };
}

/** One line per kind, field and enumeration, so that reviews and diffs read as a table. */
export function printCatalogue({ version, groups: served, kinds, types, named }: CatalogueFile): string {
  const sorted = <T>(table: Readonly<Record<string, T>>): [string, T][] =>
    Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));
  const typeText = ([name, { fields, ...rest }]: [string, TypeFacts]): string => {
    const head = JSON.stringify(rest).slice(1, -1);
    const lines = Object.entries(fields).map(
      ([field, facts]) => `      ${JSON.stringify(field)}: ${JSON.stringify(facts)}`,
    );
    return `    ${JSON.stringify(name)}: {${head ? `${head}, ` : ''}"fields": {\n${lines.join(',\n')}\n    }}`;
  };
  return [
    `{\n  "version": ${JSON.stringify(version)},`,
    `  "groups": [\n${served.map(group => `    ${JSON.stringify(group)}`).join(',\n')}\n  ],`,
    `  "kinds": [\n${kinds.map(kind => `    ${JSON.stringify(kind)}`).join(',\n')}\n  ],`,
    `  "types": {\n${sorted(types).map(typeText).join(',\n')}\n  },`,
    `  "named": {\n${sorted(named)
      .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n')}\n  }\n}\n`,
  ].join('\n');
}
