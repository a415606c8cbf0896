/** OpenAPI documents: bytes that were made when the program was built, served compressed where the client can. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Response } from '@orrery/http';
import { header, textAnswer } from '@orrery/http';
import { openApiFile, openApiHashes } from '@orrery/kinds/openapi';
import type { Packed } from '@orrery/kinds/openapi';
import type { Clock } from '@orrery/machinery/clock';
import type { RequestContext } from '../chain/context.ts';
import { encodeJson } from '../registry/json.ts';
import { parseAccept } from './negotiate.ts';

const inflate = promisify(gunzip);

/**
 * Where the documents come from, by file name: `openapi/v2.json`, `openapi/v2.pb`, `openapi/v3/apis/apps/v1.json`,
 * `openapi/v3-protobuf/apis/apps/v1.pb`.
 */
export interface OpenApiSource {
  file(name: string): Packed | undefined | Promise<Packed | undefined>;
  /** The hash of every file. */
  hashes(): Readonly<Record<string, string>>;
}

export const builtInOpenApi: OpenApiSource = { file: openApiFile, hashes: openApiHashes };

type Version = 'v2' | 'v3';

const contentTypeOf = (version: Version): string =>
  `application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`;
/** The older spelling, which is no media type by the letter. */
const olderTypeOf = (version: Version): string => `application/com.github.proto-openapi.spec.${version}@v1.0+protobuf`;
const v3Folder = 'openapi/v3/';
const yearMs = 365 * 24 * 3600_000;

/** The content type to answer with; undefined when nothing that is accepted can be served. */
function contentTypeFor(version: Version, { headers }: RequestContext['request']): string | undefined {
  const protobuf = contentTypeOf(version);
  for (const { type } of parseAccept(header(headers, 'accept') || '*/*')) {
    if (type === protobuf || type === olderTypeOf(version)) return protobuf;
    if (type === 'application/json' || type === 'application/*' || type === '*/*') return 'application/json';
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

/** A document of v3. A hash in its address says which one is meant: that one may be kept for ever, and any other moved. */
async function answerGroup(context: RequestContext, source: OpenApiSource, clock: Clock): Promise<Response> {
  const name = context.info.path.slice(1 + v3Folder.length);
  const contentType = contentTypeFor('v3', context.request);
  if (contentType === undefined) return { status: 406, headers: { vary: 'Accept' } };
  const isJson = contentType === 'application/json';
  const found = await source.file(isJson ? `${v3Folder}${name}.json` : `openapi/v3-protobuf/${name}.pb`);
  const asked = context.query.get('hash');
  if (found === undefined || !asked) return answer(context, contentType, found);
  const current = source.hashes()[`${v3Folder}${name}.json`] ?? found.hash;
  if (asked !== found.hash && asked !== current) {
    return { status: 301, headers: { location: `/${v3Folder}${name}?hash=${current}`, vary: 'Accept' } };
  }
  const kept = await answer(context, contentType, found);
  const expires = new Date(clock.now() + yearMs).toUTCString();
  return { ...kept, headers: { ...kept.headers, 'cache-control': 'public, immutable', expires } };
}

/** Answers `/openapi/v2` and `/openapi/v3...`; undefined for any other path. */
export function createOpenApi(
  source: OpenApiSource,
  clock: Clock,
): (context: RequestContext) => Promise<Response | undefined> {
  return async context => {
    const { path } = context.info;
    if (path === '/openapi/v2') {
      const contentType = contentTypeFor('v2', context.request);
      if (contentType === undefined) return { status: 406, headers: {} };
      return answer(
        context,
        contentType,
        source.file(contentType === 'application/json' ? 'openapi/v2.json' : 'openapi/v2.pb'),
      );
    }
    if (path === '/openapi/v3') return index(source);
    return path.startsWith(`/${v3Folder}`) ? answerGroup(context, source, clock) : undefined;
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
