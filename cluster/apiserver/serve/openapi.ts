/** OpenAPI documents: bytes that were made when the program was built. */
import { createHash } from 'node:crypto';
import type { Response } from '@orrery/http';
import { header, textAnswer } from '@orrery/http';
import type { RequestContext } from '../chain/context.ts';
import { parseAccept } from './negotiate.ts';

/** Where the documents come from; each is asked for when a client wants it. */
export interface OpenApiSource {
  v2(): Uint8Array | Promise<Uint8Array>;
  v2Protobuf(): Uint8Array | Promise<Uint8Array>;
  /** The paths of the version 3 documents, e.g. `apis/apps/v1`. */
  v3Paths(): readonly string[];
  v3(path: string): Uint8Array | Promise<Uint8Array> | undefined;
}

const protobufV2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const protobufV2Names = new Set([protobufV2, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf']);

function formatOf(accept: string): 'json' | 'protobuf' | undefined {
  if (accept === '') return 'json';
  for (const { type } of parseAccept(accept)) {
    if (protobufV2Names.has(type)) return 'protobuf';
    if (type === 'application/json' || type === 'application/*' || type === '*/*') return 'json';
  }
  return undefined;
}

const hashes = new WeakMap<Uint8Array, string>();

function hashOf(bytes: Uint8Array): string {
  let hash = hashes.get(bytes);
  if (hash === undefined) hashes.set(bytes, (hash = createHash('sha512').update(bytes).digest('hex').toUpperCase()));
  return hash;
}

function answer(context: RequestContext, contentType: string, bytes: Uint8Array): Response {
  const etag = `"${hashOf(bytes)}"`;
  const headers = {
    'content-type': contentType,
    etag,
    vary: 'Accept-Encoding, Accept',
    'cache-control': 'no-cache, private',
  };
  if (header(context.request.headers, 'if-none-match') === etag) return { status: 304, headers };
  return { status: 200, headers, body: bytes };
}

/** Answers `/openapi/v2` and `/openapi/v3...`; undefined for any other path. */
export function createOpenApi(
  source: OpenApiSource | undefined,
): (context: RequestContext) => Promise<Response | undefined> {
  return async context => {
    const { path } = context.info;
    if (path !== '/openapi/v2' && path !== '/openapi/v3' && !path.startsWith('/openapi/v3/')) return undefined;
    if (source === undefined) return textAnswer(404, '404 page not found\n');
    if (path === '/openapi/v2') {
      const format = formatOf(header(context.request.headers, 'accept') ?? '');
      if (format === undefined) return { status: 406, headers: {} };
      if (format === 'protobuf') return answer(context, protobufV2, await source.v2Protobuf());
      return answer(context, 'application/json', await source.v2());
    }
    if (path === '/openapi/v3') return index(source);
    const bytes = await source.v3(path.slice('/openapi/v3/'.length));
    return bytes ? answer(context, 'application/json', bytes) : textAnswer(404, '404 page not found\n');
  };
}

async function index(source: OpenApiSource): Promise<Response> {
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const path of source.v3Paths()) {
    const bytes = await source.v3(path);
    if (bytes) paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(bytes)}` };
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' },
    body: Buffer.from(JSON.stringify({ paths })),
  };
}
