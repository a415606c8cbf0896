/**
 * OpenAPI documents with custom resources in them: v3 has one document per group version, v2 is the built-in document with paths and
 * definitions spliced in. Everything is made when asked for and kept until the resources change.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import {
  addPathsV2,
  discoveryPath,
  documentV3,
  encodeV2,
  encodeV3,
  hashOf,
  pathsOf,
  pathsV3,
  tagOf,
} from '@orrery/kinds/openapi';
import type {
  DefinitionNames,
  DocumentV2,
  DocumentV3,
  Operation,
  Packed,
  Path,
  SchemaObject,
} from '@orrery/kinds/openapi';
import { Definitions } from '@orrery/kinds/openapi';
import { encodeJson } from '../registry/json.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';
import type { OpenApiSource } from '../serve/openapi.ts';
import { definitionOf, definitionsOf, listDefinitionOf } from './openapi-schemas.ts';

const inflate = promisify(gunzip);
const deflate = promisify(gzip);
const meta = ['Status', 'DeleteOptions', 'Patch', 'WatchEvent', 'APIResourceList', 'ObjectMeta', 'ListMeta'];

interface Group {
  readonly group: string;
  readonly version: string;
  readonly infos: readonly ResourceInfo[];
}

/** Custom resources by group version. */
function groupsOf(resources: Resources): Map<string, Group> {
  const groups = new Map<string, { group: string; version: string; infos: ResourceInfo[] }>();
  for (const info of resources.all()) {
    if (!info.typedItems) continue;
    const name = `apis/${info.group}/${info.version}`;
    const known = groups.get(name);
    if (known) known.infos.push(info);
    else groups.set(name, { group: info.group, version: info.version, infos: [info] });
  }
  return groups;
}

const textual = (types: readonly string[]): string[] => types.filter(type => !/protobuf|cbor|strategic/.test(type));

const plain = (operation: Operation): Operation => ({
  ...operation,
  consumes: textual(operation.consumes),
  produces: textual(operation.produces),
});

/** The paths of a custom resource: as of any resource, without older watch paths and binary forms. */
function pathsOfCustom(info: ResourceInfo): Path[] {
  const names: DefinitionNames = {
    object: definitionOf(info),
    list: listDefinitionOf(info),
    of: subresource => (subresource.name === 'scale' ? 'io.k8s.api.autoscaling.v1.Scale' : definitionOf(info)),
    options: () => [],
  };
  const { group, version, kind: name, resource: plural, singular, namespaced, verbs, subresources } = info;
  const kind = { group, version, kind: name, plural, singular, namespaced, verbs, subresources, type: '' };
  return pathsOf(kind, names)
    .filter(({ path }) => !path.includes(`/${info.version}/watch/`))
    .map(path => ({ ...path, operations: path.operations.map(plain) }));
}

const pathsOfGroup = (group: Group): Path[] => [discoveryPath(group), ...group.infos.flatMap(pathsOfCustom)];

function documentOf(group: Group): DocumentV3 {
  const definitions = new Definitions(3);
  for (const type of meta) definitions.refer(`meta.v1.${type}`);
  if (group.infos.some(info => info.scale)) definitions.refer('autoscaling.v1.Scale');
  const schemas: Record<string, SchemaObject> = { ...definitions.schemas };
  for (const info of group.infos) Object.assign(schemas, definitionsOf(info, 3));
  return documentV3(pathsV3(pathsOfGroup(group), tagOf(group)), schemas);
}

/** What custom resources add to the document of v2. */
function additionsV2(groups: Iterable<Group>): Pick<DocumentV2, 'paths' | 'definitions'> {
  const document = { paths: {}, definitions: {} as Record<string, SchemaObject>, parameters: {} };
  for (const group of groups) {
    addPathsV2(document, pathsOfGroup(group), tagOf(group));
    for (const info of group.infos) Object.assign(document.definitions, definitionsOf(info, 2));
  }
  return { paths: document.paths, definitions: document.definitions };
}

/** Puts the fields of an object before those of the first field of that name in a document's text. */
export function spliced(text: string, name: string, fields: object): string {
  const added = JSON.stringify(fields).slice(1, -1);
  const mark = `"${name}":{`;
  const at = text.indexOf(mark) + mark.length;
  return added === '' || at < mark.length ? text : `${text.slice(0, at)}${added},${text.slice(at)}`;
}

interface Made {
  readonly infos: readonly ResourceInfo[];
  readonly document: DocumentV3;
  readonly bytes: Uint8Array;
  readonly hash: string;
}

const sameInfos = (a: readonly ResourceInfo[], b: readonly ResourceInfo[]): boolean =>
  a.length === b.length && a.every((info, at) => info === b[at]);

/** The documents of built-in kinds, with those of custom resources beside and inside them. */
export function withCustomResources(base: OpenApiSource, resources: Resources): OpenApiSource {
  const made = new Map<string, Made>();
  let seen = -1;
  let groups = new Map<string, Group>();
  let v2 = new Map<string, Promise<Packed | undefined>>();
  const refresh = (): void => {
    if (seen === resources.revision) return;
    seen = resources.revision;
    groups = groupsOf(resources);
    v2 = new Map();
    for (const name of made.keys()) if (!groups.has(name)) made.delete(name);
  };
  const documentFor = (name: string, group: Group): Made => {
    const known = made.get(name);
    if (known && sameInfos(known.infos, group.infos)) return known;
    const document = documentOf(group);
    const bytes = encodeJson(document);
    const fresh = { infos: group.infos, document, bytes, hash: hashOf(bytes) };
    made.set(name, fresh);
    return fresh;
  };
  const joined = async (name: string): Promise<Packed | undefined> => {
    const builtIn = await base.file(name);
    if (builtIn === undefined) return undefined;
    const before = await inflate(builtIn.gzip);
    const { paths, definitions } = additionsV2(groups.values());
    const bytes = name.endsWith('.pb')
      ? Buffer.concat([before, encodeV2({ paths, definitions, parameters: {} } as unknown as DocumentV2)])
      : Buffer.from(spliced(spliced(before.toString(), 'paths', paths), 'definitions', definitions));
    return { gzip: await deflate(bytes, { level: 1 }), hash: hashOf(bytes) };
  };
  return {
    async file(name) {
      refresh();
      if (groups.size === 0) return base.file(name);
      if (name === 'openapi/v2.json' || name === 'openapi/v2.pb') {
        let document = v2.get(name);
        if (document === undefined) v2.set(name, (document = joined(name)));
        return document;
      }
      const [, path = '', type] = /^openapi\/v3(?:-protobuf)?\/(.*)\.(json|pb)$/.exec(name) ?? [];
      const group = groups.get(path);
      if (group === undefined || base.hashes()[name] !== undefined) return base.file(name);
      const { document, bytes, hash } = documentFor(path, group);
      if (type === 'json') return { gzip: await deflate(bytes, { level: 1 }), hash };
      const binary = encodeV3(document);
      return { gzip: await deflate(binary, { level: 1 }), hash: hashOf(binary) };
    },
    hashes() {
      refresh();
      if (groups.size === 0) return base.hashes();
      const own = [...groups].map(
        ([name, group]) => [`openapi/v3/${name}.json`, documentFor(name, group).hash] as const,
      );
      return { ...Object.fromEntries(own), ...base.hashes() };
    },
  };
}
