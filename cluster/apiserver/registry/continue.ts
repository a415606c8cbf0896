/** The token that says where the next page begins: opaque to clients. */
import { badRequest } from '@orrery/machinery/status';

export interface Continue {
  /** The revision all pages are read at; -1 for the newest. */
  readonly revision: number;
  /** The last key of the page before, below the listed prefix. */
  readonly start: string;
}

export const encodeContinue = ({ revision, start }: Continue): string =>
  Buffer.from(JSON.stringify({ v: 'orrery/1', rv: revision, start })).toString('base64url');

/** @throws StatusError 400 for anything this server did not write. */
export function decodeContinue(text: string): Continue {
  const refused = badRequest('continue key is not valid: incorrect encoding or unknown version');
  let token: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString()) as typeof token;
  } catch {
    throw refused;
  }
  if (token?.v !== 'orrery/1' || typeof token.rv !== 'number' || typeof token.start !== 'string') throw refused;
  // Keys are compared, never resolved, yet a token must stay below the prefix it was made for.
  if (token.start.split('/').includes('..')) throw refused;
  return { revision: token.rv, start: token.start };
}
