/** Answers for browsers: the console's files, and its page at every address that is nobody else's. */
import { header, headerList, type Headers, type Request, type Response } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';
import type { Random } from '@orrery/machinery/random';
import type { Settings } from '../context.ts';
import { encodingFor, indexPath, noncePlaceholder, type ConsoleAsset, type ConsoleAssets } from './assets.ts';
import { importMapsOf, policyFor } from './policy.ts';

export interface PagesOptions {
  readonly assets: ConsoleAssets | undefined;
  readonly random: Random;
  readonly settings: Pick<Settings, 'secureCookies'>;
}

/** The answer at `path` (decoded). Undefined for what is neither a file nor asked for by a browser that shows pages. */
export type Pages = (request: Request, path: string) => Response | Promise<Response> | undefined;

/** First segments below which no page is: who misses something there gets an answer for programs. */
const forPrograms = new Set(['api', 'apis', 'kapi', 'kapis', 'oauth', 'openapi', '.well-known']);

const longest = 'public, max-age=31536000, immutable';

/** @throws TypeError for assets without a page. */
export function createPages({
  assets,
  random,
  settings,
}: PagesOptions): (request: Request, path: string) => Response | undefined {
  const page = assets && readPage(assets);
  const importMaps = importMapsOf(page ?? '');
  const common: Headers = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(settings.secureCookies && { 'strict-transport-security': 'max-age=31536000' }),
  };
  const showPage = (): Response => {
    if (page === undefined)
      throw new StatusError(404, 'NotFound', 'the console is not part of this platform: only its API is served here');
    const nonce = Buffer.from(random.bytes(18)).toString('base64');
    return {
      status: 200,
      // A page that was kept would come back with a nonce that its policy does not know: it is never kept, and has no ETag.
      headers: {
        ...common,
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': policyFor(nonce, importMaps),
      },
      body: encoder.encode(page.replaceAll(noncePlaceholder, nonce)),
    };
  };
  return (request, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    if (forPrograms.has(path.split('/')[1] ?? '')) return undefined;
    const asset = path === indexPath ? undefined : assets?.get(path);
    if (asset) return answerWith(asset, request, common);
    const shows = headerList(request.headers, 'accept').some(type => type.toLowerCase().startsWith('text/html'));
    return shows || path === '/' || path === indexPath ? showPage() : undefined;
  };
}

const encoder = new TextEncoder();

function readPage(assets: ConsoleAssets): string {
  const index = assets.get(indexPath);
  if (!index) throw new TypeError(`the console's files have no ${indexPath}`);
  return new TextDecoder().decode(index.bytes.identity);
}

function answerWith(asset: ConsoleAsset, request: Request, common: Headers): Response {
  const encoding = encodingFor(asset, headerList(request.headers, 'accept-encoding'));
  const etag = `"${asset.etag}${encoding === 'identity' ? '' : `-${encoding}`}"`;
  const headers: Headers = {
    ...common,
    'cache-control': asset.immutable ? longest : 'no-cache',
    etag,
    vary: 'accept-encoding',
  };
  if (matchesTag(header(request.headers, 'if-none-match'), etag)) return { status: 304, headers };
  return {
    status: 200,
    headers: {
      ...headers,
      'content-type': asset.contentType,
      // A file that can be opened as a page of its own can do nothing there.
      ...(/^(image\/svg|text\/html)/.test(asset.contentType) && {
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      }),
      ...(encoding !== 'identity' && { 'content-encoding': encoding }),
    },
    body: asset.bytes[encoding]!,
  };
}

const matchesTag = (given: string | undefined, etag: string): boolean =>
  given !== undefined && given.split(',').some(tag => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*');
