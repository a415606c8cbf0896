/** What a browser must have before the console can draw: its page, and what that page names. */
import { gunzipSync } from 'node:zlib';
import type { Visitor } from './visitor.ts';

/** Scripts, styles and modules that a page names, in their order, each once. Pictures are none of them. */
export function neededBy(page: string): string[] {
  const tags = [...page.matchAll(/<(script|link)\b[^>]*>/g)].map(([tag]) => tag);
  const needed = tags.flatMap(tag => {
    const address = /\b(?:src|href)="([^"]+)"/.exec(tag)?.[1];
    const rel = /\brel="([^"]+)"/.exec(tag)?.[1];
    const counts = tag.startsWith('<script') || rel === 'stylesheet' || rel === 'modulepreload';
    return counts && address !== undefined ? [address] : [];
  });
  return [...new Set(needed)];
}

const asBrowser = { headers: { 'accept-encoding': 'gzip', accept: 'text/html,*/*' } } as const;

/**
 * Loads the log-in page as a browser without a cache does, and returns the bytes of all bodies as they came.
 * @throws when something that the page names is not there.
 */
export async function firstLoad(visitor: Visitor): Promise<number> {
  const page = await visitor.ask('/login', asBrowser);
  if (page.status !== 200) throw new Error(`the console answered with ${page.status}`);
  const isPacked = page.body[0] === 0x1f && page.body[1] === 0x8b;
  let bytes = page.body.length;
  for (const address of neededBy((isPacked ? gunzipSync(page.body) : page.body).toString())) {
    const { status, body } = await visitor.ask(address, asBrowser);
    if (status !== 200) throw new Error(`${address} was answered with ${status}`);
    bytes += body.length;
  }
  return bytes;
}
