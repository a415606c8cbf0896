/** Reading what an API server posts, and the parts that all reviews share. */
import { header, type Request } from '@orrery/http';
import type { GroupVersionKind } from '@orrery/machinery/meta';
import { badRequest } from '@orrery/machinery/status';

export interface Review {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly request: Readonly<Record<string, unknown>> & { readonly uid: string };
}

/** The review in the body of a request. Throws BadRequest, in controller-runtime's words, when it is none. */
export function readReview(request: Request): Review {
  if (request.body.length === 0) throw badRequest('request body is empty');
  const contentType = header(request.headers, 'content-type') ?? '';
  if (contentType.split(';')[0]!.trim() !== 'application/json') {
    throw badRequest(`contentType=${contentType}, expected application/json`);
  }
  const review = parse(request.body) as Partial<Review> | null;
  if (typeof review !== 'object' || typeof review?.request?.uid !== 'string') {
    throw badRequest('the body is no review: it has no request with a uid');
  }
  return review as Review;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    throw badRequest(`couldn't decode the review: ${messageOf(error)}`);
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Where controller-runtime serves a kind's webhooks, e.g. `/mutate-apps-v1-deployment`; two dashes for core kinds. */
export const webhookPath = (what: 'mutate' | 'validate', { group, version, kind }: GroupVersionKind): string =>
  `/${what}-${group.replaceAll('.', '-')}-${version}-${kind.toLowerCase()}`;

export function toBase64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
