/**
 * The OpenAPI documents of the built-in kinds. A bundle carries them ready-made and compressed (`buildData` of `@orrery/gen`);
 * from source they are computed when first asked for, without explanations.
 */
import { hasDataFile, readDataFile } from './catalogue.ts';
import { encodeV2 } from './openapi/gnostic.ts';
import { encodeV3 } from './openapi/gnostic-v3.ts';
import { openApiV2 } from './openapi/v2.ts';
import type { DocumentV2 } from './openapi/v2.ts';
import { openApiV3 } from './openapi/v3.ts';

export { Definitions, definitionName, definitionNames } from './openapi/definitions.ts';
export type { Describe } from './openapi/definitions.ts';
export type { Operation, Parameter, Path, SchemaObject } from './openapi/document.ts';
export { encodeV2 } from './openapi/gnostic.ts';
export { encodeV3 } from './openapi/gnostic-v3.ts';
export { discoveryPath, pathsOf, tagOf } from './openapi/operations.ts';
export type { DefinitionNames } from './openapi/operations.ts';
export { addPathsV2, openApiV2 } from './openapi/v2.ts';
export type { DocumentV2 } from './openapi/v2.ts';
export { documentV3, openApiV3, pathsV3 } from './openapi/v3.ts';
export type { DocumentV3 } from './openapi/v3.ts';

/** A document as gzip bytes, and the hash that its address carries. */
export interface Packed {
  readonly gzip: Uint8Array;
  /** Upper-case SHA-512 of the bytes before compression. */
  readonly hash: string;
}

/** The names of the files under `data/`: `openapi/v2.json`, `openapi/v2.pb`, `openapi/v3/apis/apps/v1.json`, `openapi/v3-protobuf/apis/apps/v1.pb`. */
const indexFile = 'openapi/index.json';

let computed: Map<string, Uint8Array> | undefined;
let index: Record<string, string> | undefined;

const encoder = new TextEncoder();

/** All documents before compression, by file name. */
export function openApiFiles(describe?: Parameters<typeof openApiV2>[0]): Map<string, Uint8Array> {
  const v2: DocumentV2 = openApiV2(describe);
  const files = new Map<string, Uint8Array>([
    ['openapi/v2.json', encoder.encode(JSON.stringify(v2))],
    ['openapi/v2.pb', encodeV2(v2)],
  ]);
  for (const [path, document] of openApiV3(describe)) {
    files.set(`openapi/v3/${path}.json`, encoder.encode(JSON.stringify(document)));
    files.set(`openapi/v3-protobuf/${path}.pb`, encodeV3(document));
  }
  return files;
}

/** The hash of a document. */
export const hashOf = (bytes: Uint8Array): string =>
  process.getBuiltinModule('node:crypto').createHash('sha512').update(bytes).digest('hex').toUpperCase();

/** The hashes of all documents by file name, e.g. `openapi/v3/apis/apps/v1.json`: what the index of v3 is made of. */
export function openApiHashes(): Readonly<Record<string, string>> {
  if (index) return index;
  if (hasDataFile(indexFile))
    index = JSON.parse(new TextDecoder().decode(readDataFile(indexFile))) as Record<string, string>;
  else index = Object.fromEntries([...fromSource()].map(([name, bytes]) => [name, hashOf(bytes)]));
  return index;
}

function fromSource(): Map<string, Uint8Array> {
  return (computed ??= openApiFiles());
}

/** One document by file name; undefined when there is none. */
export function openApiFile(name: string): Packed | undefined {
  const hash = openApiHashes()[name];
  if (hash === undefined) return undefined;
  if (hasDataFile(`${name}.gz`)) return { gzip: readDataFile(`${name}.gz`), hash };
  return { gzip: process.getBuiltinModule('node:zlib').gzipSync(fromSource().get(name)!, { level: 1 }), hash };
}
