/**
 * The one way out: every connection to an address that a user had a say in. The name is looked up once, each of its addresses is judged, and the
 * connection goes to one that was judged. What is not allowed and what does not answer look alike, also in time.
 */
import { connect } from '@orrery/client/node';
import { header, readBody, type Response } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { StatusError } from '@orrery/machinery/status';
import { parseAddress } from './address.ts';
import { refusal, type EgressPolicy } from './policy.ts';
import { checkHeaders, hostOf, parseUrl, portOf, redirected, type Hop } from './url.ts';

export interface EgressRequest {
  /** `https://` or `http://`, without a user. */
  readonly url: string;
  readonly method?: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers such as `authorization`: for the host and port of `url` alone, whatever it redirects to. */
  readonly credentials?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** How many redirections are followed; none unless given. */
  readonly redirects?: number;
  /** Of the answer's body; 1 MiB unless given. */
  readonly bytesMax?: number;
  /** For all of it; 10 s unless given. */
  readonly timeoutMs?: number;
  /** PEM certificates that may vouch for the server, beside none. */
  readonly ca?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly signal?: AbortSignal;
}

export interface EgressAnswer {
  readonly status: number;
  readonly headers: Response['headers'];
  readonly body: Uint8Array;
  /** Where it came from in the end. */
  readonly url: string;
}

/** A place that was judged: connect to `address`, and expect a certificate for `host`. */
export interface EgressPlace {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

export interface Egress {
  /**
   * Any answer of the server, also 404. Rejects with {@link EgressError} when there is none, with a StatusError 400 for a URL that is none.
   * What the server says may be anything: it does not belong into an error that a user reads.
   */
  fetch(request: EgressRequest): Promise<EgressAnswer>;
  /** For protocols that are not HTTP. Rejects with {@link EgressError}. */
  place(host: string, port: number): Promise<EgressPlace>;
}

export interface EgressOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Asked for each connection, so that a change counts at once. */
  readonly policy: () => Promise<EgressPolicy>;
  /** All addresses of a name. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
}

/** One text for everything that can go wrong on the way. `why` is for the log and for tests, never for users. */
export class EgressError extends StatusError {
  readonly why: string;
  constructor(why: string) {
    super(400, 'BadRequest', 'the server gave no usable answer, or the platform may not connect to it');
    this.why = why;
  }
}

/** Failures come at multiples of this, so that a clock does not tell a closed door from an absent one. */
const stepMs = 250;
const bytesMaxDefault = 1024 * 1024;
const timeoutMsDefault = 10_000;

export function createEgress(options: EgressOptions): Egress {
  const { clock, log } = options;
  const guarded = async <T>(what: { host: string; port: number }, work: () => Promise<T>): Promise<T> => {
    const began = clock.monotonic();
    try {
      return await work();
    } catch (error) {
      const why = error instanceof EgressError ? error.why : whyOf(error);
      log.warn('a server could not be reached for somebody', { ...what, why });
      const took = clock.monotonic() - began;
      await clock.sleep(Math.ceil((took + 1) / stepMs) * stepMs - took);
      throw error instanceof EgressError ? error : new EgressError(why);
    }
  };
  return {
    async fetch(request) {
      const { headers = {}, credentials = {}, method = 'GET', body = new Uint8Array() } = request;
      const url = parseUrl(request.url);
      checkHeaders(headers);
      checkHeaders(credentials);
      const first: Hop = { method, url, headers, credentials, body };
      return guarded({ host: url.hostname, port: portOf(url) }, () =>
        withTimeout(clock, request, signal => follow(options, request, first, signal)),
      );
    },
    place: (host, port) => guarded({ host, port }, () => placeOf(options, host, port)),
  };
}

/** Codes of sockets and of TLS; no text of the other side. */
function whyOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}

async function placeOf({ policy, resolve }: EgressOptions, host: string, port: number): Promise<EgressPlace> {
  const rules = await policy();
  const addresses = parseAddress(host) === undefined ? await resolve(host) : [host];
  const [address] = addresses;
  if (address === undefined) throw new EgressError('the name has no address');
  // One that is closed closes all: a name that has both is up to something.
  for (const text of addresses) {
    const known = parseAddress(text);
    const why = known === undefined ? 'this is no address' : refusal(rules, host, port, known);
    if (why !== undefined) throw new EgressError(`${text}: ${why}`);
  }
  return { host, address, port };
}

async function follow(options: EgressOptions, request: EgressRequest, first: Hop, signal: AbortSignal) {
  let hop = first;
  for (let left = request.redirects ?? 0; ; left--) {
    const answer = await ask(options, request, hop, signal);
    const location = answer.status >= 300 && answer.status < 400 ? header(answer.headers, 'location') : undefined;
    if (location === undefined || request.redirects === undefined) return answer;
    if (left <= 0) throw new EgressError('too many redirections');
    const next = redirected(hop, answer.status, location);
    if (!next) throw new EgressError('a redirection that is not followed');
    hop = next;
  }
}

async function ask(
  options: EgressOptions,
  request: EgressRequest,
  hop: Hop,
  signal: AbortSignal,
): Promise<EgressAnswer> {
  const { url, method, body } = hop;
  const place = await raced(placeOf(options, hostOf(url), portOf(url)), signal);
  const wire = connect({
    server: url.origin,
    address: { host: place.address, port: place.port },
    onlyHttp1: true,
    clock: options.clock,
    ...(request.ca && { ca: request.ca }),
    ...(request.insecureSkipTlsVerify && { insecureSkipTlsVerify: true }),
  });
  try {
    const headers = { 'user-agent': 'orrery', accept: '*/*', ...hop.headers, ...hop.credentials };
    const response = await wire({ method, target: `${url.pathname}${url.search}`, headers, body, signal });
    const limit = request.bytesMax ?? bytesMaxDefault;
    const read = await readBody(response.body, { limit, signal });
    // What is small and announced comes at once, whatever the limit.
    if (read.length > limit) throw new EgressError(`the answer is larger than ${limit} bytes`);
    return { status: response.status, headers: response.headers, body: read, url: url.href };
  } finally {
    wire.close();
  }
}

async function withTimeout<T>(
  clock: Clock,
  { timeoutMs = timeoutMsDefault, signal }: EgressRequest,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const leave = () => ending.abort(new EgressError('the caller left'));
  const late = clock.after(timeoutMs, () => ending.abort(new EgressError(`no answer within ${timeoutMs} ms`)));
  signal?.addEventListener('abort', leave, { once: true });
  if (signal?.aborted) leave();
  try {
    return await work(ending.signal);
  } finally {
    late.cancel();
    signal?.removeEventListener('abort', leave);
  }
}

/** Looking a name up cannot be called off, only no longer waited for. */
export function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason as Error);
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
