/** `/dist/...`: the scripts of extensions and what goes with them, for the console. Public, as its own files are. */
import { header, type Headers, type Request, type Response } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';
import { platformResources, type BundleFile, type JSBundle } from '@orrery/platform-kinds';
import type { Pages } from '../console/pages.ts';
import type { PlatformContext } from '../context.ts';
import type { Content, Contents } from './content.ts';
import { byAge, extensionOf, isAvailable } from './states.ts';

const root = '/dist/';
const script = 'text/javascript; charset=utf-8';
const types: Readonly<Record<string, string>> = {
  js: script,
  mjs: script,
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  ico: 'image/x-icon',
  woff: 'font/woff',
  woff2: 'font/woff2',
  ttf: 'font/ttf',
  wasm: 'application/wasm',
  txt: 'text/plain; charset=utf-8',
};

/** Where the script of a bundle is unless its status says another place. */
export const linkOf = (bundle: JSBundle): string => bundle.status?.link || `${root}${extensionOf(bundle)}/index.js`;

/** Whether a link is below the name of its extension: no extension takes the place of another. */
export const isOwnLink = (bundle: JSBundle, link: string): boolean => link.startsWith(`${root}${extensionOf(bundle)}/`);

export const availableBundles = (bundles: readonly JSBundle[]): JSBundle[] =>
  bundles.filter(isAvailable).toSorted(byAge);

interface Found {
  readonly content: () => Promise<Content>;
  readonly contentType: (content: Content) => string;
}

function find(bundles: readonly JSBundle[], path: string, contents: Contents): Found | undefined {
  for (const bundle of availableBundles(bundles)) {
    if (linkOf(bundle) === path) return { content: () => contents.script(bundle), contentType: () => script };
    const { style, files = [] } = bundle.spec.assets ?? {};
    const file = [...(style ? [style] : []), ...files].find(({ link }) => link === path && isOwnLink(bundle, path));
    if (file) {
      return {
        content: () => contents.file(bundle, file),
        contentType: content => typeOf(path, file, content, file === style),
      };
    }
  }
  return undefined;
}

function typeOf(path: string, { mimeType }: BundleFile, { contentType }: Content, isStyle: boolean): string {
  if (mimeType && /^[-\w.+]+\/[-\w.+]+(;\s*[-\w]+=[-\w.]+)*$/.test(mimeType)) return mimeType;
  if (isStyle) return types['css']!;
  return types[path.split('.').at(-1) ?? ''] ?? contentType ?? 'application/octet-stream';
}

export function bundlePages({ informers, settings }: PlatformContext, contents: Contents): Pages {
  const bundles = informers.of<JSBundle>(platformResources.jsbundles);
  const common: Headers = {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    ...(settings.secureCookies && { 'strict-transport-security': 'max-age=31536000' }),
  };
  return (request, path) => {
    if (!path.startsWith(root) || (request.method !== 'GET' && request.method !== 'HEAD')) return undefined;
    return bundles.synced.then(async () => {
      const found = find(bundles.list(), path, contents);
      if (!found) throw new StatusError(404, 'NotFound', 'no extension has a file at this path');
      const content = await found.content();
      return answerWith(content, found.contentType(content), request, common);
    });
  };
}

/** A link that names its hash stands for that script for ever; others are asked about each time. */
function answerWith(content: Content, contentType: string, request: Request, common: Headers): Response {
  const etag = `"${content.hash}"`;
  const named = new URLSearchParams(request.target.split('?')[1] ?? '').get('hash');
  const headers: Headers = {
    ...common,
    etag,
    'cache-control': named === content.hash ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  const given = header(request.headers, 'if-none-match') ?? '';
  if (given.split(',').some(tag => tag.trim().replace(/^W\//, '') === etag)) return { status: 304, headers };
  return {
    status: 200,
    headers: {
      ...headers,
      'content-type': contentType,
      // What can be opened as a page of its own can do nothing there.
      ...(/^(image\/svg|text\/html|application\/xhtml|text\/xml|application\/xml)/i.test(contentType) && {
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      }),
    },
    body: content.bytes,
  };
}
