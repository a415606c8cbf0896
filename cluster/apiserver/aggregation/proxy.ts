/** Hands requests for a registered group version on to the server that answers it (kube-aggregator `proxyHandler`). */
import type { Headers, Response } from '@orrery/http';
import { asksUpgrade, isStream, readBody, textAnswer } from '@orrery/http';
import type { Clock, Timer } from '@orrery/machinery/clock';
import { badRequest } from '@orrery/machinery/status';
import type { RequestContext } from '../chain/context.ts';
import { isLongRunning } from '../chain/long-running.ts';
import { requestTimeoutMs } from '../chain/timeout.ts';
import { unknownResource } from '../serve/errors.ts';
import { passedOn, Unreachable } from './reach.ts';
import type { Reach } from './reach.ts';
import type { ApiServices, Remote } from './services.ts';

const plain = (status: number, text: string): Response =>
  textAnswer(status, `${text}\n`, { 'x-content-type-options': 'nosniff' });

const unavailable = (): Response => plain(503, 'service unavailable');

/** The group version that a path lies in, if another server answers it. */
export function remoteFor(services: ApiServices, path: string): Remote | undefined {
  const [prefix, group, version] = path.split('/').filter(part => part !== '');
  return prefix === 'apis' && version !== undefined ? services.remote(`${version}.${group}`) : undefined;
}

const dotSegment = /\/(?:\.|%2e){1,2}(?=\/|$)/i;

/**
 * The other server must read the path as it was read here when the request was authorized: nothing before the group version may be
 * written in another way, and nothing may lead out of it.
 */
function checkPath(target: string, { group, version }: Remote): void {
  const path = target.split('?', 1)[0]!;
  const prefix = `/apis/${group}/${version}`;
  if (path !== prefix && !path.startsWith(`${prefix}/`)) throw unknownResource();
  if (dotSegment.test(path)) throw badRequest('the path leads out of its group');
}

interface Deadline {
  readonly signal: AbortSignal;
  end(): void;
}

/** What is no watch ends in time, its answer included. */
function deadlineOf(context: RequestContext, clock: Clock): Deadline {
  const { signal } = context.request;
  if (isLongRunning(context)) return { signal, end: () => {} };
  const stop = new AbortController();
  const timer: Timer = clock.after(requestTimeoutMs, () => stop.abort(new Error('context deadline exceeded'))).unref();
  return { signal: AbortSignal.any([signal, stop.signal]), end: () => timer.cancel() };
}

/** Theirs are not ours: who audits, who is fair, what a browser keeps, how the connection is used. */
const ofServer =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|audit-id|set-cookie|x-kubernetes-pf-.*)$/;

const kept = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofServer.test(name)));

function drop({ body }: Response): void {
  if (isStream(body)) readBody(body, { limit: 0 }).catch(() => {});
}

function answered(response: Response, upgrades: boolean, deadline: Deadline): Response {
  const { status, headers, body } = response;
  if (status === 101 && upgrades) {
    deadline.end();
    return response;
  }
  if (isStream(body)) {
    const start: typeof body.start = sink => {
      sink.onClose(deadline.end);
      body.start(sink);
    };
    return { status, headers: kept(headers), body: { start } };
  }
  deadline.end();
  return { status, headers: kept(headers), ...(body !== undefined && { body }) };
}

export function createProxy(services: ApiServices, reach: Reach, clock: Clock) {
  const forward = async (context: RequestContext, remote: Remote): Promise<Response> => {
    const { request, user } = context;
    if (reach.isCircling(request.headers)) return plain(508, 'the request came by here before');
    checkPath(request.target, remote);
    if (!remote.isAvailable) return unavailable();
    const found = await reach.find(remote).catch(() => undefined);
    if (found === undefined) return unavailable();
    const upgrades = asksUpgrade(request.headers);
    const deadline = deadlineOf(context, clock);
    const headers = { ...passedOn(request.headers, upgrades), 'audit-id': context.auditId };
    let response: Response;
    try {
      response = await reach.send(found, { ...request, headers, signal: deadline.signal }, user);
    } catch (error) {
      deadline.end();
      if (error instanceof Unreachable) return plain(503, `error trying to reach service: ${error.message}`);
      throw error;
    }
    const { status } = response;
    if (status >= 300 && status < 400 && response.headers.location !== undefined) {
      drop(response);
      deadline.end();
      return plain(502, 'the backend attempted to redirect this request, which is not permitted');
    }
    if (upgrades && status !== 101 && status < 400) {
      drop(response);
      deadline.end();
      return plain(503, `invalid upgrade response: status code ${status}`);
    }
    return answered(response, upgrades, deadline);
  };
  /** Undefined for what this server answers itself. */
  return (context: RequestContext): Promise<Response> | undefined => {
    const remote = remoteFor(services, context.info.path);
    return remote && forward(context, remote);
  };
}
