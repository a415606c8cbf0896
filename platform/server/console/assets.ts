/** The console's files as values: what a build made, in memory, found by whole paths and by nothing else. */

export const encodings = ['br', 'gzip', 'identity'] as const;
export type Encoding = (typeof encodings)[number];

export interface ConsoleAsset {
  /** With charset, e.g. `text/javascript; charset=utf-8`. */
  readonly contentType: string;
  /** Its name holds a hash of what it holds: it may be kept for ever. */
  readonly immutable: boolean;
  /** Strong, without quotes. */
  readonly etag: string;
  /** The same file compressed beforehand, where that is worth it. */
  readonly bytes: { readonly identity: Uint8Array } & Partial<Readonly<Record<Encoding, Uint8Array>>>;
}

/** By absolute path, e.g. `/assets/index-4f2a.js`. `/index.html` is the page; it must be there. */
export type ConsoleAssets = ReadonlyMap<string, ConsoleAsset>;

export const indexPath = '/index.html';

/** In the page this stands for the nonce of one answer. */
export const noncePlaceholder = '__ORRERY_NONCE__';

/** The best encoding that `asset` has and the client takes (RFC 9110 12.5.3). */
export function encodingFor({ bytes }: Pick<ConsoleAsset, 'bytes'>, accepted: readonly string[]): Encoding {
  const weights = new Map(accepted.map(readWeight));
  const any = weights.get('*') ?? 0;
  return encodings.find(name => bytes[name] && (weights.get(name) ?? any) > 0) ?? 'identity';
}

function readWeight(member: string): [string, number] {
  const [name = '', ...parameters] = member.split(';').map(part => part.trim().toLowerCase());
  const weight = parameters.find(parameter => parameter.startsWith('q='));
  return [name, weight === undefined ? 1 : Number(weight.slice(2)) || 0];
}
