/** Load generators: how they are called, and what they print. */
import { run } from './commands.ts';

export type Protocol = 'HTTP/1.1' | 'HTTP/2';

export interface Load {
  readonly url: string;
  readonly token: string;
  readonly connections: number;
  readonly seconds: number;
}

/**
 * Requests a second, from what `wrk` printed.
 * @throws when an answer was no success.
 */
export function parseWrk(text: string): number {
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1];
  if (refused !== undefined) throw new Error(`wrk: ${refused} answers were no success`);
  const failed = /Socket errors: (.+)/.exec(text)?.[1];
  if (failed !== undefined && /[1-9]/.test(failed.replace(/timeout.*/, '')))
    throw new Error(`wrk: socket errors: ${failed}`);
  const rate = /^Requests\/sec:\s+([\d.]+)/m.exec(text)?.[1];
  if (rate === undefined) throw new Error(`wrk printed no rate: ${text}`);
  return Number(rate);
}

/**
 * Requests a second, from what `h2load` printed.
 * @throws when an answer was no success, or none came.
 */
export function parseH2load(text: string): number {
  const rate = /^finished in .*?, ([\d.]+) req\/s/m.exec(text)?.[1];
  const codes = /^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/m.exec(text);
  const errors = /(\d+) failed, (\d+) errored/.exec(text);
  if (rate === undefined || !codes || !errors) throw new Error(`h2load printed no rate: ${text}`);
  const [, good, ...bad] = codes.map(Number);
  if (good === 0 || bad.some(count => count > 0)) throw new Error(`h2load: answers were no success: ${codes[0]}`);
  if (Number(errors[2]) > 0) throw new Error(`h2load: ${errors[0]}`);
  return Number(rate);
}

export async function wrk(path: string, { url, token, connections, seconds }: Load): Promise<number> {
  const size = ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`];
  return parseWrk(await run(path, [...size, '--header', `Authorization: Bearer ${token}`, url]));
}

export async function h2load(
  path: string,
  protocol: Protocol,
  { url, token, connections, seconds }: Load,
): Promise<number> {
  const size = ['--clients', String(connections), '--duration', String(seconds), '--warm-up-time', '1'];
  const header = ['--header', `authorization: Bearer ${token}`];
  return parseH2load(await run(path, [...size, ...header, ...(protocol === 'HTTP/1.1' ? ['--h1'] : []), url]));
}
