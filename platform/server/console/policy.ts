/** What the console's page may do: nothing from elsewhere, nothing inline but the styles of its answer, shown in nobody's frame. */
import { digestOf } from '../node/digest.ts';

/** An import map cannot stand in a file of its own. */
const importMap = /<script type="importmap">([^<]*)<\/script>/g;

/** The import maps of a page, as a policy names them: by their content, so that no other is taken for one. */
export const importMapsOf = (page: string): readonly string[] =>
  [...page.matchAll(importMap)].map(([, text = '']) => `'sha256-${digestOf(text)}'`);

/** The policy of one answer: `nonce` is that of its styles, `importMaps` are those of the page. */
export const policyFor = (nonce: string, importMaps: readonly string[]): string =>
  [
    "default-src 'none'",
    ['script-src', "'self'", ...importMaps].join(' '),
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ');
