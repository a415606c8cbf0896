/** The network between one process and the API server: the place where requests are lost, late, doubled, refused, or deadly. */
import { isStream, statusAnswer, type Handler, type Request, type Response } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';
import { chanceOf } from './chance.ts';
import type { Journal } from './journal.ts';
import { routeStream } from './stream.ts';
import type { Life } from './time.ts';
import { watchRevisions } from './revisions.ts';
import { fateOf, type Fate, type Refusal, type Weather } from './weather.ts';

/** An API server that runs. */
export interface Upstream {
  readonly life: Life;
  readonly handler: Handler;
  /** Called when it dies. */
  readonly endings: Set<() => void>;
}

export interface LinkOptions {
  readonly seed: number;
  readonly owner: Life;
  readonly network: Life;
  readonly journal: Journal;
  readonly weather: () => Weather;
  readonly upstream: () => Upstream | undefined;
  /** True while the owner's machine is cut off. */
  readonly isCutOff: () => boolean;
  /** The owner is to die now. */
  readonly die: (why: string) => void;
  /** Something that must never happen has happened. */
  readonly violated: (what: string) => void;
}

export interface Link {
  readonly handler: Handler;
  /** Breaks all watches off: the owner is gone, or its machine is cut off. */
  cut(): void;
}

/** A new one each time: a shared one would remember everybody who ever waited. */
const silence = (): Promise<never> => new Promise(() => {});
const reset = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

export function createLink(options: LinkOptions): Link {
  const { owner, network, journal } = options;
  const chance = chanceOf(options.seed, `link ${owner.name}`);
  const streams = new Set<() => void>();
  const wait = (ms: number): Promise<void> => network.clock.sleep(ms);
  const note = (request: Request, what: string) =>
    journal.note(`${owner.name} ${request.method} ${request.target} ${what}`);

  const execute = async (request: Request, upstream: Upstream): Promise<Response> => {
    const died = Promise.withResolvers<never>();
    died.promise.catch(() => {});
    const fail = () => died.reject(reset());
    upstream.endings.add(fail);
    try {
      return await Promise.race([upstream.handler(request), died.promise]);
    } finally {
      upstream.endings.delete(fail);
    }
  };
  const handler = async (request: Request): Promise<Response> => {
    if (!owner.alive) return silence();
    const isWatch = request.method === 'GET' && /[?&]watch=(true|1)/.test(request.target);
    const fate = fateOf(options.weather(), chance, request.method, isWatch);
    await wait(fate.thereMs);
    if (options.isCutOff()) {
      await wait(1_000 + chance.random.float() * 4_000);
      throw reset();
    }
    if (fate.lost === 'before') {
      note(request, 'lost on the way there');
      throw reset();
    }
    if (fate.dies === 'before' && owner.alive) {
      options.die(`before ${request.method} ${request.target}`);
      return silence();
    }
    const upstream = options.upstream();
    if (!upstream) throw refused();
    if (fate.refusal) {
      note(request, `refused with ${fate.refusal}`);
      return refusalOf(fate.refusal);
    }
    if (fate.againAfterMs !== undefined) repeat(request, fate.againAfterMs);
    const response = await execute(request, upstream);
    note(request, `${response.status} ${sizeOf(response)}`);
    if (fate.dies === 'after' && owner.alive) options.die(`after ${request.method} ${request.target}`);
    if (isStream(response.body)) return openStream(request, response, upstream, fate);
    await wait(fate.backMs);
    if (fate.lost === 'after' || options.isCutOff()) {
      note(request, 'lost on the way back');
      throw reset();
    }
    if (!owner.alive) return silence();
    return response;
  };
  const repeat = (request: Request, afterMs: number): void => {
    network.clock.after(afterMs, () => {
      const upstream = options.upstream();
      if (!upstream) return;
      execute({ ...request, signal: new AbortController().signal }, upstream).then(
        response => note(request, `again ${response.status}`),
        () => note(request, 'again, and no answer'),
      );
    });
  };
  const openStream = (request: Request, response: Response, upstream: Upstream, fate: Fate): Response => {
    const { body } = response;
    if (!isStream(body)) return response;
    const check = watchRevisions(`${owner.name} ${request.target}`, options.violated);
    const routed = routeStream(body, {
      network,
      lagMs: () => 0.1 + chance.random.float() + fate.lagMs,
      stalled: options.isCutOff,
      arrived: chunk => note(request, `<- ${check(chunk)}`),
      ended: () => {
        streams.delete(cut);
        upstream.endings.delete(cut);
      },
    });
    const cut = () => routed.cut();
    streams.add(cut);
    upstream.endings.add(cut);
    if (fate.cutAfterMs !== undefined) network.clock.after(fate.cutAfterMs, cut);
    return { ...response, body: routed.body };
  };
  return {
    handler,
    cut: () => {
      for (const cut of streams) cut();
    },
  };
}

const sizeOf = ({ body }: Response): string => {
  if (body === undefined) return 'empty';
  if (isStream(body)) return 'stream';
  return String(body instanceof Uint8Array ? body.length : body.reduce((sum, piece) => sum + piece.length, 0));
};

const refusals: Readonly<Record<Refusal, StatusError>> = {
  409: new StatusError(409, 'Conflict', 'Operation cannot be fulfilled: the object has been modified (simulated)'),
  429: new StatusError(429, 'TooManyRequests', 'Too many requests, please try again later.', { retryAfterSeconds: 1 }),
  500: new StatusError(500, 'InternalError', 'Internal error occurred: simulated'),
  503: new StatusError(503, 'ServiceUnavailable', 'the server is currently unable to handle the request'),
  504: new StatusError(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout'),
};

const refusalOf = (refusal: Refusal): Response => statusAnswer(refusals[refusal].toStatus());
