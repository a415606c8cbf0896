/**
 * Tokens of service accounts that people ask for. Such a token has the rights of the service account, whatever becomes of who took it: it
 * lives no longer than the API lets it at least, unless the configuration says otherwise.
 */
import { header, type Request, type Response } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';
import { countAt, fieldsAt, fieldsOf, type Fields } from '../config/document.ts';

/** The least that the API gives. */
const leastSeconds = 600;

export const longestSeconds = (kubeconfig: Fields): number =>
  Math.max(leastSeconds, countAt(kubeconfig, 'serviceAccountTokenSeconds') ?? leastSeconds);

/** Whether this asks for a token of a service account: the path is read as the cluster reads it. */
export function asksToken(method: string, target: string): boolean {
  if (method !== 'POST') return false;
  const [api, version, kind, , resource, , part, ...more] = target
    .split('?')[0]!
    .split('/')
    .filter(segment => segment !== '')
    .map(decoded);
  const is = [api, version, kind, resource, part].join('/') === 'api/v1/namespaces/serviceaccounts/token';
  return is && more.length === 0;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export interface Shortened {
  readonly request: Request;
  /** What was asked for was more. */
  readonly isShorter: boolean;
}

/** @throws StatusError 415 for a body that cannot be read here, and so not be shortened. */
export function shortened(request: Request, longest: number): Shortened {
  const type = header(request.headers, 'content-type') ?? 'application/json';
  if (!/^application\/json\b/i.test(type))
    throw new StatusError(415, 'UnsupportedMediaType', 'tokens of service accounts are asked for in JSON here');
  let body: Fields | undefined;
  try {
    body = fieldsOf(JSON.parse(new TextDecoder().decode(request.body)));
  } catch {
    body = undefined;
  }
  // What is no object is refused by the cluster in its own words.
  if (!body) return { request, isShorter: false };
  const spec = fieldsAt(body, 'spec');
  const asked = spec['expirationSeconds'];
  if (asked !== undefined && asked !== null && !(typeof asked === 'number' && asked > longest))
    return { request, isShorter: false };
  const short = { ...body, spec: { ...spec, expirationSeconds: longest } };
  return { request: { ...request, body: new TextEncoder().encode(JSON.stringify(short)) }, isShorter: true };
}

/** kubectl shows it to who asked. */
export const withWarning = (response: Response, seconds: number): Response =>
  response.status >= 300
    ? response
    : {
        ...response,
        headers: {
          ...response.headers,
          warning: `299 - "the token lives ${seconds} seconds: one that somebody takes by the platform ends soon after his right"`,
        },
      };
