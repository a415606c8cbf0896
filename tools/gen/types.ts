/** Prints TypeScript interfaces for the types of the catalogue, a file per upstream package. */
import type { CatalogueFile, FieldFacts, KindInfo, TypeFacts } from '@orrery/kinds';

const scalars: Record<string, string> = {
  string: 'string',
  bool: 'boolean',
  int32: 'number',
  int64: 'number',
  int: 'number',
  uint16: 'number',
  uint32: 'number',
  float64: 'number',
  bytes: 'string',
  quantity: 'string',
  intstr: 'number | string',
  time: 'string',
  microtime: 'string',
  duration: 'string',
  raw: 'Record<string, unknown>',
  fieldsv1: 'Record<string, unknown>',
  any: 'unknown',
  schemaorarray: 'JSONSchemaProps | JSONSchemaProps[]',
  schemaorbool: 'JSONSchemaProps | boolean',
  schemaorstringarray: 'JSONSchemaProps | string[]',
};

/** Types that `@orrery/machinery/meta` already declares. */
const envelope = new Set(['ObjectMeta', 'ListMeta', 'OwnerReference', 'ManagedFieldsEntry']);

const packageOf = (type: string): string => type.slice(0, type.lastIndexOf('.'));
const nameOf = (type: string): string => type.slice(type.lastIndexOf('.') + 1);

/** `core.v1` becomes `core-v1`, the stem of its file. */
export const fileStem = (packageName: string): string => packageName.replaceAll('.', '-');

interface Printer {
  readonly file: CatalogueFile;
  readonly home: string;
  readonly used: Map<string, Set<string>>;
}

function refer(printer: Printer, type: string): string {
  const home = packageOf(type);
  const name = nameOf(type);
  const from = home === 'meta.v1' && envelope.has(name) ? '@orrery/machinery/meta' : `./${fileStem(home)}.data.ts`;
  if (home !== printer.home || from.startsWith('@')) {
    const names = printer.used.get(from) ?? new Set<string>();
    printer.used.set(from, names.add(name));
  }
  return name;
}

function typeText(printer: Printer, type: string): string {
  if (type.startsWith('*')) return typeText(printer, type.slice(1));
  if (type.startsWith('[]')) {
    const inner = typeText(printer, type.slice(2));
    return /[| ]/.test(inner) ? `(${inner})[]` : `${inner}[]`;
  }
  if (type.startsWith('map:')) return `Record<string, ${typeText(printer, type.slice(4))}>`;
  const scalar = scalars[type];
  if (scalar) return scalar;
  const named = printer.file.named[type];
  if (named && named.length > 1) return refer(printer, type);
  return named ? typeText(printer, named[0]!) : refer(printer, type);
}

function interfaceText(printer: Printer, type: string, { fields }: TypeFacts, kind: KindInfo | undefined): string {
  const name = nameOf(type);
  const isKind =
    kind !== undefined || (fields['metadata']?.type === 'meta.v1.ObjectMeta' && fields['apiVersion'] !== undefined);
  if (isKind)
    printer.used.set(
      '@orrery/machinery/meta',
      (printer.used.get('@orrery/machinery/meta') ?? new Set()).add('KubeObject'),
    );
  const skip = (field: string): boolean =>
    isKind && (field === 'metadata' || field === 'apiVersion' || field === 'kind');
  const lines = Object.entries(fields)
    .filter(([field]) => !skip(field))
    .map(
      ([field, facts]) =>
        `  ${/^\w+$/.test(field) ? field : `'${field}'`}${optional(facts, isKind && field === 'spec')}: ${typeText(printer, facts.type)};`,
    );
  const head = `export interface ${name}${isKind ? ' extends KubeObject' : ''}`;
  return lines.length === 0 ? `${head} {}` : `${head} {\n${lines.join('\n')}\n}`;
}

/** What the document requires, and the `spec` of kinds: a server always writes it. */
const optional = (facts: FieldFacts, isSpec: boolean): string =>
  facts.required || (isSpec && !facts.type.startsWith('*')) ? '' : '?';

/** The files of `base/kinds/types/`, by name. */
export function printTypes(file: CatalogueFile): Map<string, string> {
  const kinds = new Map(file.kinds.map(kind => [kind.type, kind]));
  const files = new Map<string, string>();
  const packages = new Set([...Object.keys(file.types), ...Object.keys(file.named)].map(packageOf));
  for (const home of [...packages].sort()) {
    const printer: Printer = { file, home, used: new Map() };
    const words = Object.entries(file.named)
      .filter(([name, value]) => packageOf(name) === home && value.length > 1)
      .map(
        ([name, [, ...values]]) => `export type ${nameOf(name)} = ${values.map(value => `'${value}'`).join(' | ')};`,
      );
    const shapes = Object.entries(file.types)
      .filter(
        ([name]) =>
          packageOf(name) === home && !(home === 'meta.v1' && envelope.has(nameOf(name))) && !isList(name, file),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, facts]) => interfaceText(printer, name, facts, kinds.get(name)));
    const imports = [...printer.used].map(
      ([from, names]) => `import type { ${[...names].sort().join(', ')} } from '${from}';`,
    );
    if (shapes.length + words.length === 0) continue;
    const head = `/** Written by tools/gen from facts of Kubernetes ${file.version}; do not edit. */`;
    files.set(
      `${fileStem(home)}.data.ts`,
      [[head, ...imports].join('\n'), ...words.sort(), ...shapes].join('\n\n') + '\n',
    );
  }
  return files;
}

/** Lists are `KubeList<T>`: they get no interface of their own. */
const isList = (name: string, file: CatalogueFile): boolean =>
  name.endsWith('List') &&
  file.types[name]!.fields['items'] !== undefined &&
  file.types[name]!.fields['metadata'] !== undefined;

/** The text of `base/kinds/types.data.ts`: one name per type; where two versions share a name the preferred one has the plain name. */
export function printTypesIndex(files: ReadonlyMap<string, string>, file: CatalogueFile): string {
  const order = [
    'core.v1',
    'meta.v1',
    ...file.groups.flatMap(({ name, versions }) => versions.map(version => `${name.split('.')[0]}.${version}`)),
  ];
  const rank = (stem: string): number => {
    const at = order.findIndex(home => fileStem(home) === stem);
    return at < 0 ? order.length : at;
  };
  const taken = new Set<string>();
  const stems = [...files.keys()].map(name => name.replace(/\.data\.ts$/, '')).sort((a, b) => rank(a) - rank(b));
  const lines = stems.map(stem => {
    const names = [...files.get(`${stem}.data.ts`)!.matchAll(/^export (?:interface|type) (\w+)/gm)].map(
      match => match[1]!,
    );
    const free = names.filter(name => !taken.has(name));
    for (const name of free) taken.add(name);
    const pascal = stem.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());
    const renamed = names.filter(name => !free.includes(name)).map(name => `${name} as ${pascal}${name}`);
    return `export type { ${[...free, ...renamed].join(', ')} } from './types/${stem}.data.ts';`;
  });
  return `/** Written by tools/gen: all types under one roof. A name taken twice carries its group and version in front. */\n${lines.join('\n')}\n`;
}
