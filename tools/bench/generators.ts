/** Load generators, which are programs in C so that they do not measure themselves: how they are called, and what they print. */
import { run } from './commands.ts';

export type Protocol = 'HTTP/1.1' | 'HTTP/2';

/** The programs; one that is absent is not installed. */
export interface Generators {
  readonly wrk?: string;
  readonly h2load?: string;
}

export interface Load {
  readonly url: string;
  /** Name to value; lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  /** How long; `wrk` knows whole seconds only. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
}

/** What a run of a generator came to. */
export interface Outcome {
  readonly requests: number;
  readonly perSecond: number;
  /** From request to answer; only `wrk` tells percentiles. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

/**
 * What `wrk --latency` printed.
 * @throws when an answer was no success.
 */
export function parseWrk(text: string): Outcome {
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1];
  if (refused !== undefined) throw new Error(`wrk: ${refused} answers were no success`);
  const failed = /Socket errors: (.+)/.exec(text)?.[1];
  if (failed !== undefined && /[1-9]/.test(failed.replace(/timeout.*/, '')))
    throw new Error(`wrk: socket errors: ${failed}`);
  const rate = /^Requests\/sec:\s+([\d.]+)/m.exec(text)?.[1];
  const requests = /^\s*(\d+) requests in /m.exec(text)?.[1];
  if (rate === undefined || requests === undefined) throw new Error(`wrk printed no rate: ${text}`);
  const p50Ms = percentileMs(text, 50);
  const p99Ms = percentileMs(text, 99);
  return {
    requests: Number(requests),
    perSecond: Number(rate),
    ...(p50Ms !== undefined && { p50Ms }),
    ...(p99Ms !== undefined && { p99Ms }),
  };
}

const unitMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

function percentileMs(text: string, percent: number): number | undefined {
  const [, value, unit] = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m)$`, 'm').exec(text) ?? [];
  return value === undefined ? undefined : Number(value) * unitMs[unit!]!;
}

/**
 * What `h2load` printed.
 * @throws when an answer was no success, or none came.
 */
export function parseH2load(text: string): Outcome {
  const rate = /^finished in .*?, ([\d.]+) req\/s/m.exec(text)?.[1];
  const codes = /^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/m.exec(text);
  const errors = /(\d+) failed, (\d+) errored/.exec(text);
  if (rate === undefined || !codes || !errors) throw new Error(`h2load printed no rate: ${text}`);
  const [, good, ...bad] = codes.map(Number);
  if (good === 0 || bad.some(count => count > 0)) throw new Error(`h2load: answers were no success: ${codes[0]}`);
  if (Number(errors[2]) > 0) throw new Error(`h2load: ${errors[0]}`);
  return { requests: good!, perSecond: Number(rate) };
}

/** Requests to one address, or those that a script in Lua makes. Certificates are not checked: `wrk` cannot. */
export async function wrk(path: string, load: Load, script?: string): Promise<Outcome> {
  const { url, headers, connections, seconds, signal } = load;
  const size = ['--threads', '1', '--connections', String(connections), '--duration', `${Math.ceil(seconds)}s`];
  const how = ['--latency', '--timeout', '30s', ...(script === undefined ? [] : ['--script', script])];
  return parseWrk(await run(path, [...size, ...how, ...headerArguments(headers), url], { signal }));
}

export interface H2load extends Omit<Load, 'seconds'> {
  readonly protocol: Protocol;
  /** A file: its bytes are posted with every request. */
  readonly body?: string;
  /** At least one for each connection. */
  readonly requests: number;
}

/**
 * The same request again and again. One stream at a time on each connection, so that clients mean the same over each protocol.
 * It is given a number and not a time: its version 1.52 never ends when a connection comes about after the time is over.
 */
export async function h2load(path: string, load: H2load): Promise<Outcome> {
  const { url, headers, connections, signal, protocol, body, requests } = load;
  const how = [...(protocol === 'HTTP/1.1' ? ['--h1'] : []), ...(body === undefined ? [] : ['--data', body])];
  const size = ['--clients', String(connections), '--max-concurrent-streams', '1', '--requests', String(requests)];
  return parseH2load(await run(path, [...size, ...how, ...headerArguments(headers), url], { signal }));
}

/** Turns a time into a number of requests, by what the same load did before. */
export interface Pace {
  /** For about `seconds`; few when nothing is known yet. */
  requestsFor(load: string, connections: number, seconds: number): number;
  /** What came of it. */
  learn(load: string, outcome: Outcome): void;
}

const requestsAtFirst = 10;

export function createPace(): Pace {
  const rates = new Map<string, number>();
  return {
    requestsFor(load, connections, seconds) {
      const rate = rates.get(load);
      return rate === undefined ? connections * requestsAtFirst : Math.max(connections, Math.round(rate * seconds));
    },
    learn: (load, { perSecond }) => void rates.set(load, perSecond),
  };
}

const headerArguments = (headers: Load['headers']): string[] =>
  Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
