/**
 * Reads upstream's Go declarations and keeps facts only: JSON name, type, protobuf number, and whether an empty value is
 * written. The answer is one line per field, without any documentation text; it is committed as `facts.json`.
 */
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

/** Lines read `jsonName type tag [omit|zero] [=GoName]`; `-` stands for a missing protobuf number, and the Go name is given
 * where it is not the JSON name with a capital. */
export interface Facts {
  structs: Record<string, string[]>;
  /** Named scalars, lists and maps: the underlying type, then the allowed words where upstream marks it as an enumeration. */
  named: Record<string, string[]>;
}

interface Package {
  name: string;
  directory: string;
}

const packagesOf = (root: string): Package[] => {
  const served = readdirSync(join(root, 'api')).flatMap(group =>
    ['v1', 'v2'].map(version => ({ name: `${group}.${version}`, directory: join(root, 'api', group, version) })),
  );
  return [
    ...served,
    { name: 'meta.v1', directory: join(root, 'apimachinery/pkg/apis/meta/v1') },
    { name: 'version', directory: join(root, 'apimachinery/pkg/version') },
    { name: 'apiextensions.v1', directory: join(root, 'apiextensions-apiserver/pkg/apis/apiextensions/v1') },
    { name: 'apiregistration.v1', directory: join(root, 'kube-aggregator/pkg/apis/apiregistration/v1') },
  ].filter(entry => existsSync(entry.directory));
};

/** Types whose JSON form is not that of their Go struct. */
const special: Record<string, string> = {
  'resource.Quantity': 'quantity',
  'intstr.IntOrString': 'intstr',
  'runtime.RawExtension': 'raw',
  'runtime.Object': 'raw',
  'types.UID': 'string',
  'types.NodeName': 'string',
  'types.NamespacedName': 'string',
  'meta.v1.Time': 'time',
  'meta.v1.MicroTime': 'microtime',
  'meta.v1.Duration': 'duration',
  'meta.v1.FieldsV1': 'fieldsv1',
  'apiextensions.v1.JSON': 'any',
  'apiextensions.v1.JSONSchemaPropsOrArray': 'schemaorarray',
  'apiextensions.v1.JSONSchemaPropsOrBool': 'schemaorbool',
  'apiextensions.v1.JSONSchemaPropsOrStringArray': 'schemaorstringarray',
};
const basic = new Set([
  'string',
  'bool',
  'int32',
  'int64',
  'float64',
  'byte',
  'int',
  'uint32',
  'uint16',
  'interface{}',
]);

const importsOf = (source: string): Map<string, string> => {
  const found = new Map<string, string>();
  for (const [, alias, path] of source.matchAll(/^\s*(?:import\s+)?(\w+)?\s*"(k8s\.io\/[^"]+)"$/gm)) {
    const last = path!.split('/').at(-1)!;
    const group = /\/api\/(\w+)\/(v\w+)$/.exec(path!) ?? /\/apis\/(\w+)\/(v\w+)$/.exec(path!);
    found.set(alias ?? last, group ? `${group[1]}.${group[2]}` : last);
  }
  return found;
};

/** Rewrites a Go type with full package names: `*metav1.Time` becomes `*time`. */
function nameType(goType: string, home: string, imports: Map<string, string>): string {
  const prefix = /^(\*|\[\]|map\[[^\]]+\])/.exec(goType)?.[0];
  if (prefix) {
    const rest = nameType(goType.slice(prefix.length), home, imports);
    if (prefix === '[]' && rest === 'byte') return 'bytes';
    return (prefix.startsWith('map') ? 'map:' : prefix) + rest;
  }
  if (basic.has(goType)) return goType;
  const dot = goType.indexOf('.');
  const full =
    dot < 0 ? `${home}.${goType}` : `${imports.get(goType.slice(0, dot)) ?? goType.slice(0, dot)}${goType.slice(dot)}`;
  return special[full] ?? full;
}

const tagOf = (tags: string, name: string): string[] | undefined =>
  new RegExp(`${name}:"([^"]*)"`).exec(tags)?.[1]?.split(',');

function fieldLine(line: string, home: string, imports: Map<string, string>): string | undefined {
  const match = /^\s+(?:(\w+)\s+)?([\w.*[\]{}]+)\s+`([^`]*)`/.exec(line);
  if (!match) return undefined;
  const [jsonName, ...flags] = tagOf(match[3]!, 'json') ?? [];
  if (jsonName === '-' || jsonName === undefined) return undefined;
  const number = tagOf(match[3]!, 'protobuf')?.[1] ?? '-';
  const type = nameType(match[2]!, home, imports);
  if (jsonName === '') return `+ ${type} ${number}`;
  const empty = flags.includes('omitzero') ? ' zero' : flags.includes('omitempty') ? ' omit' : '';
  const goName = match[1] ?? match[2]!.replace(/^\*?(?:\w+\.)?/, '');
  const plainName = jsonName.charAt(0).toUpperCase() + jsonName.slice(1);
  return `${jsonName} ${type} ${number}${empty}${goName === plainName ? '' : ` =${goName}`}`;
}

function readFile(source: string, home: string, into: Facts): void {
  const imports = importsOf(source);
  for (const [, name, body] of source.matchAll(/^(?:type )?\s?(\w+) struct \{\n([\s\S]*?)^\s?\}/gm)) {
    const lines = body!.split('\n').flatMap(line => fieldLine(line, home, imports) ?? []);
    into.structs[`${home}.${name}`] = lines;
  }
  for (const [, name] of source.matchAll(/^(?:type )?\s?(\w+) struct\s?\{\s*\}/gm))
    into.structs[`${home}.${name}`] = [];
  for (const [, marks, name, type] of source.matchAll(/((?:^\s*\/\/.*\n)*)^(?:type )\s?(\w+) ([\w.[\]*]+)\s*$/gm)) {
    if (type === 'struct' || type === 'interface') continue;
    const underlying = nameType(type!, home, imports);
    const words = marks!.includes('+enum')
      ? [...source.matchAll(new RegExp(`^\\s*\\w+\\s+${name}\\s*=\\s*"([^"]*)"`, 'gm'))].map(found => found[1]!)
      : [];
    into.named[`${home}.${name}`] = [underlying, ...new Set(words)];
  }
}

/** Upstream writes the fields of embedded structs beside the others; their protobuf numbers become a path such as `2.1`. */
function flatten(facts: Facts): void {
  const seen = new Set<string>();
  const open = (name: string): string[] => {
    const lines = facts.structs[name] ?? [];
    if (seen.has(name)) return lines;
    seen.add(name);
    return (facts.structs[name] = lines.flatMap(line => {
      if (!line.startsWith('+ ')) return [line];
      const [, type, number] = line.split(' ');
      return open(type!).map(inner => {
        const [field, fieldType, tag, ...flags] = inner.split(' ');
        return [field, fieldType, number === '-' ? '-' : `${number}.${tag}`, ...flags].join(' ');
      });
    }));
  };
  for (const name of Object.keys(facts.structs)) open(name);
}

/** @param root holds checkouts of `api`, `apimachinery`, `apiextensions-apiserver` and `kube-aggregator` of one release. */
export function readFacts(root: string): Facts {
  const facts: Facts = { structs: {}, named: {} };
  for (const { name, directory } of packagesOf(root)) {
    for (const file of readdirSync(directory).filter(
      file => file.endsWith('.go') && !/_test|zz_|generated|fuzz|conversion/.test(file),
    )) {
      readFile(readFileSync(join(directory, file), 'utf8'), name, facts);
    }
  }
  flatten(facts);
  return facts;
}
