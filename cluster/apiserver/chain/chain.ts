/** The order of the chain's places (apiserver `DefaultBuildHandlerChain`). */
import type { Handler, Request, Response } from '@orrery/http';
import { errorAnswer } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import { badRequest, StatusError } from '@orrery/machinery/status';
import { StoreUnavailableError } from '@orrery/store';
import { nobody } from './context.ts';
import type { Endpoint, Filter, RequestContext } from './context.ts';
import { parseTarget } from './request-info.ts';

export interface ChainOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Outermost first. */
  readonly filters: readonly Filter[];
  readonly endpoint: Endpoint;
  /** An error in the form that the client accepts. */
  answerError(context: RequestContext, error: StatusError): Response;
  /** Told of every answer: metrics. */
  observe?(context: RequestContext, response: Response): void;
}

const auditIdHeader = 'audit-id';

/** The client's own audit id when it sent a short one, so that its logs and ours can be joined. */
function auditIdOf(request: Request, random: Random): string {
  const given = request.headers[auditIdHeader];
  return typeof given === 'string' && given !== '' && given.length <= 64 ? given : random.uuid();
}

const quoteWarning = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  `299 - "${text.replace(/[\u0000-\u001f\u007f]/g, '').replace(/[\\"]/g, letter => `\\${letter}`)}"`;

/** What is no fault of ours although it was not foreseen where it happened. */
function statusOf(error: unknown): StatusError | undefined {
  if (error instanceof StatusError) return error;
  // Values nested so deeply that a walk over them runs out of stack: upstream's decoder stops at a depth too.
  if (error instanceof RangeError && error.message.includes('call stack')) return badRequest('exceeded max depth');
  // No delay is named: what needs a hand is not better in a second, and kubectl would try ten times before it says why.
  if (error instanceof StoreUnavailableError)
    return new StatusError(503, 'ServiceUnavailable', `the store takes no writes: ${error.message}`);
  return undefined;
}

/** Adds what every answer carries. */
function finished(context: RequestContext, response: Response): Response {
  const headers: Record<string, string | readonly string[] | undefined> = {
    'audit-id': context.auditId,
    ...context.headers,
    ...response.headers,
  };
  headers['cache-control'] ??= 'no-cache, private';
  if (context.warnings.size > 0) headers.warning = [...context.warnings].map(quoteWarning);
  return { ...response, headers };
}

/** Builds the handler: context, filters, endpoint; every throw becomes a Status. */
export function createChain(options: ChainOptions): Handler {
  const { clock, random, log, filters, observe } = options;
  const run = filters.reduceRight<Endpoint>((next, filter) => filter(next), options.endpoint);
  return async request => {
    const { info, query } = parseTarget(request.method, request.target);
    const context: RequestContext = {
      request,
      info,
      query,
      auditId: auditIdOf(request, random),
      receivedMs: clock.now(),
      user: nobody,
      warnings: new Set(),
      annotations: {},
    };
    let response: Response;
    try {
      response = await run(context);
    } catch (error) {
      const known = statusOf(error);
      if (known === undefined) {
        log.error('a request failed unexpectedly', {
          method: request.method,
          path: info.path,
          auditId: context.auditId,
          error,
        });
      }
      response = known ? options.answerError(context, known) : errorAnswer(error);
    }
    observe?.(context, response);
    return finished(context, response);
  };
}
