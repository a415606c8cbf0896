/** OpenAPI documents: bytes that were made when the program was built, served compressed where the client can. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Response } from '@orrery/http';
import { header, textAnswer } from '@orrery/http';
import { openApiFile, openApiHashes } from '@orrery/kinds/openapi';
import type { Packed } from '@orrery/kinds/openapi';
import type { RequestContext } from '../chain/context.ts';
import { encodeJson } from '../registry/json.ts';
import { parseAccept } from './negotiate.ts';

const inflate = promisify(gunzip);

/** Where the documents come from, by file name: `openapi/v2.json`, `openapi/v2.pb`, `openapi/v3/apis/apps/v1.json`. */
export interface OpenApiSource {
  file(name: string): Packed | undefined | Promise<Packed | undefined>;
  /** The hash of every file. */
  hashes(): Readonly<Record<string, string>>;
}

export const builtInOpenApi: OpenApiSource = { file: openApiFile, hashes: openApiHashes };

const protobufV2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const protobufV2Names = new Set([protobufV2, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf']);
const v3Folder = 'openapi/v3/';

function formatOf(accept: string): 'json' | 'protobuf' | undefined {
  if (accept === '') return 'json';
  for (const { type } of parseAccept(accept)) {
    if (protobufV2Names.has(type)) return 'protobuf';
    if (type === 'application/json' || type === 'application/*' || type === '*/*') return 'json';
  }
  return undefined;
}

const notFound = (): Response => textAnswer(404, '404 page not found\n');

async function answer(
  context: RequestContext,
  contentType: string,
  found: ReturnType<OpenApiSource['file']>,
): Promise<Response> {
  const packed = await found;
  if (packed === undefined) return notFound();
  const { headers: asked } = context.request;
  const etag = `"${packed.hash}"`;
  const headers = { 'content-type': contentType, etag, vary: 'Accept-Encoding, Accept' };
  if (header(asked, 'if-none-match') === etag) return { status: 304, headers };
  if (/\bgzip\b/.test(header(asked, 'accept-encoding') ?? '')) {
    return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: packed.gzip };
  }
  return { status: 200, headers, body: await inflate(packed.gzip) };
}

/** Answers `/openapi/v2` and `/openapi/v3...`; undefined for any other path. */
export function createOpenApi(source: OpenApiSource): (context: RequestContext) => Promise<Response | undefined> {
  return async context => {
    const { path } = context.info;
    if (path === '/openapi/v2') {
      const format = formatOf(header(context.request.headers, 'accept') ?? '');
      if (format === undefined) return { status: 406, headers: {} };
      if (format === 'protobuf') return answer(context, protobufV2, source.file('openapi/v2.pb'));
      return answer(context, 'application/json', source.file('openapi/v2.json'));
    }
    if (path === '/openapi/v3') return index(source);
    if (!path.startsWith(`/${v3Folder}`)) return undefined;
    return answer(context, 'application/json', source.file(`${path.slice(1)}.json`));
  };
}

function index(source: OpenApiSource): Response {
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const [name, hash] of Object.entries(source.hashes())) {
    if (!name.startsWith(v3Folder)) continue;
    const path = name.slice(v3Folder.length, -'.json'.length);
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  }
  return { status: 200, headers: { 'content-type': 'application/json' }, body: encodeJson({ paths }) };
}
